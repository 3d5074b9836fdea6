"""Which scan of which part, and what must be thought of first (clinical-spec 4.2)."""

from datetime import date
from decimal import Decimal

import pytest

from followup.red_flags import modality
from followup.red_flags.findings import ImagingPlan, Severity
from followup.red_flags.history import Context, Symptoms, Wound
from followup.red_flags.modality import clinical_question, more_urgent_of, plan_imaging
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.red_flags.build import HEALTHY_EXAM, T0, baseline, judge, reading

EMERGENT, URGENT = Severity.EMERGENT, Severity.URGENT
SPINE_KINDS = (
    modality.NEURO, modality.NEURO_SACRAL, modality.LONG_TRACT, modality.SPINE, modality.CEMENT, modality.INFECTION,
)  # fmt: skip


def context(**changes) -> Context:
    known = {
        "treated_levels": ("L1",), "mri_safety": "CLEAR", "takes_anticoagulants": False, "contrast_reaction": "NONE",
        "egfr_ml_per_minute": Decimal(80),
    }  # fmt: skip
    return Context(T0, **known | changes)


def planned(kind: str, severity: Severity, of: Context, *, thoracic_deficit: bool = False) -> ImagingPlan:
    return plan_imaging(kind, severity, of, DEFAULT_RULESET, thoracic_deficit=thoracic_deficit)


def notes(kind: str, severity: Severity = URGENT, **changes) -> str:
    return " ".join(planned(kind, severity, context(**changes)).notes)


@pytest.mark.parametrize(("kind", "wanted", "instead", "blocked"), [
    (modality.NEURO, "MRI_AND_CT", "CT_WITHOUT_CONTRAST", "CT_WITHOUT_CONTRAST"),
    (modality.NEURO_SACRAL, "MRI_AND_CT", "CT_WITHOUT_CONTRAST", "CT_WITHOUT_CONTRAST"),
    (modality.LONG_TRACT, "MRI_AND_CT", "CT_WITHOUT_CONTRAST", "CT_WITHOUT_CONTRAST"),
    (modality.SPINE, "MRI_STIR", "CT_WITHOUT_CONTRAST", "CT_WITHOUT_CONTRAST"),
    (modality.CEMENT, "CT_WITHOUT_CONTRAST", None, "CT_WITHOUT_CONTRAST"),
    (modality.INFECTION, "MRI_WITH_GADOLINIUM", "CT_WITH_CONTRAST", "CT_WITH_CONTRAST"),
    (modality.LUNG, "CTPA", None, "CTPA"),
    (modality.BLEEDING, "CT_WITH_CONTRAST", None, "CT_WITH_CONTRAST"),
    (modality.THORAX, "CHEST_XRAY", "CT_CHEST", "CHEST_XRAY"),
    (modality.CHEST, "CHEST_XRAY", None, "CHEST_XRAY"),
    (modality.LEG, "LEG_ULTRASOUND", None, "LEG_ULTRASOUND"),
])  # fmt: skip
def test_each_kind_of_question_has_its_scan_and_what_replaces_it(kind, wanted, instead, blocked):
    plan = planned(kind, EMERGENT, context())
    assert (plan.modality.name, plan.alternative.name if plan.alternative else None) == (wanted, instead)
    assert planned(kind, EMERGENT, context(mri_safety="BLOCKED")).modality.name == blocked
    assert plan.looking_for.endswith("?")


@pytest.mark.parametrize(("kinds", "region", "of_a_kind"), [
    (SPINE_KINDS, "SPINE", "CROSS_SECTIONAL"), ((modality.LUNG,), "CHEST", "CROSS_SECTIONAL"),
    ((modality.CHEST, modality.THORAX), "CHEST", "XRAY"), ((modality.BLEEDING,), "TRUNK", "CROSS_SECTIONAL"),
    ((modality.LEG,), "LEG", "ULTRASOUND"),
])  # fmt: skip
def test_findings_share_a_task_by_region_and_class_of_scan_and_the_severity_is_its_priority(kinds, region, of_a_kind):
    """Clinical-spec 0: one open task for each body region and modality class."""
    for kind in kinds:
        plan = planned(kind, EMERGENT, context())
        assert (plan.body_region, plan.modality_class) == (region, of_a_kind)
        assert (plan.priority, planned(kind, URGENT, context()).priority) == ("STAT", "URGENT")


