"""The selection criteria against every vector of clinical-spec 7.1, and what a blank may never do."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.eligibility import Check, acute_window, eligibility, guideline_strength, suggests_refractory
from procedures.fracture_measures import FractureAge, fracture_age
from procedures.selection_facts import EligibilityLimits, LevelFacts, PatientFacts, TherapyComponent
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth

LIMITS = EligibilityLimits()
DAY = date(2026, 3, 10)
GIVEN = TherapyComponent("YES")
FIT = PatientFacts(
    on=DAY, aetiology="OSTEOPOROTIC", pain_at_rest=Decimal(6), pain_on_movement=Decimal(8),
    therapy_started_on=DAY - timedelta(days=60), therapy_continues=True, analgesics=GIVEN, physical_therapy=GIVEN,
    bracing=GIVEN, osteoporosis_medication=GIVEN, refractory=True, active_infection=False, coagulopathy=False,
    inr=Decimal("1.1"), platelets_per_nanolitre=210, cement_or_contrast_allergy=False, contrast_reaction=False,
    healed_fracture=False, cord_compression=False, pregnant=False, pregnancy_possible=False, cannot_lie_prone=False,
)  # fmt: skip
BROKEN = LevelFacts(
    "L1", height_loss_percent=Decimal(32), posterior_cortex_intact=True, tender=True, imaging_confirms_level=True,
    edema=True, age=FractureAge(50, 50),
)  # fmt: skip
NOTHING = PatientFacts(on=DAY)


def treated_for(days: int, **more) -> dict:
    return {"therapy_started_on": DAY - timedelta(days=days), "therapy_continues": True, **more}


def check(code: str, patient: PatientFacts = FIT, level: LevelFacts = BROKEN) -> Check:
    result = eligibility(patient, [level], LIMITS)
    return next(one for one in (*result.patient, *result.levels[0].checks) if one.code == code)


def overall(patient: PatientFacts = FIT, level: LevelFacts = BROKEN) -> Truth:
    result = eligibility(patient, [level], LIMITS)
    assert result.state == result.levels[0].state
    return result.state


# --- the vectors of 7.1, by name --------------------------------------------------------------------------------------


def test_vector_osteoporotic_day_41_e2_not_met():
    assert check("E2", replace(FIT, **treated_for(41))).state is NOT_MET


def test_vector_osteoporotic_day_42_e2_met():
    assert check("E2", replace(FIT, **treated_for(42))).state is MET


def test_vector_cancer_day_5_e2_met():
    found = check("E2", replace(FIT, aetiology="CANCER", **treated_for(5)))
    assert found.state is MET and "earlier intervention is warranted" in found.reason


@pytest.mark.parametrize(("loss", "state"), [("24.9", NOT_MET), ("25.0", MET)])
def test_vector_loss_24_9_e4_not_met_and_25_0_met(loss, state):
    assert check("E4", level=replace(BROKEN, height_loss_percent=Decimal(loss))).state is state


@pytest.mark.parametrize(("loss", "state"), [("66.7", MET), ("66.8", NOT_MET)])
def test_vector_loss_66_7_e5_met_and_66_8_not_met(loss, state):
    assert check("E5", level=replace(BROKEN, height_loss_percent=Decimal(loss))).state is state


def test_vector_all_met_but_e9_null_overall_unknown():
    level = replace(BROKEN, edema=None)
    assert overall(level=level) is UNKNOWN
    assert [(where, one.code) for where, one in eligibility(FIT, [level], LIMITS).that_are(UNKNOWN)] == [("L1", "E9")]


def test_vector_e4_null_and_e6_breached_overall_not_met():
    assert overall(level=replace(BROKEN, height_loss_percent=None, posterior_cortex_intact=False)) is NOT_MET


def test_a_check_of_the_patient_has_no_level_and_the_result_says_how_strong_the_evidence_is():
    result = eligibility(replace(FIT, aetiology="CANCER"), [BROKEN], LIMITS)
    assert {where for where, one in result.that_are(MET) if one in result.patient} == {""}
    assert result.levels[0].window == acute_window(BROKEN.age, LIMITS)
    assert result.evidence == guideline_strength("CANCER") != guideline_strength("OSTEOPOROTIC")


# --- each check in each state -----------------------------------------------------------------------------------------

# code: facts that leave it met, not met, unknown; of the patient, or of the level
_COMPONENTS = {
    code: [{name: TherapyComponent(answer, why)} for answer, why in (("CONTRAINDICATED", "Asthma"), ("NO", ""), (None, ""))]
    for code, name in (
        ("E2a", "analgesics"), ("E2b", "physical_therapy"), ("E2c", "bracing"), ("E2d", "osteoporosis_medication"),
    )
}  # fmt: skip
_EXCLUSIONS = {
    code: [{name: answer, **more} for answer in (False, True, None)]
    for code, name, more in (
        ("XC1", "active_infection", {}), ("XC2", "coagulopathy", {"inr": None}), ("XC3", "cement_or_contrast_allergy", {}),
        ("XC4", "healed_fracture", {}), ("XC5", "cord_compression", {}), ("XC6", "pregnant", {"pregnancy_possible": None}),
        ("XC7", "cannot_lie_prone", {}),
    )
}  # fmt: skip
OF_PATIENT = {
    "E1": [
        {"pain_at_rest": None, "pain_on_movement": Decimal(7)},
        {"pain_at_rest": Decimal(6), "pain_on_movement": Decimal(6)},
        {"pain_at_rest": None, "pain_on_movement": None},
    ],
    "E2": [treated_for(42), treated_for(41), {"therapy_started_on": None}],
    **_COMPONENTS,
    "E3": [{"refractory": answer} for answer in (True, False, None)],
    **_EXCLUSIONS,
}
OF_LEVEL = {
    "E4": [{"height_loss_percent": loss} for loss in (Decimal(25), Decimal("24.9"), None)],
    "E5": [{"height_loss_percent": loss} for loss in (Decimal("66.7"), Decimal("66.8"), None)],
    "E6": [{"posterior_cortex_intact": answer} for answer in (True, False, None)],
    "E7": [{"tender": answer} for answer in (True, False, None)],
    "E8": [{"imaging_confirms_level": answer} for answer in (True, False, None)],
    "E9": [{"edema": answer} for answer in (True, False, None)],
}
STATES = (MET, NOT_MET, UNKNOWN)
CASES = [
    (code, state, facts)
    for table in (OF_PATIENT, OF_LEVEL)
    for code, given_facts in table.items()
    for state, facts in zip(STATES, given_facts, strict=True)
]


def test_every_check_has_its_cases():
    result = eligibility(FIT, [BROKEN], LIMITS)
    codes = {one.code for one in (*result.patient, *result.levels[0].checks)}
    assert codes == {*OF_PATIENT, *OF_LEVEL, "E10"}, "E10 only informs: it is known or not"


@pytest.mark.parametrize(("code", "state", "facts"), CASES, ids=[f"{code} {state.name}" for code, state, _ in CASES])
def test_a_check_has_three_states_and_says_why(code, state, facts):
    patient = replace(FIT, **facts) if code in OF_PATIENT else FIT
    level = replace(BROKEN, **facts) if code in OF_LEVEL else BROKEN
    found = check(code, patient, level)
    assert (found.state, found.counts_as) == (state, state)
    assert found.reason.endswith(".") or found.reason.endswith("Asthma")
    assert found.source in ("SEED", "DEF", "OK")
    if code not in ("E4", "E5"):  # the two share their measure
        assert overall(patient, level) is state


def test_all_met_is_met():
    assert overall() is MET
    assert eligibility(FIT, [BROKEN], LIMITS).incomplete == 0


def test_nothing_known_is_unknown_and_says_how_much_is_missing():
    result = eligibility(NOTHING, [LevelFacts("L1"), LevelFacts("L2")], LIMITS)
    assert result.state is UNKNOWN
    assert result.incomplete == 14 + 2 * 6, "what concerns the patient is counted once"


def test_the_patient_is_as_the_worst_level_and_without_a_level_nothing_is_known():
    result = eligibility(FIT, [BROKEN, replace(BROKEN, level="L2", tender=False)], LIMITS)
    assert [one.state for one in result.levels] == [MET, NOT_MET]
    assert result.state is NOT_MET
    assert eligibility(FIT, [], LIMITS).state is UNKNOWN


# --- readings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "movement", "state"),
    [(6, 7, MET), (7, 0, MET), (None, 8, MET), (None, 6, UNKNOWN), (6, None, UNKNOWN), (6, 6, NOT_MET)],
)
def test_a_score_that_was_not_asked_could_be_the_severe_one(rest, movement, state):
    scores = [None if score is None else Decimal(score) for score in (rest, movement)]
    assert check("E1", replace(FIT, pain_at_rest=scores[0], pain_on_movement=scores[1])).state is state


def test_below_on_and_above_the_cut_of_severe_pain():
    found = [
        check("E1", replace(FIT, pain_at_rest=Decimal(0), pain_on_movement=Decimal(score))).state
        for score in ("6.9", "7", "7.1")
    ]
    assert found == [NOT_MET, MET, MET]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"therapy_ended_on": DAY - timedelta(days=18), "therapy_continues": False}, MET),  # 42 of 60 days
        ({"therapy_ended_on": DAY - timedelta(days=19), "therapy_continues": False}, NOT_MET),
        ({"therapy_continues": None}, UNKNOWN),
        ({"therapy_continues": False}, UNKNOWN),
        (treated_for(41, therapy_continues=None), NOT_MET),  # whenever it ended
        (treated_for(41, therapy_ended_on=DAY + timedelta(days=30)), NOT_MET),  # what came after the procedure is none
        (treated_for(41, aetiology="UNKNOWN"), UNKNOWN),  # it may be cancer
        (treated_for(42, aetiology="UNKNOWN"), MET),
        (treated_for(41, aetiology="TRAUMATIC"), NOT_MET),
        ({"aetiology": "CANCER", "therapy_started_on": None}, MET),
    ],
)
def test_the_length_of_therapy(facts, state):
    assert check("E2", replace(FIT, **facts)).state is state


def test_a_contraindication_needs_its_reason():
    assert check("E2c", replace(FIT, bracing=TherapyComponent("CONTRAINDICATED", " "))).state is UNKNOWN


@pytest.mark.parametrize("aetiology", ["CANCER", "TRAUMATIC", "HAEMANGIOMA", "OTHER"])
def test_the_parts_of_therapy_are_shown_and_do_not_count_outside_osteoporosis(aetiology):
    patient = replace(FIT, aetiology=aetiology, osteoporosis_medication=TherapyComponent("NO"))
    found = check("E2d", patient)
    assert (found.state, found.counts_as) == (NOT_MET, None)
    assert ("Not required in cancer." in found.reason) == (aetiology == "CANCER")
    assert overall(patient) is MET


def test_with_an_unknown_cause_a_missing_part_leaves_the_whole_unknown():
    patient = replace(FIT, aetiology="UNKNOWN", bracing=TherapyComponent("NO"))
    assert overall(patient) is UNKNOWN
    assert overall(replace(FIT, aetiology="UNKNOWN")) is MET


@pytest.mark.parametrize(
    ("inr", "platelets", "answer", "state"),
    [
        ("1.5", 50, None, MET),
        ("1.6", 50, None, NOT_MET),
        ("1.5", 49, None, NOT_MET),
        ("1.6", None, None, NOT_MET),
        (None, 49, None, NOT_MET),
        ("1.0", None, None, UNKNOWN),
        (None, 200, None, UNKNOWN),
        (None, None, False, MET),
        ("1.6", 200, False, NOT_MET),  # a measurement is not talked away
        ("1.0", 200, True, NOT_MET),
    ],
)
def test_coagulation_by_answer_and_by_measurement(inr, platelets, answer, state):
    facts = replace(FIT, inr=inr and Decimal(inr), platelets_per_nanolitre=platelets, coagulopathy=answer)
    assert check("XC2", facts).state is state


def test_the_baseline_answers_for_allergy_and_pregnancy_where_it_can():
    assert check("XC3", replace(FIT, contrast_reaction=True)).state is NOT_MET
    assert check("XC6", replace(FIT, pregnant=None, pregnancy_possible=False)).state is MET
    assert check("XC6", replace(FIT, pregnant=None, pregnancy_possible=True)).state is UNKNOWN
    assert check("XC6", replace(FIT, pregnant=True, pregnancy_possible=False)).state is NOT_MET


def test_without_an_mri_the_page_says_what_may_stand_in():
    found = check("E9", level=replace(BROKEN, edema=None, no_mri=True))
    assert found.state is UNKNOWN and "CT or a bone scan" in found.reason


# --- timing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "acute", "left", "soon"),
    [(0, True, 70, False), (55, True, 15, False), (56, True, 14, True), (69, True, 1, True), (70, False, 0, False)],
)
def test_the_acute_window(days, acute, left, soon):
    window = acute_window(FractureAge(days, days), LIMITS)
    assert (window.acute, window.days_left, window.closes_soon) == (acute, left, soon)


@pytest.mark.parametrize(("days", "says"), [(69, "9 weeks old: acute"), (70, "10 weeks old: chronic")])
def test_the_timing_informs_and_never_counts(days, says):
    found = check("E10", level=replace(BROKEN, age=FractureAge(days, days)))
    assert says in found.reason
    assert (found.state, found.counts_as) == (MET, None)


def test_a_month_that_holds_both_is_neither():
    age = fracture_age(date(2025, 12, 31), "MONTH", on=DAY)  # 69 to 99 days
    assert acute_window(age, LIMITS).acute is None
    assert check("E10", level=replace(BROKEN, age=age)).state is UNKNOWN
    assert check("E10", level=replace(BROKEN, age=None)).state is UNKNOWN


def test_the_advice_is_as_strong_as_the_guideline_says():
    assert "class IIa" in guideline_strength("CANCER")
    assert "reasonable option" in guideline_strength("OSTEOPOROTIC")


@pytest.mark.parametrize(
    ("start", "now", "suggestion"), [(8, 7, True), (8, 6, False), (None, 8, None), (8, None, None)]
)
def test_a_fall_of_less_than_two_points_suggests_refractory(start, now, suggestion):
    given_scores = [None if score is None else Decimal(score) for score in (start, now)]
    assert suggests_refractory(*given_scores, LIMITS) is suggestion


# --- a blank never makes a patient look fitter, nor less fit ----------------------------------------------------------

_yes_no = st.sampled_from([True, False])
_days = st.integers(0, 120)
_component = st.sampled_from([GIVEN, TherapyComponent("NO"), TherapyComponent("CONTRAINDICATED", "Skin")])
_score = st.integers(0, 10).map(Decimal)
# Complete facts that do not contradict themselves: an answer of absent beside a measurement that shows it is no blank.
_patients = st.builds(
    PatientFacts, on=st.just(DAY), aetiology=st.sampled_from(["OSTEOPOROTIC", "CANCER", "TRAUMATIC"]),
    pain_at_rest=_score, pain_on_movement=_score, therapy_started_on=_days.map(lambda days: DAY - timedelta(days=days)),
    therapy_ended_on=st.none(), therapy_continues=st.just(True), analgesics=_component, physical_therapy=_component,
    bracing=_component, osteoporosis_medication=_component, refractory=_yes_no, active_infection=_yes_no,
    coagulopathy=st.none(), inr=st.sampled_from([Decimal("1.5"), Decimal("1.6")]),
    platelets_per_nanolitre=st.sampled_from([49, 50]), cement_or_contrast_allergy=_yes_no, contrast_reaction=st.just(False),
    healed_fracture=_yes_no, cord_compression=_yes_no, pregnant=_yes_no, pregnancy_possible=st.just(True),
    cannot_lie_prone=_yes_no,
)  # fmt: skip
_levels = st.builds(
    LevelFacts, st.just("L1"), height_loss_percent=st.integers(0, 100).map(Decimal), posterior_cortex_intact=_yes_no,
    tender=_yes_no, imaging_confirms_level=_yes_no, edema=_yes_no, no_mri=st.just(False), age=st.none(),
)  # fmt: skip
_BLANK = {field.name: field.default for field in fields(PatientFacts) if field.name != "on"}
_BLANK_LEVEL = {field.name: field.default for field in fields(LevelFacts) if field.name != "level"}


@given(_patients, _levels, st.sets(st.sampled_from(sorted(_BLANK))), st.sets(st.sampled_from(sorted(_BLANK_LEVEL))))
def test_a_blank_turns_no_result_into_its_opposite(patient, level, blank, blank_of_level):
    known = eligibility(patient, [level], LIMITS)
    less = eligibility(
        replace(patient, **{name: _BLANK[name] for name in blank}),
        [replace(level, **{name: _BLANK_LEVEL[name] for name in blank_of_level})],
        LIMITS,
    )
    assert less.state in (known.state, UNKNOWN)
    for whole, part in zip(
        (*known.patient, *known.levels[0].checks), (*less.patient, *less.levels[0].checks), strict=True
    ):
        assert part.state in (whole.state, UNKNOWN), whole.code
