"""The table as a whole: every rule can fire, not fire and stay open; faults are seen; order and blanks do no harm."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.red_flags import rules as table
from followup.red_flags.assess import assess
from followup.red_flags.citations import CITATIONS
from followup.red_flags.findings import Severity
from followup.red_flags.history import Anticoagulant, Context, History, Mobilisation, Symptoms, Vitals, Wound
from followup.red_flags.rules import RULES, RULES_BY_CODE
from tests.unit.red_flags.build import (
    CLEAN_WOUND,
    DAY,
    HEALTHY_EXAM,
    HEALTHY_VITALS,
    NO_SYMPTOMS,
    T0,
    baseline,
    dose,
    judge,
    open_questions,
    raised,
    reading,
)

_SICK = Vitals(26, 90, True, 120, 70, 80, "A", Decimal("37.0"))
_MEDIUM = Vitals(22, 93, True, 120, 70, 80, "A", Decimal("37.0"))
_THREE = Vitals(8, 98, False, 120, 70, 80, "A", Decimal("37.0"))
_TWO = Vitals(16, 94, False, 110, 70, 80, "A", Decimal("37.0"))
_DENIED = Symptoms(False, False, False, False)
_UNTESTED = {name: "NT" for name in HEALTHY_EXAM if name.startswith(("motor", "sensory"))}

# code: readings of which the last fires it, and doses
FIRES = {
    "N1": ([reading(120, exam=HEALTHY_EXAM | {"motor_L2_R": "3"})], ()),
    "N1b": ([reading(60, exam=HEALTHY_EXAM | {"motor_S1_R": "5"}), reading(120, exam=HEALTHY_EXAM | {"motor_S1_R": "4"})], ()),
    "N2": ([reading(120, exam=HEALTHY_EXAM | {"sensory_L2_R": "ABSENT"})], ()),
    "N3": ([reading(120, exam=HEALTHY_EXAM | {"anal_tone": "REDUCED"})], ()),
    "N4": ([reading(120, exam=HEALTHY_EXAM | {"voiding": "UNABLE", "post_void_residual_ml": None})], ()),
    "N4a": ([reading(400, exam={"voided": False})], ()),
    "N5": ([reading(120, exam=HEALTHY_EXAM | {"bowel": "NEW_INCONTINENCE"})], ()),
    "N6": ([reading(120, exam=HEALTHY_EXAM | {"gait": "5"})], ()),
    "NQ": ([reading(120, exam={"leg_pain": True})], ()),
    "N7": ([reading(120, exam=HEALTHY_EXAM | {"clonus_L": "PRESENT"})], ()),
    "N8": ([reading(120, exam=HEALTHY_EXAM | {"asia_impairment_scale": "D"})], ()),
    "N9": ([reading(120, exam=HEALTHY_EXAM | {"radicular_leg_pain": "BILATERAL"})], ()),
    "N10": ([reading(60, exam=_UNTESTED), reading(120, exam=_UNTESTED)], ()),
    "N11": ([reading(120, vitals=Vitals(consciousness="C"))], ()),
    "LK1": ([reading(120, 2, new_site=True, sites=frozenset({"LEG_LEFT"}))], ()),
    "PX1": ([reading(120, 2, characters=frozenset({"PLEURITIC"}))], ()),
    "R1": ([reading(120, 2, new_site=True, sites=frozenset({"RIB_LEFT"}), symptoms=Symptoms(rib_tenderness=True))], ()),
    "I1": ([reading(120, vitals=Vitals(temperature_celsius=Decimal("38.5")))], ()),
    "I2": ([reading(120, wound=Wound(pus=True))], ()),
    "I3": ([reading(120, wound=Wound(warmth=True))], ()),
    "H1": ([reading(120, haemoglobin="10.5")], ()),
    "H2": ([reading(120, 2, sudden_onset=True)], ()),
    "D1": ([reading(120, symptoms=Symptoms(calf_swelling_or_pain=True))], ()),
    "AN1": ([reading(120, symptoms=Symptoms(urticaria=True))], ()),
    "C1": ([reading(120, vitals=_SICK, symptoms=Symptoms(dyspnoea=True))], ()),
    "C2": ([reading(120, vitals=Vitals(spo2_percent=90), symptoms=_DENIED)], ()),
    "C3": ([reading(120, symptoms=Symptoms(chest_pain=True))], ()),
    "C4": ([reading(120, symptoms=Symptoms(syncope=True), source="PHONE")], ()),
    "V3": ([reading(120, vitals=_SICK)], ()),
    "V2": ([reading(120, vitals=_MEDIUM)], ()),
    "V1": ([reading(120, vitals=_THREE)], ()),
    "V0": ([reading(60, vitals=HEALTHY_VITALS), reading(120, vitals=_TWO)], ()),
    "P1": ([reading(120, 2), reading(360, 6)], ()),
    "P1a": ([reading(120, 1), reading(360, 3)], ()),
    "P2": ([reading(120, 2, sudden_onset=True)], ()),
    "P2r": ([reading(120, 2, new_site=True, sites=frozenset({"RIB_LEFT"}))], ()),
    "P3": ([reading(120, 10)], ()),
    "P4": ([reading(120, 8), reading(200, 8)], (dose(125),)),
    "P4b": ([reading(120, 8), reading(200, 8)], ()),
    "P4c": ([reading(120, 8, took_analgesia=True, relief="NONE")], ()),
    "P5": ([reading(120, 8)], ()),
    "P6": ([reading(14 * DAY, 7)], ()),
    "M1": ([reading(30, mobilisation=Mobilisation(walked=True))], ()),
    "P7": ([reading(2 * DAY, 2)], (dose(60, amount=5), dose(2 * DAY, amount=20))),
    "P8": ([reading(120, 2, fall=True)], ()),
    "AF1": ([reading(120, 2), reading(360, 6)], ()),
}  # fmt: skip
# A reading in which everything that the rule needs is blank, after those that it needs to have gone before.
OPEN_ON = {code: [reading(400)] for code in FIRES} | {
    "N1b": [reading(60, exam=HEALTHY_EXAM), reading(400)],
    "N10": [reading(60, exam=_UNTESTED), reading(400)],
    "C4": [reading(400, source="PHONE")],
    "V0": [reading(60, vitals=HEALTHY_VITALS), reading(400)],
    "P1": [reading(120, 2), reading(400)],
    "P1a": [reading(120, 1), reading(400)],
    "P4": [reading(120, 8), reading(400)],
    "P6": [reading(14 * DAY)],
    "P7": [reading(2 * DAY)],
    "P4b": [reading(120, 8), reading(400)],
    "P4c": [reading(400, 8)],
    "R1": [reading(400, new_site=True, sites=frozenset({"RIB_LEFT"}))],
}
_DOSES = {"P4": (dose(125),), "P7": (dose(60, amount=5), dose(2 * DAY))}
_CONTEXT = {
    "PX1": {"treated_levels": ("T12",)},
    "H2": {"anticoagulants": (Anticoagulant("APIXABAN"),)},
}
_ALL_WELL = reading(
    120, 2, vitals=HEALTHY_VITALS, symptoms=NO_SYMPTOMS, exam=HEALTHY_EXAM, wound=CLEAN_WOUND, haemoglobin="12.5",
    mobilisation=Mobilisation(False, False), at_rest=Decimal(1), new_site=False, sudden_onset=False, trigger="NONE",
    sites=frozenset({"TREATED_LEVEL"}), characters=frozenset({"AXIAL"}), took_analgesia=True, relief="GOOD", fall=False,
)  # fmt: skip


def _before(code: str):
    weak = HEALTHY_EXAM | {"motor_S1_R": "4"}
    return baseline(8, exam=weak if code == "N1b" else None, haemoglobin="12.5", spo2_percent=98)


def _last(readings) -> int:
    return int((readings[-1].effective_at - T0).total_seconds() // 60)


def test_every_rule_has_its_case():
    assert set(FIRES) == {rule.code for rule in RULES}


@pytest.mark.parametrize("code", FIRES)
def test_rule_can_fire(code):
    readings, doses = FIRES[code]
    found = judge(*readings, before=_before(code), doses=doses, **_CONTEXT.get(code, {}))
    assert code in raised(found, _last(readings))


@pytest.mark.parametrize("code", FIRES)
def test_rule_is_silent_and_closed_when_all_is_well(code):
    context = {"takes_anticoagulants": False} | _CONTEXT.get(code, {})
    found = judge(_ALL_WELL, before=_before(""), **context)
    assert code not in raised(found, 120) and code not in open_questions(found, 120)


@pytest.mark.parametrize("code", FIRES)
def test_rule_stays_open_when_nothing_was_asked(code):
    found = judge(*OPEN_ON[code], before=_before(code), doses=_DOSES.get(code, ()), **_CONTEXT.get(code, {}))
    assert code not in raised(found, _last(OPEN_ON[code]))
    assert code in open_questions(found, _last(OPEN_ON[code]))


def test_every_rule_has_a_citation_with_its_strength():
    for rule in RULES_BY_CODE.values():
        assert CITATIONS[rule.citation].strength in {"GUIDELINE", "COHORT", "CONSENSUS", "SITE_POLICY"}


def test_every_red_rule_but_a_review_asks_for_a_scan():
    for rule in RULES:
        # Anaphylaxis is treated, not scanned (4.1).
        if rule.severity.is_red_flag and rule.category.value != "CLINICAL_REVIEW" and rule.code != "AN1":
            assert rule.imaging, rule.code


def test_a_rule_that_fails_is_seen_and_silences_no_other(monkeypatch):
    def broken(situation):
        raise ZeroDivisionError

    rules = tuple(replace(rule, criterion=broken) if rule.code == "P1" else rule for rule in RULES)
    monkeypatch.setattr("followup.red_flags.assess.RULES", rules)
    found = judge(reading(120, exam=HEALTHY_EXAM | {"motor_L2_R": "3"}), before=baseline(8))
    assert raised(found, 120)["X0"] == "AMBER"
    assert raised(found, 120)["N1"] == "EMERGENT"


def test_every_rule_that_fails_is_named_with_its_error(monkeypatch):
    def broken(situation):
        raise ZeroDivisionError

    rules = tuple(replace(rule, criterion=broken) if rule.code in ("P1", "P3") else rule for rule in RULES)
    monkeypatch.setattr("followup.red_flags.assess.RULES", rules)
    (found,) = [one for one in judge(reading(120, 9), before=baseline(8)).raised if one.rule_code == "X0"]
    assert found.evidence["observed"] == {"rule": "P1, P3", "error": "ZeroDivisionError"}


def test_nothing_builds_on_a_rule_whose_sentence_failed(monkeypatch):
    """AF1 builds on P2, which is met here and cannot be said."""
    sudden = reading(120, 3, sudden_onset=True, sites=frozenset({"TREATED_LEVEL"}))
    assert {"P2", "AF1"} <= set(raised(judge(sudden), 120))
    rules = tuple(replace(rule, reason="{no_such_word}") if rule.code == "P2" else rule for rule in RULES)
    monkeypatch.setattr("followup.red_flags.assess.RULES", rules)
    found = raised(judge(sudden), 120)
    assert "X0" in found and "P2" not in found and "AF1" not in found


def test_the_order_of_entry_does_not_matter():
    readings = [reading(120, 2), reading(300, 6, exam={"motor_L4_R": "4"}), reading(360, 3), reading(420, 8)]
    expected = judge(*readings, before=baseline(8))
    for order in permutations(readings):
        assert judge(*order, before=baseline(8)) == expected


def test_no_reason_has_a_gap_or_a_name():
    for code, (readings, doses) in FIRES.items():
        for finding in judge(*readings, before=_before(code), doses=doses).raised:
            assert "{" not in finding.reason and "None" not in finding.reason, finding.reason


scores = st.one_of(st.none(), st.integers(0, 10).map(Decimal))
flags = st.one_of(st.none(), st.booleans())
any_vitals = st.builds(
    Vitals,
    respiration_rate=st.one_of(st.none(), st.integers(0, 80)),
    spo2_percent=st.one_of(st.none(), st.integers(40, 100)),
    supplemental_oxygen=flags,
    systolic_mmhg=st.one_of(st.none(), st.integers(30, 320)),
    pulse_per_minute=st.one_of(st.none(), st.integers(0, 300)),
    consciousness=st.sampled_from([None, *"ACVPU"]),
    temperature_celsius=st.one_of(st.none(), st.integers(250, 450).map(lambda tenths: Decimal(tenths) / 10)),
)
any_exam = st.dictionaries(
    st.sampled_from(["motor_L4_R", "motor_S1_L", "sensory_L5_R", "saddle_sensation", "voiding", "gait", "voided"]),
    st.none(),
).flatmap(
    lambda keys: st.fixed_dictionaries(
        {
            key: {
                "motor_L4_R": st.sampled_from(["5", "4", "3", "NT"]),
                "motor_S1_L": st.sampled_from(["5", "4", "0"]),
                "sensory_L5_R": st.sampled_from(["NORMAL", "ALTERED", "NT"]),
                "saddle_sensation": st.sampled_from(["NORMAL", "ABSENT"]),
                "voiding": st.sampled_from(["NORMAL", "UNABLE", "CATHETERISED"]),
                "gait": st.sampled_from(["0", "3", "5", "NT"]),
                "voided": st.booleans(),
            }[key]
            for key in keys
        }
    )
)
any_reading = st.builds(
    lambda minutes, pain, rest, sudden, vitals, exam: reading(
        minutes, None, reading_id=f"{minutes}-{pain}-{rest}", vitals=vitals, exam=exam, at_rest=rest, sudden_onset=sudden
    ),
    st.integers(1, 20000), scores, scores, flags, any_vitals, any_exam,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(any_reading, max_size=6, unique_by=lambda one: one.id), st.randoms())
def test_any_history_in_any_order_is_assessed_alike_and_without_a_fault(readings, random):
    shuffled = list(readings)
    random.shuffle(shuffled)
    first, second = (assess(History(Context(T0, ("L1",)), baseline(8), tuple(order))) for order in (readings, shuffled))
    assert first == second
    assert all(finding.rule_code != "X0" for finding in first.raised)


@settings(max_examples=150, deadline=None)
@given(any_vitals, st.sampled_from(["respiration_rate", "pulse_per_minute", "systolic_mmhg", "temperature_celsius"]))
def test_a_blank_never_scores_more_than_a_value_and_never_hides_a_known_part(vitals, name):
    from followup.red_flags.news2 import score

    blank = score(replace(vitals, **{name: None}))
    assert blank.lower_bound <= score(vitals).lower_bound
    assert blank.parts == {part: points for part, points in score(vitals).parts.items() if part != name}


def test_severities_order_by_danger():
    assert sorted(Severity) == [Severity.EMERGENT, Severity.URGENT, Severity.AMBER, Severity.INFO]
    assert table.RULES_BY_CODE["N1"].severity is Severity.EMERGENT


def test_a_day_long_history_with_blank_readings_raises_nothing():
    assert not judge(*(reading(minutes) for minutes in (60, 300, DAY)), before=baseline(8)).raised