@pytest.mark.parametrize(("egfr", "words"), [
    (Decimal("29.9"), "intravenous saline"), (Decimal(30), "hydrate at discretion"), (Decimal("44.9"), "hydrate"),
    (Decimal(45), "contrast is possible."), (None, "measure it"),
])  # fmt: skip
def test_contrast_and_the_kidney_below_on_and_above(egfr, words):
    assert words in notes(modality.BLEEDING, egfr_ml_per_minute=egfr)


def test_an_emergent_scan_never_waits_for_the_egfr_and_shows_it_if_known():
    measured = {"egfr_ml_per_minute": Decimal(25), "egfr_measured_on": date(2026, 3, 2)}
    assert "Never wait for the eGFR: eGFR 25 (2026-03-02)." in notes(modality.LUNG, EMERGENT, **measured)
    assert "Never wait for the eGFR: eGFR not known." in notes(modality.LUNG, EMERGENT, egfr_ml_per_minute=None)


def test_the_ct_that_stands_in_for_a_blocked_mri_does_not_wait_for_the_egfr_either():
    assert "Never wait for the eGFR" in notes(modality.INFECTION, EMERGENT, mri_safety="BLOCKED")
    assert "Never wait" not in notes(modality.INFECTION, URGENT, mri_safety="BLOCKED")


@pytest.mark.parametrize(("changes", "why"), [
    ({"egfr_ml_per_minute": Decimal(20)}, "eGFR 20 (low): intravenous saline"),
    ({"acute_kidney_injury": True}, "eGFR 80 (acute kidney injury): intravenous saline"),
])  # fmt: skip
def test_why_saline_is_given_is_said(changes, why):
    assert why in notes(modality.BLEEDING, **changes)


def test_acute_kidney_injury_counts_as_low_and_dialysis_needs_no_prophylaxis():
    assert "acute kidney injury" in notes(modality.BLEEDING, acute_kidney_injury=True)
    assert "dialysis: no prophylaxis" in notes(modality.BLEEDING, acute_kidney_injury=True, on_dialysis=True)


@pytest.mark.parametrize(("changes", "held"), [
    ({"egfr_ml_per_minute": Decimal("29.9")}, True), ({"egfr_ml_per_minute": Decimal(30)}, False),
    ({"acute_kidney_injury": True}, True), ({}, False),
])  # fmt: skip
def test_metformin_is_held_only_for_a_failing_kidney(changes, held):
    assert ("Metformin" in notes(modality.BLEEDING, takes_metformin=True, **changes)) == held
    assert "Metformin" not in notes(modality.BLEEDING, takes_metformin=False, **changes)


def test_an_earlier_contrast_reaction():
    assert "premedication" in notes(modality.LUNG, contrast_reaction="MILD_MODERATE")
    severe = planned(modality.LUNG, EMERGENT, context(contrast_reaction="SEVERE"))
    assert severe.alternative.name == "CT_CHEST" and any("call the radiologist" in note for note in severe.notes)
    bleeding = planned(modality.BLEEDING, EMERGENT, context(contrast_reaction="SEVERE"))
    assert bleeding.alternative.name == "CT_WITHOUT_CONTRAST"
    assert "not asked" in notes(modality.LUNG, contrast_reaction=None)


def test_gadolinium():
    assert "any eGFR" in notes(modality.INFECTION)
    assert "tell the radiologist" in notes(modality.INFECTION, egfr_ml_per_minute=Decimal("29.9"))
    assert "tell the radiologist" not in notes(modality.INFECTION, egfr_ml_per_minute=Decimal(30))
    assert "call the radiologist" in notes(modality.INFECTION, gadolinium_anaphylaxis=True)
    assert "Gadolinium" not in notes(modality.INFECTION, mri_safety="BLOCKED")


@pytest.mark.parametrize("kind", [*SPINE_KINDS, modality.LUNG, modality.BLEEDING, modality.CHEST, modality.THORAX])
def test_pregnancy_is_a_prompt_and_never_blocks_what_is_emergent(kind):
    assert "Pregnancy possible" in notes(kind, URGENT, pregnancy_possible=True)
    assert "Do not wait" in notes(kind, EMERGENT, pregnancy_possible=True)
    assert "Pregnancy" not in notes(kind, pregnancy_possible=None)


