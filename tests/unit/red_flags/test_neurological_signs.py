"""N7 to N11 and LK1 (clinical-spec 3.5, 4.1): below, on and above, against baseline, and when the exam cannot be trusted."""

from decimal import Decimal

import pytest

from followup.red_flags.history import MissedCheck, Vitals
from tests.unit.red_flags.build import HEALTHY_EXAM, at, baseline, judge, open_questions, raised, reading

UNTESTED = {name: "NT" for name in HEALTHY_EXAM if name.startswith(("motor", "sensory"))}


def found(code: str, now: dict, before: dict | None = None) -> str | None:
    exam = {name: answer for name, answer in (HEALTHY_EXAM | now).items() if answer is not None}
    return raised(judge(reading(120, exam=exam), before=baseline(exam=HEALTHY_EXAM | (before or {}))), 120).get(code)


@pytest.mark.parametrize("sign", [
    {"babinski_R": "UP"}, {"babinski_L": "UP"}, {"clonus_R": "PRESENT"}, {"clonus_L": "PRESENT"}, {"tone": "SPASTIC"},
])  # fmt: skip
def test_n7_each_sign_when_it_is_new_and_not_when_it_was_there(sign):
    assert found("N7", sign) == "EMERGENT"
    assert found("N7", sign, before=sign) is None


def test_n7_flaccid_tone_and_an_untestable_reflex_are_no_long_tract_signs():
    assert found("N7", {"tone": "FLACCID", "babinski_R": "NT"}) is None


@pytest.mark.parametrize(("before", "now", "severity"), [
    ("E", "D", "EMERGENT"), ("D", "C", "EMERGENT"), ("D", "D", None), ("C", "D", None), (None, "D", "EMERGENT"),
    ("A", "A", None),
])  # fmt: skip
def test_n8_the_letter_against_the_baseline(before, now, severity):
    assert found("N8", {"asia_impairment_scale": now}, {"asia_impairment_scale": before}) == severity


@pytest.mark.parametrize(("before", "now", "severity"), [
    ("NONE", "BILATERAL", "EMERGENT"), ("UNILATERAL", "BILATERAL", "EMERGENT"), ("BILATERAL", "BILATERAL", None),
    ("NONE", "UNILATERAL", None), (None, "BILATERAL", "EMERGENT"),
])  # fmt: skip
def test_n9_both_legs_against_the_baseline(before, now, severity):
    assert found("N9", {"radicular_leg_pain": now}, {"radicular_leg_pain": before}) == severity


def test_n9_asks_for_the_lumbosacral_spine_too():
    findings = judge(reading(120, exam={"radicular_leg_pain": "BILATERAL"})).raised
    assert "lumbosacral" in next(one for one in findings if one.rule_code == "N9").imaging.region


def test_n10_two_untestable_sets_running_and_not_one():
    assert "N10" not in raised(judge(reading(60, exam=UNTESTED)), 60)
    twice = judge(reading(60, exam=UNTESTED), reading(90, 3), reading(120, exam=UNTESTED))
    assert raised(twice, 120)["N10"] == "AMBER"
    between = judge(reading(60, exam=UNTESTED), reading(90, exam={"motor_L4_R": "5"}), reading(120, exam=UNTESTED))
    assert "N10" not in raised(between, 120)


def test_n10_a_check_that_nobody_did_is_raised_on_the_check():
    missed = MissedCheck("check-7", at(120), "FULL")
    assessment = judge(reading(60, 3), reading(360, 3), missed_checks=(missed,))
    (finding,) = assessment.raised_by("check-7")
    assert (finding.rule_code, finding.severity.name, finding.effective_at) == ("N10", "AMBER", at(120))
    assert "full check that was due was not done" in finding.reason


def test_n11_new_confusion_once_until_it_has_cleared():
    confused, alert = Vitals(consciousness="C"), Vitals(consciousness="A")
    assessment = judge(
        *(reading(minutes, vitals=vitals) for minutes, vitals in
          [(60, alert), (120, confused), (150, Vitals()), (180, confused), (240, alert), (300, confused)])
    )  # fmt: skip
    assert [minutes for minutes in (60, 120, 150, 180, 240, 300) if "N11" in raised(assessment, minutes)] == [120, 300]
    assert raised(assessment, 120)["V1"] == "AMBER"
    (finding,) = [one for one in assessment.raised_by("at 120") if one.rule_code == "N11"]
    assert (finding.recheck.kind, finding.recheck.within_minutes) == ("FULL", 30)


