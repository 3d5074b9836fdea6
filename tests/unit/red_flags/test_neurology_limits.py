"""What the neurological rules say at their limits: the sentence, the re-check, what was blank before (clinical-spec 3.5)."""

from dataclasses import replace

import pytest

from followup.red_flags.assess import assess
from followup.red_flags.history import Context, History
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.red_flags.build import HEALTHY_EXAM, T0, at, baseline, judge, open_questions, raised, reading


def exam(**changes) -> dict:
    return HEALTHY_EXAM | changes


def finding(code: str, *readings, before=None):
    return next(one for one in judge(*readings, before=before).raised if one.rule_code == code)


@pytest.mark.parametrize(("code", "changes"), [
    ("N1", {"motor_L4_R": "3"}), ("N2", {"sensory_L5_L": "ALTERED"}), ("N3", {"saddle_sensation": "ALTERED"}),
    ("N4", {"voiding": "UNABLE", "post_void_residual_ml": None}), ("N5", {"bowel": "NEW_INCONTINENCE"}), ("N6", {"gait": "5"}),
    ("N7", {"clonus_L": "PRESENT"}), ("N8", {"asia_impairment_scale": "D"}), ("N9", {"radicular_leg_pain": "BILATERAL"}),
    ("N1", {"motor_L4_R": "4", "pain_limited": ["motor_L4_R"]}),
])  # fmt: skip
def test_while_an_anaesthetic_may_act_the_flag_stands_and_the_exam_is_repeated_in_a_quarter_of_an_hour(code, changes):
    known = {name: answer for name, answer in exam(**changes, residual_anaesthetic=True).items() if answer is not None}
    found = finding(code, reading(120, exam=known), before=baseline())
    assert (found.recheck.kind, found.recheck.within_minutes) == ("FULL", 15)
    without = finding(code, reading(120, exam=known | {"residual_anaesthetic": False}), before=baseline())
    assert without.severity is found.severity
    assert without.recheck is None or without.recheck.within_minutes == 30


@pytest.mark.parametrize("blank", [{"motor_L4_R": None}, {"motor_L4_R": ""}, {"motor_L4_R": "NT"}])
def test_a_grade_that_was_not_known_before_counts_as_healthy_and_the_sentence_says_so(blank):
    found = finding("N1", reading(120, exam=exam(motor_L4_R="4")), before=baseline(exam=exam(**blank)))
    assert found.reason.endswith("ankle dorsiflexion, right (L4) 5 → 4 (baseline not known).")


def test_each_muscle_below_its_best_is_named():
    weak = exam(motor_L4_R="2", motor_L5_R="2")
    later = reading(360, exam=exam(motor_L4_R="3", motor_L5_R="2"))
    found = finding("N1b", reading(120, exam=exam(motor_L4_R="4", motor_L5_R="4")), later, before=baseline(exam=weak))
    assert "ankle dorsiflexion, right (L4) 4 → 3; great-toe extension, right (L5) 4 → 2" in found.reason
    assert found.severity.name == "EMERGENT", "two grades below the best"


def test_a_dermatome_and_the_level_on_the_trunk_are_both_named():
    now = exam(sensory_L3_L="ALTERED", trunk_sensory_level_R="T10")
    found = finding("N2", reading(120, exam=now), before=baseline())
    assert "inner knee, left (L3) normal → altered; " in found.reason and "not known → T10" in found.reason


@pytest.mark.parametrize("blank", [None, ""])
def test_weaker_than_at_best_with_no_grade_from_before_asks_for_that_grade(blank):
    """The best was 4, the grade of before is blank: it counts as 5, so this is N1, and may be N1b."""
    before = baseline(exam=exam(motor_L4_R=blank))
    found = judge(reading(120, exam=exam(motor_L4_R="4")), reading(360, exam=exam(motor_L4_R="3")), before=before)
    (question,) = [one for one in found.undecided_by("at 360") if one.rule_code == "N1b"]
    assert question.missing == ("baseline_motor_L4_R",)


@pytest.mark.parametrize("blank", [None, ""])
def test_a_grade_left_blank_leaves_n1b_open_only_where_it_had_been_better_than_before(blank):
    now = exam(motor_L4_R=blank)
    better = judge(reading(120, exam=exam()), reading(360, exam=now), before=baseline(exam=exam(motor_L4_R="3")))
    assert "N1b" in open_questions(better, 360)
    same = judge(reading(120, exam=exam()), reading(360, exam=now), before=baseline())
    assert "N1b" not in open_questions(same, 360)


@pytest.mark.parametrize(("before", "severity"), [("2", "EMERGENT"), ("3", "EMERGENT"), ("4", "AMBER")])
def test_who_could_walk_with_one_persons_help_and_cannot_any_more_is_an_emergency_whatever_the_steps(before, severity):
    """Also where a site asks for four steps."""
    ruleset = replace(DEFAULT_RULESET, gait_steps_emergent=4)
    history = History(Context(T0, ("L1",)), baseline(exam=exam(gait=before)), (reading(120, exam=exam(gait="5")),))
    (found,) = [one for one in assess(history, ruleset).raised if one.rule_code == "N6"]
    assert found.severity.name == severity
    nearly = replace(history, readings=(reading(120, exam=exam(gait="4")),))
    assert {one.severity.name for one in assess(nearly, ruleset).raised} <= {"AMBER"}


