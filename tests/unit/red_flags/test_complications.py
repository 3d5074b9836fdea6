"""I1 to I3, H1, H2, D1, AN1, PX1 and R1 (clinical-spec 4.1): below, on and above each threshold."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from followup.red_flags.history import Anticoagulant, Symptoms, Vitals, Wound
from tests.unit.red_flags.build import (
    CLEAN_WOUND,
    DAY,
    HEALTHY_VITALS,
    HOUR,
    NO_SYMPTOMS,
    at,
    baseline,
    judge,
    open_questions,
    raised,
    reading,
)


def hot(celsius: str) -> Vitals:
    return Vitals(temperature_celsius=Decimal(celsius))


@pytest.mark.parametrize(("minutes", "celsius", "severity"), [
    (DAY - 1, "38.4", None), (DAY - 1, "38.5", "AMBER"), (DAY - 1, "38.6", "AMBER"),
    (DAY, "37.9", None), (DAY, "38.0", "AMBER"), (DAY, "38.1", "AMBER"), (DAY - 1, "38.0", None),
])  # fmt: skip
def test_i1_fever_by_height_and_time(minutes, celsius, severity):
    assert raised(judge(reading(minutes, vitals=hot(celsius))), minutes).get("I1") == severity


def test_i1_vital_signs_are_due_again_in_four_hours():
    (finding,) = [one for one in judge(reading(60, vitals=hot("38.5"))).raised if one.rule_code == "I1"]
    assert (finding.recheck.kind, finding.recheck.within_minutes, finding.imaging) == ("VITALS", 240, None)


@pytest.mark.parametrize("celsius", ["37.9", "38.0"])
@pytest.mark.parametrize("beside", [
    {"wound": Wound(warmth=True)}, {"wound": Wound(redness_over_2_cm=True)}, {"wound": Wound(discharge=True)},
    {"wound": Wound(opening=True)}, {"pain": 10},
])  # fmt: skip
def test_i2_fever_with_a_wound_sign_or_rising_pain(celsius, beside):
    found = raised(judge(reading(60, beside.get("pain"), vitals=hot(celsius), wound=beside.get("wound")),
                         before=baseline(8)), 60)  # fmt: skip
    assert found.get("I2") == ("URGENT" if celsius == "38.0" else None)


@pytest.mark.parametrize(
    ("rate", "oxygen", "severity"), [(20, True, None), (21, True, "URGENT"), (25, True, "EMERGENT")]
)
def test_i2_fever_with_news2_from_five_and_emergent_from_seven(rate, oxygen, severity):
    """38.0 °C scores 0, oxygen 2, SpO₂ 95 % 1, and the respiration rate 0, 2 or 3 (with pulse 91: 1)."""
    vitals = Vitals(rate, 95, oxygen, 120, 70, 91 if rate == 25 else 80, "A", Decimal("38.0"))
    assert raised(judge(reading(60, vitals=vitals, wound=CLEAN_WOUND)), 60).get("I2") == severity


def test_i2_pus_or_rigors_alone():
    assert raised(judge(reading(60, wound=Wound(pus=True))), 60)["I2"] == "URGENT"
    assert raised(judge(reading(60, symptoms=Symptoms(rigors=True))), 60)["I2"] == "URGENT"


def test_i2_asks_for_gadolinium_and_blood_tests():
    plan = judge(reading(60, wound=Wound(pus=True))).raised_by("at 60")[0].imaging
    assert (plan.modality.name, plan.alternative.name, plan.with_contrast) == (
        "MRI_WITH_GADOLINIUM", "CT_WITH_CONTRAST", True,
    )  # fmt: skip
    assert any("blood cultures" in note for note in plan.notes)


def test_i2_is_decided_by_a_complete_clean_set_and_open_where_a_blank_could_prove_it():
    clean = reading(60, 2, vitals=HEALTHY_VITALS, wound=CLEAN_WOUND, symptoms=NO_SYMPTOMS, at_rest=Decimal(1))
    assert "I2" not in open_questions(judge(clean, before=baseline(8)), 60)
    hot_and_blank = judge(reading(60, 2, vitals=hot("38.2")), before=baseline(8))
    assert "I2" in open_questions(hot_and_blank, 60)


@pytest.mark.parametrize("sign", ["redness_over_2_cm", "discharge", "warmth", "opening"])
def test_i3_each_sign(sign):
    assert raised(judge(reading(60, wound=Wound(**{sign: True}))), 60)["I3"] == "AMBER"
    assert "I3" not in raised(judge(reading(60, wound=CLEAN_WOUND)), 60)


@pytest.mark.parametrize(("facts", "severity"), [
    ({"wound": Wound(expanding_swelling=True)}, "URGENT"), ({"wound": Wound(dressing_soaked_twice=True)}, "URGENT"),
    ({"haemoglobin": "10.6"}, None), ({"haemoglobin": "10.5"}, "URGENT"), ({"haemoglobin": "10.4"}, "URGENT"),
    ({"vitals": Vitals(pulse_per_minute=110, systolic_mmhg=100)}, None),
    ({"vitals": Vitals(pulse_per_minute=111, systolic_mmhg=101)}, None),
    ({"vitals": Vitals(pulse_per_minute=111, systolic_mmhg=100)}, "URGENT"),
    ({"vitals": Vitals(pulse_per_minute=111, systolic_mmhg=91)}, "URGENT"),
    ({"vitals": Vitals(pulse_per_minute=111, systolic_mmhg=90)}, "EMERGENT"),
    ({"wound": Wound(expanding_swelling=True), "vitals": Vitals(systolic_mmhg=90)}, "EMERGENT"),
])  # fmt: skip
def test_h1_each_way_and_emergent_in_shock(facts, severity):
    assert raised(judge(reading(60, **facts), before=baseline(8, haemoglobin="12.5")), 60).get("H1") == severity


def test_h1_haemoglobin_falls_from_the_highest_known():
    before = baseline(8, haemoglobin="11.0")
    found = judge(reading(60, haemoglobin="12.8"), reading(120, haemoglobin="10.8"), before=before)
    assert raised(found, 120)["H1"] == "URGENT"
    assert "H1" in open_questions(judge(reading(60, haemoglobin="12.0"), before=baseline(8)), 60)


SUDDEN = reading(10 * HOUR, 3, sudden_onset=True)


def haematoma(**context) -> str | None:
    return raised(judge(SUDDEN, before=baseline(8), **context), 10 * HOUR).get("H2")


@pytest.mark.parametrize(("use", "acts"), [
    (Anticoagulant("WARFARIN"), True),
    (Anticoagulant("WARFARIN", last_dose_at=at(-5 * DAY)), False),
    (Anticoagulant("WARFARIN", last_dose_at=at(1)), True),
    (Anticoagulant("WARFARIN", last_dose_at=at(-5 * DAY), planned_restart_at=at(10 * HOUR + 1)), False),
    (Anticoagulant("WARFARIN", last_dose_at=at(-5 * DAY), planned_restart_at=at(10 * HOUR)), True),
    (Anticoagulant("WARFARIN", at(-5 * DAY), planned_restart_at=at(60), restarted_at=at(10 * HOUR + 1)), False),
    (Anticoagulant("WARFARIN", at(-5 * DAY), restarted_at=at(10 * HOUR)), True),
    (Anticoagulant("WARFARIN", planned_restart_at=at(3 * DAY)), False),
])  # fmt: skip
def test_h2_a_blood_thinner_that_acts(use, acts):
    assert haematoma(takes_anticoagulants=True, anticoagulants=(use,)) == ("EMERGENT" if acts else None)


def test_h2_named_or_not_and_not_asked():
    assert haematoma(takes_anticoagulants=True) == "EMERGENT"
    assert haematoma(takes_anticoagulants=False) is None
    assert "H2" in open_questions(judge(SUDDEN, before=baseline(8)), 10 * HOUR)


def test_h2_asks_for_mri_within_the_four_hours_of_neurology():
    found = judge(SUDDEN, before=baseline(8), takes_anticoagulants=True)
    (finding,) = [one for one in found.raised if one.rule_code == "H2"]
    assert (finding.category, finding.imaging.modality.name) == ("NEURO", "MRI_AND_CT")


def test_h2_an_amber_point_above_the_baseline_is_not_enough():
    amber = judge(reading(60, 9, at_rest=Decimal(8)), before=baseline(8), takes_anticoagulants=True)
    assert raised(amber, 60)["P3"] == "AMBER" and "H2" not in raised(amber, 60)


@pytest.mark.parametrize(("at_rest", "stays_open"), [(None, True), (Decimal(1), False)])
def test_h2_stays_open_beside_an_amber_pain_whose_other_score_could_make_it_red(at_rest, stays_open):
    """On movement a point above; at rest, where it was not asked, it may be two."""
    asked = {"new_site": False, "sudden_onset": False, "took_analgesia": True, "relief": "GOOD", "fall": False}
    found = judge(reading(60, 5, at_rest=at_rest, **asked), before=baseline(4), takes_anticoagulants=True)
    assert raised(found, 60)["P3"] == "AMBER"
    assert ("H2" in open_questions(found, 60)) is stays_open


def test_d1_a_calf():
    found = judge(reading(3 * DAY, symptoms=Symptoms(calf_swelling_or_pain=True)))
    (finding,) = found.raised
    assert (finding.rule_code, finding.severity.name, finding.imaging.modality.name, finding.imaging.body_region) == (
        "D1", "URGENT", "LEG_ULTRASOUND", "LEG",
    )  # fmt: skip
    assert "D1" not in raised(judge(reading(3 * DAY, symptoms=NO_SYMPTOMS)), 3 * DAY)


@pytest.mark.parametrize(("facts", "fires"), [
    ({"symptoms": Symptoms(urticaria=True)}, True), ({"symptoms": Symptoms(wheeze=True)}, True),
    ({"symptoms": Symptoms(lip_swelling=True)}, True), ({"vitals": Vitals(systolic_mmhg=90)}, True),
    ({"vitals": Vitals(systolic_mmhg=91)}, False), ({"symptoms": NO_SYMPTOMS}, False),
])  # fmt: skip
def test_an1_allergy_or_shock_is_treated_and_not_scanned(facts, fires):
    findings = {one.rule_code: one for one in judge(reading(30, **facts)).raised}
    assert ("AN1" in findings) == fires
    if fires:
        assert findings["AN1"].severity.name == "EMERGENT" and findings["AN1"].imaging is None


PLEURITIC = {"characters": frozenset({"PLEURITIC", "AXIAL"})}


@pytest.mark.parametrize(("level", "facts", "fires"), [
    ("T12", PLEURITIC, True), ("T1", {"symptoms": Symptoms(dyspnoea=True)}, True), ("L1", PLEURITIC, False),
    ("T12", {"characters": frozenset({"AXIAL"}), "symptoms": NO_SYMPTOMS}, False),
])  # fmt: skip
def test_px1_only_after_a_thoracic_level(level, facts, fires):
    assessment = judge(reading(60, 2, **facts), before=baseline(8), treated_levels=(level,))
    findings = {one.rule_code: one for one in assessment.raised}
    assert ("PX1" in findings) == fires and "PX1" not in open_questions(assessment, 60)
    if fires:
        plan = findings["PX1"].imaging
        assert (plan.modality.name, plan.alternative.name, plan.priority) == ("CHEST_XRAY", "CT_CHEST", "STAT")


RIB = {"new_site": True, "sites": frozenset({"RIB_LEFT"})}


@pytest.mark.parametrize(("facts", "fires"), [
    (RIB | {"symptoms": Symptoms(rib_tenderness=True)}, True),
    (RIB | {"symptoms": Symptoms(rib_tenderness=False)}, False),
    (RIB | {"new_site": False, "symptoms": Symptoms(rib_tenderness=True)}, False),
    ({"new_site": True, "sites": frozenset({"GIRDLE"}), "symptoms": Symptoms(rib_tenderness=True)}, False),
    (RIB | {"symptoms": Symptoms(dyspnoea=True, rib_tenderness=True), "vitals": Vitals(respiration_rate=21)}, False),
])  # fmt: skip
def test_r1_a_tender_rib_unless_an_embolism_is_the_question(facts, fires):
    assert ("R1" in raised(judge(reading(60, 2, **facts), before=baseline(8)), 60)) == fires


def test_the_time_of_a_complication_gates_nothing():
    late = judge(reading(90 * DAY, symptoms=Symptoms(lip_swelling=True)))
    assert raised(late, 90 * DAY)["AN1"] == "EMERGENT"
    assert late.raised[0].effective_at - at(0) == timedelta(days=90)


@pytest.mark.parametrize(("vitals", "severity"), [
    (HEALTHY_VITALS, "URGENT"), (Vitals(25, 92, True, 120, None, 70, "A", Decimal("37.0")), "EMERGENT"),
    (Vitals(25, 94, True, 120, None, 70, "A", Decimal("37.0")), "URGENT"),
    (Vitals(25, 92, True, None, None, None, "A", None), "EMERGENT"),
])  # fmt: skip
def test_i2_is_emergent_from_a_news2_of_seven_of_what_was_measured(vitals, severity):
    assert raised(judge(reading(DAY, vitals=vitals, wound=Wound(pus=True))), DAY)["I2"] == severity


def test_i2_fever_with_a_set_that_may_add_up_to_five_is_open_and_names_what_was_not_measured():
    known = {"wound": CLEAN_WOUND, "symptoms": NO_SYMPTOMS, "pain": 1, "at_rest": Decimal(1)}
    found = judge(reading(DAY, vitals=hot("38.5"), **known), before=baseline(8))
    (question,) = [one for one in found.undecided if one.rule_code == "I2"]
    assert {"respiration_rate", "spo2_percent", "pulse_per_minute"} <= set(question.missing)
    whole = replace(HEALTHY_VITALS, temperature_celsius=Decimal("38.5"))
    settled = judge(reading(DAY, vitals=whole, **known), before=baseline(8))
    assert "I2" not in open_questions(settled, DAY) and "I2" not in raised(settled, DAY)


def test_i2_names_each_sign_that_was_seen():
    seen = judge(reading(DAY, wound=Wound(pus=True), symptoms=Symptoms(rigors=True)))
    (found,) = [one for one in seen.raised if one.rule_code == "I2"]
    assert found.reason.startswith("Pus; shaking chills: ")
    assert found.evidence["observed"]["temperature_celsius"] is None, "nobody measured it"


def test_each_sign_of_wound_and_bleeding_is_named():
    marks = Wound(redness_over_2_cm=True, warmth=True, expanding_swelling=True, dressing_soaked_twice=True)
    found = {one.rule_code: one.reason for one in judge(reading(DAY, wound=marks)).raised}
    assert "a swelling that grows, the dressing soaked twice within an hour" in found["H1"].replace(
        "A swelling", "a swelling"
    )
    assert "red over more than 2 cm, warm" in found["I3"].lower()