def test_n11_an_exam_of_a_confused_patient_is_no_best_to_fall_from():
    strong = {"motor_S1_R": "5"}
    before = baseline(exam=HEALTHY_EXAM | {"motor_S1_R": "4"})
    while_confused = judge(
        reading(60, exam=strong, vitals=Vitals(consciousness="C")),
        reading(120, exam={"motor_S1_R": "4"}),
        before=before,
    )
    assert "N1b" not in raised(while_confused, 120)
    while_alert = judge(reading(60, exam=strong), reading(120, exam={"motor_S1_R": "4"}), before=before)
    assert raised(while_alert, 120)["N1b"] == "AMBER"


def test_a_residual_anaesthetic_suppresses_nothing_and_repeats_the_exam_every_quarter_of_an_hour():
    weak = HEALTHY_EXAM | {"motor_L4_R": "4", "residual_anaesthetic": True}
    (finding,) = judge(reading(120, exam=weak), before=baseline()).raised_by("at 120")
    assert (finding.rule_code, finding.severity.name) == ("N1", "EMERGENT")
    assert "rules nothing out" in finding.reason
    assert (finding.recheck.kind, finding.recheck.within_minutes) == ("FULL", 15)


@pytest.mark.parametrize(("facts", "exam", "severity"), [
    ({"new_site": True, "sites": frozenset({"LEG_LEFT"})}, {}, "URGENT"),
    ({"new_site": True, "sites": frozenset({"GIRDLE", "OTHER"})}, {}, "URGENT"),
    ({"new_site": True, "sites": frozenset({"TREATED_LEVEL"})}, {}, None),
    ({"new_site": False, "sites": frozenset({"LEG_LEFT"})}, {}, None),
    ({}, {"radicular_leg_pain": "UNILATERAL"}, "URGENT"),
    ({}, {"radicular_leg_pain": "NONE"}, None),
])  # fmt: skip
def test_lk1_new_pain_along_a_nerve_at_any_score(facts, exam, severity):
    assessment = judge(reading(120, 1, exam=exam, **facts), before=baseline(8))
    assert raised(assessment, 120).get("LK1") == severity


def test_lk1_asks_for_a_ct_without_contrast():
    findings = judge(reading(120, 1, exam={"radicular_leg_pain": "UNILATERAL"}), mri_safety="BLOCKED").raised
    plan = next(one for one in findings if one.rule_code == "LK1").imaging
    assert (plan.modality.name, plan.alternative, plan.with_contrast) == ("CT_WITHOUT_CONTRAST", None, False)


def test_leg_pain_of_the_baseline_is_not_new():
    before = baseline(8, exam=HEALTHY_EXAM | {"radicular_leg_pain": "UNILATERAL"})
    assert "LK1" not in raised(judge(reading(120, 1, exam={"radicular_leg_pain": "UNILATERAL"}), before=before), 120)


def test_what_was_not_asked_of_reflexes_and_scale_is_said():
    open_now = open_questions(judge(reading(120, exam={"gait": "0"}), before=baseline()), 120)
    assert {"N7", "N8", "N9", "N11", "LK1"} <= open_now


def test_n1b_stays_open_only_where_the_blank_could_be_a_fall_from_the_best():
    before = baseline(exam=HEALTHY_EXAM | {"motor_S1_R": "4"})
    risen = judge(reading(60, exam={"motor_S1_R": "5"}), reading(120, Decimal(2)), before=before)
    assert "N1b" in open_questions(risen, 120)
    never_better = judge(reading(60, exam={"motor_S1_R": "4"}), reading(120, Decimal(2)), before=before)
    assert "N1b" not in open_questions(never_better, 120)


@pytest.mark.parametrize(("before", "earlier", "raises"), [
    ("A", None, {"consciousness": "A"}), (None, None, {"consciousness": None}), ("C", None, None), ("A", "C", None),
    ("C", "A", {"consciousness": "A"}),
])  # fmt: skip
def test_n11_is_confusion_that_is_new_against_the_last_time_it_was_noted(before, earlier, raises):
    readings = [reading(60, vitals=Vitals(consciousness=earlier)), reading(120, vitals=Vitals(consciousness="C"))]
    found = judge(*readings, before=baseline(consciousness=before))
    shown = [one.evidence["reference"] for one in found.raised_by("at 120") if one.rule_code == "N11"]
    assert shown == ([] if raises is None else [raises])
