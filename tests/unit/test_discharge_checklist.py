"""May the patient go home (clinical-spec 5.2): every item met, not met and not known; what is blank is never safer."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.discharge_checklist import ITEMS, Answers, Stay, blocking, discharge_checklist
from followup.red_flags.history import Context, History, Pain, Reading, Vitals, Wound
from procedures.three_valued import MET, NOT_MET, UNKNOWN
from tests.unit.red_flags.build import HEALTHY_EXAM, HEALTHY_VITALS, T0, at

YES = Answers(True, True, True, True, True, True)
NOW = 150
BEFORE = Reading("baseline", at(-180), vitals=HEALTHY_VITALS, pain=Pain(Decimal(4), Decimal(6)), neurology=HEALTHY_EXAM)
LAST = Reading(
    "last", at(NOW - 10), vitals=HEALTHY_VITALS, pain=Pain(Decimal(2), Decimal(3)), neurology=HEALTHY_EXAM,
    wound=Wound(site="DRY"),
)  # fmt: skip
READY = Stay(
    history=History(Context(T0, ("L1",)), BEFORE, (LAST,)),
    disposition="SAME_DAY",
    sets=("DONE",) * 7,
    red_flags=(),
    failed_rules=False,
    answers=YES,
    now=at(NOW),
)


def stay(*, last: dict | None = None, vitals: dict | None = None, exam: dict | None = None, before: dict | None = None,
         readings: tuple[Reading, ...] | None = None, baseline: Reading | None = BEFORE, **changes) -> Stay:  # fmt: skip
    """A stay in which everything is met but for the given changes of its last reading, baseline or circumstances."""
    reading = replace(LAST, **(last or {}))
    if vitals:
        reading = replace(reading, vitals=replace(reading.vitals, **vitals))
    if exam:
        reading = replace(reading, neurology={k: v for k, v in (reading.neurology | exam).items() if v is not None})
    if before and baseline:
        baseline = replace(baseline, **before)
    history = replace(READY.history, baseline=baseline, readings=(reading,) if readings is None else readings)
    return replace(READY, history=history, **changes)


def without(**names) -> Stay:
    return stay(answers=replace(YES, **names))


def truth_of(code: str, of: Stay):
    return next(item.truth for item in discharge_checklist(of) if item.code == code)


def one_answer(code: str, name: str) -> dict:
    return {MET: [READY], NOT_MET: [without(**{name: False})], UNKNOWN: [without(**{name: None})]}


NO_GAIT, NOT_VOIDED = {"gait": None}, {"voided": None, "voiding": None, "post_void_residual_ml": None}
NOTHING = stay(readings=())
# Each item with the stays that make it so. None where it is always known.
CASES: dict[str, dict] = {
    "MINIMUM_TIME": {
        MET: [
            stay(now=at(120)), stay(now=at(121)), stay(disposition="OVERNIGHT", now=at(24 * 60)),
            stay(disposition="STAY_48H", now=at(48 * 60)),
        ],
        NOT_MET: [
            stay(now=at(119)), stay(disposition="OVERNIGHT", now=at(24 * 60 - 1)),
            stay(disposition="STAY_48H", now=at(48 * 60 - 1)),
        ],
        UNKNOWN: None,
    },
    "PHASES": {
        MET: [READY, stay(sets=("DONE", "WAIVED", "REVIEWED"))],
        NOT_MET: [stay(sets=("DONE", "OPEN")), stay(sets=("DONE", "MISSED"))],
        UNKNOWN: [stay(sets=())],
    },
    "NEWS2": {
        MET: [
            READY,
            stay(vitals={"pulse_per_minute": 91}),  # 1, before 0
            stay(vitals={"pulse_per_minute": 111}, before={"vitals": replace(HEALTHY_VITALS, pulse_per_minute=91)}),
            stay(vitals={"pulse_per_minute": 111}, before={"vitals": replace(HEALTHY_VITALS, spo2_percent=93)}),  # 2, as before
            stay(vitals={"pulse_per_minute": 91}, baseline=None),  # at most one point more than any baseline
            stay(vitals={"pulse_per_minute": 111}, before={"vitals": Vitals(pulse_per_minute=91)}),
        ],
        NOT_MET: [
            stay(vitals={"pulse_per_minute": 111}),  # 2, before 0
            stay(vitals={"spo2_percent": 93}),  # 2 on scale 1; on scale 2 it would be 0
            stay(vitals={"pulse_per_minute": 111, "temperature_celsius": None}),
            stay(vitals={"pulse_per_minute": 131}, before={"vitals": replace(HEALTHY_VITALS, pulse_per_minute=131)}),
            stay(vitals={"pulse_per_minute": 131, "temperature_celsius": None}, baseline=None),
        ],
        UNKNOWN: [
            NOTHING,
            stay(vitals={"temperature_celsius": None}),
            stay(vitals={"pulse_per_minute": 111}, baseline=None),
            stay(vitals={"pulse_per_minute": 111}, before={"vitals": replace(HEALTHY_VITALS, temperature_celsius=None)}),
        ],
    },
    "PAIN": {
        MET: [
            READY,
            stay(last={"pain": Pain(Decimal(4), Decimal(6))}),  # as before
            stay(last={"pain": Pain(Decimal(0), Decimal(0))}, baseline=None),
            stay(last={"pain": Pain(Decimal(4), Decimal("6.9"))}, before={"pain": Pain(Decimal(4), Decimal(7))}),
        ],
        NOT_MET: [
            stay(last={"pain": Pain(Decimal(4), Decimal(7))}, before={"pain": Pain(Decimal(4), Decimal(7))}),
            stay(last={"pain": Pain(Decimal("4.1"), Decimal(6))}),
            stay(last={"pain": Pain(None, Decimal(8))}, baseline=None),
        ],
        UNKNOWN: [
            NOTHING,
            stay(last={"pain": Pain(None, Decimal(3))}),
            stay(baseline=None),
            stay(before={"effective_at": T0 - timedelta(days=7, minutes=1)}),
        ],
    },
    "NEUROLOGY": {
        MET: [READY, stay(last={"effective_at": at(NOW - 30)}), stay(exam={"gait": "3"}), stay(baseline=None),
              stay(exam={"motor_L5_R": "3"}, before={"neurology": HEALTHY_EXAM | {"motor_L5_R": "3"}})],  # weak before
        NOT_MET: [
            stay(exam={"motor_L5_R": "2"}, before={"neurology": HEALTHY_EXAM | {"motor_L5_R": "3"}}),
            stay(exam={"motor_L5_R": "4"}),
            stay(exam={"numbness": True}),
            stay(exam={"bowel": None, "anal_tone": "REDUCED"}),
            stay(readings=(LAST, Reading("quick", at(NOW - 1), neurology={"motor_S1_L": "4"}))),
            stay(last={"effective_at": at(NOW - 31)}, exam={"motor_L5_R": "4"}),
        ],
        UNKNOWN: [
            NOTHING,
            stay(last={"effective_at": at(NOW - 31)}),
            stay(exam={"sensory_L3_L": None}),
            stay(exam={"sensory_L3_L": "NT"}),
            stay(vitals={"consciousness": None}),
            stay(vitals={"consciousness": "C"}),
        ],
    },
    "WALKING": {
        MET: [
            without(walks_with_planned_help=False),
            stay(exam={"gait": "3"}),  # worse, with the help that is planned
            stay(exam={"gait": "3"}, before={"neurology": HEALTHY_EXAM | {"gait": "3"}}, answers=Answers()),
        ],
        NOT_MET: [stay(exam={"gait": "1"}, answers=Answers(walks_with_planned_help=False))],
        UNKNOWN: [
            stay(exam=NO_GAIT, answers=Answers()),
            stay(exam=NO_GAIT, answers=Answers(walks_with_planned_help=False)),
            stay(exam={"gait": "NT"}, answers=Answers()),
            stay(exam={"gait": "1"}, answers=Answers()),
        ],
    },
    "VOIDING": {
        MET: [
            READY,
            stay(exam={"voided": None, "voiding": "HESITANCY"}),
            stay(exam=NOT_VOIDED | {"last_void_at": at(60).isoformat()}),
            stay(exam=NOT_VOIDED | {"post_void_residual_ml": 199}),
            stay(exam={"voided": False, "voiding": "UNABLE", "post_void_residual_ml": 0}),
            stay(exam={"voided": False, "voiding": "CATHETERISED"},
                 before={"neurology": HEALTHY_EXAM | {"voiding": "CATHETERISED"}}),
        ],
        NOT_MET: [
            stay(exam={"voided": False, "voiding": "UNABLE", "post_void_residual_ml": 200}),
            stay(exam={"voided": False, "voiding": None, "post_void_residual_ml": 201}),
        ],
        UNKNOWN: [
            NOTHING,
            stay(exam=NOT_VOIDED),
            stay(exam=NOT_VOIDED | {"voided": False}),
            stay(exam=NOT_VOIDED | {"post_void_residual_ml": 200}),
        ],
    },
    "PUNCTURE_SITE": {
        MET: [READY],
        NOT_MET: [stay(last={"wound": Wound(site="OOZE")}), stay(last={"wound": Wound(site="SWELLING")})],
        UNKNOWN: [NOTHING, stay(last={"wound": Wound()})],
    },
    "NO_RED_FLAG": {
        MET: [READY],
        NOT_MET: [stay(red_flags=("N1 New leg weakness",)), stay(red_flags=("N1",), failed_rules=True)],
        UNKNOWN: [NOTHING, stay(failed_rules=True)],
    },
    "RESPONSIBLE_ADULT": one_answer("RESPONSIBLE_ADULT", "responsible_adult_24_hours"),
    "PHONE": one_answer("PHONE", "reachable_by_phone"),
    "RED_FLAG_SHEET": one_answer("RED_FLAG_SHEET", "red_flag_sheet_given"),
    "OSTEOPOROSIS_PLAN": one_answer("OSTEOPOROSIS_PLAN", "osteoporosis_plan_made"),
    "ANALGESIA": one_answer("ANALGESIA", "analgesia_supplied"),
}  # fmt: skip
ALWAYS_KNOWN = {"MINIMUM_TIME"}
FLAT = [
    pytest.param(code, truth, case, id=f"{code}-{truth.value}-{number}")
    for code, by_truth in CASES.items()
    for truth, cases in by_truth.items()
    for number, case in enumerate(cases or ())
]


def test_every_item_has_its_cases():
    assert [row.code for row in ITEMS] == list(CASES)
    for code, by_truth in CASES.items():
        assert set(by_truth) == {MET, NOT_MET, UNKNOWN}
        empty = {truth for truth, cases in by_truth.items() if not cases}
        assert empty == ({UNKNOWN} if code in ALWAYS_KNOWN else set()), code


@pytest.mark.parametrize(("code", "truth", "case"), FLAT)
def test_item(code, truth, case):
    assert truth_of(code, case) is truth


def test_a_patient_goes_home_only_when_every_single_item_is_met():
    assert blocking(discharge_checklist(READY)) == ()
    for code, truth, case in (param.values for param in FLAT):
        if truth is not MET:
            assert code in {item.code for item in blocking(discharge_checklist(case))}


def test_every_item_says_why():
    for *_rest, case in (param.values for param in FLAT):
        assert all(item.reason for item in discharge_checklist(case))


# What the nurse reads beside an item.
SAID = [
    ("MINIMUM_TIME", stay(now=at(-1)), "0 min since T0; at least 120 min are needed"),
    ("MINIMUM_TIME", stay(now=at(0.5)), "0 min since T0; at least 120 min are needed"),
    ("MINIMUM_TIME", stay(now=at(120)), "120 min since T0; at least 120 min are needed"),
    ("MINIMUM_TIME", stay(now=at(121.5)), "2 h 01 min since T0; at least 120 min are needed"),
    ("MINIMUM_TIME", stay(disposition="OVERNIGHT", now=at(180)), "3 h since T0; at least 24 h are needed"),
    ("PHASES", stay(sets=("DONE", "OPEN", "OPEN")), "of 3 planned sets 2 not done yet"),
    ("PHASES", stay(sets=("DONE", "MISSED")),
     "of 2 planned sets 1 missed, and the item that this raised (N10) is not closed"),
    ("PHASES", stay(sets=("OPEN", "MISSED")),
     "of 2 planned sets 1 not done yet and 1 missed, and the item that this raised (N10) is not closed"),
    ("PHASES", stay(sets=("DONE", "WAIVED", "REVIEWED")), "1 of 3 planned sets done, 2 waived, or missed and reviewed"),
    ("PHASES", READY, "7 of 7 planned sets done"),
    ("NEWS2", READY, "NEWS2 0, before the procedure 0"),
    ("NEWS2", stay(vitals={"temperature_celsius": None}),
     "NEWS2 at least 0, before the procedure 0; the last set is not complete"),
    ("NEWS2", stay(baseline=None), "NEWS2 0, not complete before it"),
    ("NEWS2", stay(before={"vitals": Vitals(pulse_per_minute=91)}), "NEWS2 0, not complete before it"),
    ("NEWS2", stay(vitals={"pulse_per_minute": 131, "temperature_celsius": None}),
     "NEWS2 at least 3, before the procedure 0; one part scores 3; the last set is not complete"),
    # 90 % is 0 on scale 2 and 3 on scale 1; 87 % is 1 on scale 2.
    ("NEWS2", stay(vitals={"spo2_percent": 90}, last={"spo2_scale": 2},
                   before={"spo2_scale": 2, "vitals": replace(HEALTHY_VITALS, spo2_percent=87)}),
     "NEWS2 0, before the procedure 1"),
    ("PAIN", READY, "pain at rest 2, before 4; on movement 3, before 6"),
    ("PAIN", stay(last={"pain": Pain(None, Decimal(3))}), "pain at rest not asked; on movement 3, before 6"),
    ("PAIN", stay(baseline=None), "pain at rest 2, before not known; on movement 3, before not known"),
    ("NEUROLOGY", stay(last={"effective_at": at(NOW + 1)}), "as before the procedure, on a full exam 0 min ago"),
    ("NEUROLOGY", stay(last={"effective_at": at(NOW - 31)}), "the last full exam is 31 min old; it may be 30 minutes old"),
    ("NEUROLOGY", stay(exam={"motor_L5_R": "4", "sensory_L3_L": "ALTERED"}),
     "worse than before the procedure: great-toe extension, right (L5): 5 → 4; "
     "inner knee, left (L3): normal → altered"),
    ("WALKING", READY, "walks as before the procedure"),
    ("WALKING", stay(exam={"gait": "3"}), "walked with the help that is planned at home"),
    ("WALKING", stay(exam=NO_GAIT, answers=Answers()), "walking was not tested, and planned help was not asked about"),
    ("WALKING", stay(exam=NO_GAIT, answers=Answers(walks_with_planned_help=False)),
     "walking was not tested, and help is not planned"),
    ("WALKING", stay(exam={"gait": "1"}, answers=Answers()),
     "walks worse than before the procedure, and planned help was not asked about"),
    # A later exam that left walking blank says nothing about it.
    ("WALKING", stay(readings=(replace(LAST, neurology=HEALTHY_EXAM | {"gait": "1"}, effective_at=at(30)),
                               replace(LAST, neurology=HEALTHY_EXAM | {"gait": ""})),
                     answers=Answers(walks_with_planned_help=False)),
     "walks worse than before the procedure, and help is not planned"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"voided": True}), "passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"voiding": "NORMAL"}), "passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"voiding": "HESITANCY"}), "passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"voiding": "NO_SENSATION"}), "passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"last_void_at": T0.isoformat()}), "passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"last_void_at": at(-1).isoformat()}), "has not passed urine"),
    ("VOIDING", stay(exam=NOT_VOIDED | {"voiding": "UNABLE"}), "has not passed urine"),
    ("VOIDING", stay(exam={"voided": False, "voiding": "UNABLE", "post_void_residual_ml": 200}),
     "has not passed urine; 200 mL left in the bladder"),
    ("VOIDING", stay(exam=NOT_VOIDED), "passing urine was not asked about"),
    ("VOIDING", stay(exam=NOT_VOIDED, baseline=None), "passing urine was not asked about"),
    ("VOIDING", stay(before={"neurology": HEALTHY_EXAM | {"voiding": "CATHETERISED"}}),
     "has a catheter, as before the procedure"),
    ("PUNCTURE_SITE", stay(last={"wound": Wound(site="OOZE")}), "ooze"),
    ("NO_RED_FLAG", stay(red_flags=("N1 New leg weakness", "P1 Pain rose")),
     "open: N1 New leg weakness, P1 Pain rose; a physician closes a red flag"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case", "words"), SAID)
def test_what_an_item_says(code, case, words):
    assert next(item.reason for item in discharge_checklist(case) if item.code == code) == words


def test_the_checklist_carries_the_titles_of_its_table():
    assert [(item.code, item.title) for item in discharge_checklist(READY)] == [(row.code, row.title) for row in ITEMS]


# --- what is blank is never safer -----------------------------------------------------------------------------------

_VITALS = {
    "respiration_rate": st.integers(5, 30), "spo2_percent": st.integers(88, 100), "supplemental_oxygen": st.booleans(),
    "systolic_mmhg": st.integers(85, 225), "pulse_per_minute": st.integers(38, 135),
    "consciousness": st.sampled_from("ACVPU"),
    "temperature_celsius": st.integers(345, 395).map(lambda tenths: Decimal(tenths) / 10),
}  # fmt: skip
_EXAM = {
    "motor_L4_R": st.sampled_from(["5", "4", "0", "NT"]), "sensory_L3_L": st.sampled_from(["NORMAL", "ABSENT", "NT"]),
    "saddle_sensation": st.sampled_from(["NORMAL", "ALTERED"]), "gait": st.sampled_from(["0", "2", "5", "NT"]),
    "voided": st.booleans(), "voiding": st.sampled_from(["NORMAL", "UNABLE", "CATHETERISED"]),
    "post_void_residual_ml": st.sampled_from([0, 199, 200, 600]), "numbness": st.booleans(),
}  # fmt: skip
_SCORE = st.integers(0, 10).map(Decimal)


@st.composite
def readings(draw) -> Reading:
    return replace(
        LAST,
        vitals=Vitals(**{name: draw(values) for name, values in _VITALS.items()}),
        neurology=HEALTHY_EXAM | {name: draw(values) for name, values in _EXAM.items()},
        pain=Pain(draw(_SCORE), draw(_SCORE)),
        wound=Wound(site=draw(st.sampled_from(["DRY", "OOZE", "SWELLING"]))),
    )


@st.composite
def blanked(draw, reading: Reading) -> Reading:
    """The same reading with some of its answers not given."""

    def thinned(values):
        gone = draw(st.sets(st.sampled_from([one.name for one in fields(values)])))
        blank = {name: (frozenset() if name in ("sites", "characters") else None) for name in gone - {"scale"}}
        return replace(values, **blank)

    gone = draw(st.sets(st.sampled_from(sorted(reading.neurology))))
    return replace(
        reading,
        vitals=thinned(reading.vitals),
        pain=thinned(reading.pain),
        wound=thinned(reading.wound),
        neurology={name: value for name, value in reading.neurology.items() if name not in gone},
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_leaving_a_question_open_never_lets_anybody_go_home(data):
    """What is met with a blank would be met with whatever stands in it, in the last reading and in the answers."""
    full = data.draw(readings())
    baseline = replace(data.draw(readings()), id="baseline", effective_at=at(-180))
    answers = Answers(*(data.draw(st.booleans()) for _ in fields(Answers)))
    open_answers = Answers(*(data.draw(st.sampled_from([value, None])) for value in vars(answers).values()))
    known = stay(readings=(full,), baseline=baseline, answers=answers)
    less = stay(readings=(data.draw(blanked(full)),), baseline=baseline, answers=open_answers)
    for with_all, with_blanks in zip(discharge_checklist(known), discharge_checklist(less), strict=True):
        if with_blanks.truth is MET:
            assert with_all.truth is MET, with_blanks.code