def test_spastic_before_leaves_nothing_open_about_the_tone():
    blank = {name: answer for name, answer in exam().items() if name != "tone"}
    assert "N7" in open_questions(judge(reading(120, exam=blank), before=baseline()), 120)
    assert "N7" not in open_questions(judge(reading(120, exam=blank), before=baseline(exam=exam(tone="SPASTIC"))), 120)


@pytest.mark.parametrize(("before", "residual", "fires"), [
    (30, 199, False), (30, 200, True), (199, 200, True), (200, 199, False), (200, 200, True), (200, 300, True),
])  # fmt: skip
def test_unable_to_void_counts_unless_a_scan_shows_less_than_the_limit(before, residual, fires):
    now = exam(voiding="UNABLE", post_void_residual_ml=residual)
    found = judge(reading(120, exam=now), before=baseline(exam=exam(post_void_residual_ml=before)))
    assert ("N4" in raised(found, 120)) == fires


@pytest.mark.parametrize(("before", "fires"), [(None, True), (199, True), (200, False), (300, False)])
def test_a_residual_that_was_there_before_is_no_new_one(before, fires):
    known = exam(post_void_residual_ml=before)
    assert (
        "N4" in raised(judge(reading(120, exam=exam(post_void_residual_ml=250)), before=baseline(exam=known)), 120)
    ) == fires
    blank = {name: answer for name, answer in exam().items() if name != "post_void_residual_ml"}
    assert ("N4" in open_questions(judge(reading(120, exam=blank), before=baseline(exam=known)), 120)) == fires


@pytest.mark.parametrize(("residual", "words"), [
    (600, "mL: 600."), (601, "mL: 601; over 600 mL: catheterise."),
])  # fmt: skip
def test_the_residual_is_in_the_sentence_and_from_more_than_600_what_to_do(residual, words):
    found = finding("N4", reading(120, exam=exam(post_void_residual_ml=residual)), before=baseline())
    assert found.reason.endswith(words), found.reason
    assert found.evidence["observed"] == {"post_void_residual_ml": residual}
    assert found.evidence["reference"] == {"post_void_residual_ml": 30}


def test_a_residual_below_the_limit_is_shown_beside_another_sign():
    now = exam(urinary_incontinence="NEW_OR_WORSE", post_void_residual_ml=90)
    found = finding("N4", reading(120, exam=now), before=baseline())
    assert found.evidence["observed"] == {"urinary_incontinence": "NEW_OR_WORSE", "post_void_residual_ml": 90}


@pytest.mark.parametrize(("minutes_ahead", "counts"), [(0, True), (5, True), (6, False), (60, False)])
def test_a_void_noted_a_little_ahead_of_the_check_is_a_clock_and_one_of_the_future_is_none(minutes_ahead, counts):
    noted = {"voided": False, "last_void_at": at(400 + minutes_ahead).isoformat()}
    assert ("N4a" not in raised(judge(reading(400, exam=noted), before=baseline()), 400)) == counts


def test_a_check_before_the_procedure_says_nothing_of_hours_without_urine():
    found = judge(reading(-60, exam={"voided": False}), before=baseline())
    assert not found.raised and "N4a" not in open_questions(found, -60)


@pytest.mark.parametrize("known", [{"voiding": "CATHETERISED"}, {"voided": True}, {"post_void_residual_ml": 50}])
def test_a_catheter_urine_or_a_scan_answers_the_hours_without_urine(known):
    assert "N4a" not in raised(judge(reading(500, exam={"voided": False} | known), before=baseline()), 500)


@pytest.mark.parametrize(("changes", "shown"), [
    ({"voiding": "NEW_TROUBLE"}, {"voiding": "NEW_TROUBLE", "post_void_residual_ml": 30}),
    ({"voiding": "NO_SENSATION"}, {"voiding": "NO_SENSATION", "post_void_residual_ml": 30}),
    ({"voiding": "UNABLE", "post_void_residual_ml": None}, {"voiding": "UNABLE"}),
    ({"urinary_incontinence": "NEW_OR_WORSE", "post_void_residual_ml": None}, {"urinary_incontinence": "NEW_OR_WORSE"}),
])  # fmt: skip
def test_n4_shows_the_answer_that_raised_it_against_that_of_before(changes, shown):
    known = {name: answer for name, answer in exam(**changes).items() if answer is not None}
    found = finding("N4", reading(120, exam=known), before=baseline())
    assert found.evidence["observed"] == shown
    assert found.evidence["reference"] == {name: HEALTHY_EXAM[name] for name in shown}