@pytest.mark.parametrize(("state", "severity", "words"), [
    ("UNKNOWN", EMERGENT, "CT in parallel"), ("UNKNOWN", URGENT, "screening outstanding"),
    ("CONDITIONAL", URGENT, "check the device"), ("BLOCKED", EMERGENT, "CT myelogram"),
])  # fmt: skip
def test_the_state_of_mri_safety(state, severity, words):
    assert words in notes(modality.NEURO, severity, mri_safety=state)
    assert "safety" not in notes(modality.CEMENT, severity, mri_safety=state)


@pytest.mark.parametrize(("changes", "thoracic_deficit", "region"), [
    ({}, False, "T11–L3"), ({"treated_levels": ("T8",)}, False, "whole spine"), ({}, True, "whole spine"),
    ({"aetiology": "CANCER"}, False, "whole spine"),
])  # fmt: skip
def test_region_of_a_deficit(changes, thoracic_deficit, region):
    plan = planned(modality.NEURO, EMERGENT, context(**changes), thoracic_deficit=thoracic_deficit)
    assert region in plan.region


def test_a_long_tract_sign_asks_for_the_whole_spine_whatever_was_treated():
    found = judge(reading(120, exam=HEALTHY_EXAM | {"babinski_L": "UP"}), before=baseline())
    assert found.raised[0].imaging.region == "whole spine"


def test_numbness_that_reaches_the_trunk_asks_for_the_whole_spine_after_lumbar_treatment():
    found = judge(reading(120, exam=HEALTHY_EXAM | {"trunk_sensory_level_R": "T10"}), before=baseline())
    assert found.raised[0].imaging.region.startswith("whole spine")


@pytest.mark.parametrize(("one", "other", "both"), [
    (modality.CEMENT, modality.SPINE, "MRI_AND_CT"), (modality.CEMENT, modality.NEURO, "MRI_AND_CT"),
    (modality.SPINE, modality.NEURO, "MRI_AND_CT"), (modality.CEMENT, modality.INFECTION, "MRI_GADOLINIUM_AND_CT"),
    (modality.NEURO, modality.INFECTION, "MRI_GADOLINIUM_AND_CT"), (modality.SPINE, modality.INFECTION, "MRI_WITH_GADOLINIUM"),
    (modality.CHEST, modality.THORAX, "CHEST_XRAY"),
])  # fmt: skip
def test_joined_questions_are_both_answered_whichever_came_first(one, other, both):
    plans = [planned(kind, URGENT, context()) for kind in (one, other)]
    for first, second in (plans, reversed(plans)):
        joined = more_urgent_of(first, second)
        assert joined.modality.name == both
        assert set(joined.notes) == {*plans[0].notes, *plans[1].notes}


@pytest.mark.parametrize("one", SPINE_KINDS)
@pytest.mark.parametrize("other", SPINE_KINDS)
@pytest.mark.parametrize("state", ["CLEAR", "UNKNOWN", "CONDITIONAL", "BLOCKED"])
def test_joining_again_changes_nothing_and_never_narrows(one, other, state):
    first, second = (planned(kind, URGENT, context(mri_safety=state)) for kind in (one, other))
    joined = more_urgent_of(first, second)
    assert more_urgent_of(joined, second) == more_urgent_of(joined, first) == joined
    assert ("MRI" in joined.modality.name) == ("MRI" in first.modality.name + second.modality.name)


@pytest.mark.parametrize(("kind", "instead"), [
    (modality.SPINE, "CT_WITHOUT_CONTRAST"), (modality.NEURO, "CT_WITHOUT_CONTRAST"),
    (modality.INFECTION, "CT_WITH_CONTRAST"),
])  # fmt: skip
def test_mri_that_became_contraindicated_since_the_task_was_opened_is_not_asked_for_any_more(kind, instead):
    open_plan, joining = (planned(kind, URGENT, context(mri_safety=state)) for state in ("CLEAR", "BLOCKED"))
    joined = more_urgent_of(open_plan, joining)
    assert (joined.modality.name, joined.alternative, joined.mri_state) == (instead, None, "BLOCKED")
    cement = more_urgent_of(open_plan, planned(modality.CEMENT, URGENT, context(mri_safety="BLOCKED")))
    assert (cement.modality.name, cement.alternative, cement.mri_state) == (instead, None, "BLOCKED")


def test_both_mri_and_ct_with_gadolinium_become_ct_with_contrast():
    both = more_urgent_of(*(planned(kind, URGENT, context()) for kind in (modality.INFECTION, modality.NEURO)))
    joined = more_urgent_of(both, planned(modality.CEMENT, URGENT, context(mri_safety="BLOCKED")))
    assert (joined.modality.name, joined.with_contrast) == ("CT_WITH_CONTRAST", True)


@pytest.mark.parametrize(("one", "other", "changes", "region"), [
    (modality.SPINE, modality.LONG_TRACT, {}, "whole spine"),
    (modality.LONG_TRACT, modality.NEURO_SACRAL, {}, "whole spine, with the lumbosacral spine"),
    (modality.SPINE, modality.NEURO_SACRAL, {}, "T11–L3 and lumbosacral spine"),
    (modality.SPINE, modality.CEMENT, {}, "T11–L3"),
    (modality.SPINE, modality.CEMENT, {"treated_levels": ()}, "whole spine"),
])  # fmt: skip
def test_a_joined_scan_shows_all_that_either_asked_for(one, other, changes, region):
    plans = [planned(kind, URGENT, context(**changes)) for kind in (one, other)]
    assert {more_urgent_of(*pair).region for pair in (plans, plans[::-1])} == {region}


@pytest.mark.parametrize(("one", "other", "contrast"), [
    (modality.INFECTION, modality.NEURO, True), (modality.INFECTION, modality.CEMENT, True),
    (modality.SPINE, modality.NEURO, False), (modality.CHEST, modality.LUNG, True),
])  # fmt: skip
def test_a_joined_scan_has_contrast_if_either_asked_for_it(one, other, contrast):
    plans = [planned(kind, URGENT, context()) for kind in (one, other)]
    assert {more_urgent_of(*pair).with_contrast for pair in (plans, plans[::-1])} == {contrast}


@pytest.mark.parametrize(("severities", "priority"), [
    ((URGENT, URGENT), "URGENT"), ((EMERGENT, URGENT), "STAT"), ((URGENT, EMERGENT), "STAT"), ((EMERGENT, EMERGENT), "STAT"),
])  # fmt: skip
def test_joining_only_raises_the_priority(severities, priority):
    for kinds in ((modality.SPINE, modality.NEURO), (modality.NEURO, modality.SPINE)):
        plans = [planned(kind, severity, context()) for kind, severity in zip(kinds, severities, strict=True)]
        assert more_urgent_of(*plans).priority == priority


def test_a_question_of_two_levels_of_unknown_cause_and_one_without_a_scan():
    found = judge(reading(20 * 24 * 60, 8))
    severe = next(one for one in found.raised if one.rule_code == "P5")
    assert severe.imaging is None
    asked = clinical_question(severe, context(treated_levels=("T12", "L1"), aetiology="UNKNOWN"), "")
    assert asked.startswith("20 days after cement augmentation of T12, L1: ")
    assert asked == f"20 days after cement augmentation of T12, L1: {severe.reason} No anticoagulants."


def test_the_radiologist_is_asked_in_a_sentence_without_a_name():
    found = judge(reading(400, exam=HEALTHY_EXAM | {"motor_L4_R": "3"}), before=baseline())
    asked = clinical_question(
        found.raised[0], context(aetiology="OSTEOPOROTIC", allergies="LATEX.", pregnancy_possible=True), "Apixaban"
    )
    assert asked == (
        "7 h after cement augmentation of L1 (osteoporotic fracture): Weaker than before the procedure: ankle "
        "dorsiflexion, right (L4) 5 → 3. Cement or haematoma in the canal or foramen, retropulsion, new fracture? "
        "Anticoagulants: Apixaban. Allergies: LATEX. Pregnancy possible."
    )


def test_the_question_says_minutes_hours_or_days_and_what_was_not_asked():
    def question(minutes: float, **changes) -> str:
        found = judge(reading(minutes, wound=Wound(pus=True), symptoms=Symptoms()), **changes)
        return clinical_question(found.raised[0], found_context(**changes), "")

    def found_context(**changes) -> Context:
        return Context(T0, ("L1",), **changes)

    assert question(119).startswith("119 min after")
    assert question(120).startswith("2 h after")
    assert question(72 * 60).startswith("3 days after")
    assert "Anticoagulants: not asked." in question(60)
    assert "No anticoagulants." in question(60, takes_anticoagulants=False)
    assert "eGFR 55." in question(60, egfr_ml_per_minute=Decimal(55))
