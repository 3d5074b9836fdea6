"""Neurology rules against the vectors of clinical-spec 3.5, by their own numbers, and each threshold."""

import pytest

from followup.red_flags.neurology import (
    CATALOGUE,
    MOTOR_FIELDS,
    BadNeurology,
    compare_with_baseline,
    parse_neurology,
    say,
)
from tests.unit.red_flags.build import HEALTHY_EXAM, HOUR, T0, at, baseline, judge, open_questions, raised, reading


def exam(**changes) -> dict:
    return HEALTHY_EXAM | changes


def test_vector_1_a_grade_lost_is_emergent_and_asks_for_mri_and_ct():
    found = judge(reading(120, exam=exam(motor_L4_R="4")), before=baseline())
    assert raised(found, 120)["N1"] == "EMERGENT"
    imaging = found.raised_by("at 120")[0].imaging
    assert (imaging.modality.name, imaging.alternative.name, imaging.priority) == (
        "MRI_AND_CT", "CT_WITHOUT_CONTRAST", "STAT",
    )  # fmt: skip


def test_vector_2_one_grade_limited_by_pain_is_amber_once():
    limited = exam(motor_L3_L="4", pain_limited=["motor_L3_L"])
    found = judge(reading(120, exam=limited), reading(150, exam=limited), before=baseline())
    assert raised(found, 120)["N1"] == "AMBER"
    assert found.raised_by("at 120")[0].recheck.within_minutes == 30
    assert raised(found, 150)["N1"] == "EMERGENT"


@pytest.mark.parametrize(
    "changes",
    [
        {"motor_L3_L": "3", "pain_limited": ["motor_L3_L"]},
        {"motor_L3_L": "4", "motor_L4_L": "4", "pain_limited": ["motor_L3_L", "motor_L4_L"]},
        {"motor_L3_L": "4", "pain_limited": ["motor_L4_L"]},
    ],
)
def test_the_exception_for_pain_is_one_item_one_grade_and_that_item(changes):
    assert raised(judge(reading(120, exam=exam(**changes)), before=baseline()), 120)["N1"] == "EMERGENT"


def test_vector_3_as_weak_as_before_is_nothing():
    weak = exam(motor_L5_R="3")
    assert not raised(judge(reading(120, exam=weak), before=baseline(exam=weak)), 120)


@pytest.mark.parametrize(("best", "severity"), [("4", "AMBER"), ("5", "EMERGENT")])
def test_vector_4_weaker_than_at_best(best, severity):
    found = judge(
        reading(120, exam=exam(motor_L5_R=best)),
        reading(360, exam=exam(motor_L5_R="3")),
        before=baseline(exam=exam(motor_L5_R="3")),
    )
    assert raised(found, 360) == {"N1b": severity}


def test_vector_5_a_blank_baseline_counts_as_healthy():
    assert raised(judge(reading(120, exam={"motor_S1_L": "4"})), 120)["N1"] == "EMERGENT"


def test_vector_6_a_small_residual_neither_raises_nor_clears():
    small = exam(post_void_residual_ml=180)
    assert not raised(judge(reading(120, exam=small), before=baseline()), 120)
    numb = judge(reading(120, exam=small | {"saddle_sensation": "ALTERED"}), before=baseline())
    assert raised(numb, 120) == {"N3": "EMERGENT"}


def test_vector_7_constipation_is_nothing():
    assert not raised(judge(reading(48 * HOUR, exam=exam(bowel="CONSTIPATION")), before=baseline()), 48 * HOUR)


def test_vector_8_walking_untested_is_nothing_and_four_steps_worse_is_emergent():
    found = judge(
        reading(120, exam=exam(gait="NT")), reading(480, exam=exam(gait="5")), before=baseline(exam=exam(gait="1"))
    )
    assert not raised(found, 120)
    assert raised(found, 480) == {"N6": "EMERGENT"}


def test_vector_9_saddle_altered_before_counts_only_when_worse():
    before = baseline(exam=exam(saddle_sensation="ALTERED"))
    assert not raised(judge(reading(120, exam=exam(saddle_sensation="ALTERED")), before=before), 120)
    assert raised(judge(reading(120, exam=exam(saddle_sensation="ABSENT")), before=before), 120) == {"N3": "EMERGENT"}


@pytest.mark.parametrize(("before", "now", "severity"), [
    ("0", "1", "AMBER"), ("0", "2", "EMERGENT"), ("3", "5", "EMERGENT"), ("4", "5", "AMBER"), ("2", "1", None),
])  # fmt: skip
def test_n6_below_on_and_above(before, now, severity):
    found = judge(reading(120, exam=exam(gait=now)), before=baseline(exam=exam(gait=before)))
    assert raised(found, 120).get("N6") == severity


@pytest.mark.parametrize(("millilitres", "fires"), [(199, False), (200, True), (201, True)])
def test_n4_residual_below_on_and_above(millilitres, fires):
    found = raised(judge(reading(120, exam=exam(post_void_residual_ml=millilitres)), before=baseline()), 120)
    assert ("N4" in found) == fires


def test_n4_over_600_says_catheterise():
    found = judge(reading(120, exam=exam(post_void_residual_ml=601)), before=baseline())
    assert "catheterise" in found.raised_by("at 120")[0].reason


@pytest.mark.parametrize("changes", [
    {"urinary_incontinence": "NEW_OR_WORSE"}, {"voiding": "NO_SENSATION"},
    {"voiding": "UNABLE", "post_void_residual_ml": None}, {"voiding": "UNABLE", "post_void_residual_ml": 200},
])  # fmt: skip
def test_n4_each_way(changes):
    found = judge(reading(120, exam=exam(**changes)), before=baseline())
    assert raised(found, 120)["N4"] == "EMERGENT"


def test_n4_unable_to_void_with_an_empty_bladder_is_no_flag():
    assert "N4" not in raised(judge(reading(120, exam=exam(voiding="UNABLE", post_void_residual_ml=50))), 120)


@pytest.mark.parametrize(("minutes", "fires"), [(359, False), (360, True), (361, True)])
def test_n4a_six_hours_since_the_procedure(minutes, fires):
    found = judge(reading(minutes, exam={"voided": False}), before=baseline())
    assert ("N4a" in raised(found, minutes)) == fires


def test_n4a_counts_from_the_last_urine_and_stops_for_a_catheter():
    found = judge(reading(300, exam={"voided": True}), reading(600, exam={"voided": False}), before=baseline())
    assert "N4a" not in raised(found, 600)
    later = judge(reading(300, exam={"last_void_at": at(290).isoformat()}), reading(651, exam={"voided": False}))
    assert "N4a" in raised(later, 651)
    assert "N4a" not in raised(judge(reading(600, exam={"voided": False, "voiding": "CATHETERISED"})), 600)


def test_n4a_not_asked_after_six_hours_stays_open():
    assert "N4a" in open_questions(judge(reading(400, exam={"motor_L4_R": "5"})), 400)


@pytest.mark.parametrize("bowel", ["NEW_INCONTINENCE", "LOSS_OF_RECTAL_FULLNESS"])
def test_n5_each_way(bowel):
    assert raised(judge(reading(120, exam=exam(bowel=bowel)), before=baseline()), 120) == {"N5": "EMERGENT"}


@pytest.mark.parametrize(("before", "now", "fires"), [
    (None, "T10", True), ("NONE", "T10", True), ("T10", "T10", False), ("T10", "T8", True), ("T8", "T10", False),
])  # fmt: skip
def test_n2_sensory_level_on_the_trunk(before, now, fires):
    known = exam() if before is None else exam(trunk_sensory_level_R=before)
    found = judge(reading(120, exam=exam(trunk_sensory_level_R=now)), before=baseline(exam=known))
    assert ("N2" in raised(found, 120)) == fires


@pytest.mark.parametrize(("before", "now", "fires"), [
    ("NORMAL", "ALTERED", True), ("ALTERED", "ABSENT", True), ("ALTERED", "ALTERED", False), ("ABSENT", "NORMAL", False),
])  # fmt: skip
def test_n2_dermatome(before, now, fires):
    found = judge(reading(120, exam=exam(sensory_L5_L=now)), before=baseline(exam=exam(sensory_L5_L=before)))
    assert ("N2" in raised(found, 120)) == fires


def test_nq_an_abnormal_quick_item_wants_the_full_exam_in_a_quarter_of_an_hour():
    found = judge(reading(120, exam={"numbness": True}), before=baseline())
    assert raised(found, 120) == {"NQ": "AMBER"}
    assert (found.raised_by("at 120")[0].recheck.kind, found.raised_by("at 120")[0].recheck.within_minutes) == (
        "FULL",
        15,
    )
    assert "NQ" not in raised(judge(reading(120, exam=exam(numbness=True)), before=baseline()), 120)


def test_blank_items_leave_the_rules_open_and_untestable_ones_are_answers():
    nothing = open_questions(judge(reading(120, exam={"voided": True}), before=baseline()), 120)
    assert {"N1", "N2", "N3", "N4", "N5", "N6"} <= nothing
    untestable = exam(**{name: "NT" for name in exam() if name.startswith("motor")})
    assert "N1" in open_questions(judge(reading(120, exam=untestable), before=baseline()), 120)  # the patient can say
    assert "N1" not in open_questions(
        judge(reading(120, exam=untestable | {"said_legs_weaker": "NO"}), before=baseline()), 120
    )


@pytest.mark.parametrize("source", ["PHONE", "PATIENT", "NURSE"])
@pytest.mark.parametrize(("question", "code"), [("said_legs_weaker", "N1"), ("said_legs_numb", "N2")])
@pytest.mark.parametrize(("answer", "words"), [("YES", "the patient says so"), ("NOT_SURE", "which counts as yes")])
def test_what_the_patient_says_of_the_legs_is_taken_at_the_worse_word(source, question, code, answer, words):
    found = judge(reading(1440, exam={question: answer}, source=source), before=baseline())
    (finding,) = [one for one in found.raised if one.rule_code == code]
    assert finding.severity.name == "EMERGENT" and finding.category == "NEURO"
    assert words in finding.reason and finding.evidence["observed"] == {question: answer}


@pytest.mark.parametrize(("question", "code"), [("said_legs_weaker", "N1"), ("said_legs_numb", "N2")])
def test_no_raises_nothing_and_does_not_stand_for_an_exam(question, code):
    found = judge(reading(1440, exam={question: "NO"}, source="PHONE"), before=baseline())
    assert code not in raised(found, 1440) and code in open_questions(found, 1440)


def test_a_call_that_did_not_ask_names_the_question():
    found = judge(reading(1440, pain=2, source="PHONE"), before=baseline())
    missing = {one.rule_code: one.missing for one in found.undecided}
    assert "said_legs_weaker" in missing["N1"] and "said_legs_numb" in missing["N2"]


def test_a_whole_exam_answers_what_the_patient_feels():
    words = {"said_legs_weaker": "YES", "said_legs_numb": "YES"}
    assert raised(judge(reading(120, exam=exam(**words)), before=baseline()), 120) == {}
    one_left_out = {
        name: answer for name, answer in exam(**words).items() if name not in ("motor_L2_L", "sensory_L2_L")
    }
    assert raised(judge(reading(120, exam=one_left_out), before=baseline()), 120) == {
        "N1": "EMERGENT",
        "N2": "EMERGENT",
    }


def test_a_grade_that_pain_may_explain_is_no_amber_where_the_patient_says_weaker():
    seen = {"motor_L3_L": "4", "pain_limited": ["motor_L3_L"], "said_legs_weaker": "YES"}
    assert raised(judge(reading(120, exam=seen), before=baseline()), 120)["N1"] == "EMERGENT"


def test_trouble_with_urine_in_the_patients_words_is_new_bladder_trouble():
    found = judge(reading(1440, exam={"voiding": "NEW_TROUBLE"}, source="PHONE"), before=baseline())
    assert raised(found, 1440)["N4"] == "EMERGENT"


def test_comparison_for_the_board():
    assert compare_with_baseline({}, HEALTHY_EXAM).state == "NOT_CHECKED"
    assert compare_with_baseline(exam(), HEALTHY_EXAM).state == "SAME"
    worse = compare_with_baseline(exam(motor_L4_R="3"), HEALTHY_EXAM)
    assert worse.state == "WORSE" and "5 → 3" in worse.worse[0]
    # An item that cannot be compared does not end the comparison.
    past_a_gap = compare_with_baseline({"motor_L2_R": "NT", "motor_S1_L": "4"}, {})
    assert (past_a_gap.state, len(past_a_gap.worse)) == ("WORSE", 1)
    assert compare_with_baseline({"numbness": True}, {}).worse == ("numb legs or saddle",)
    said = compare_with_baseline({"said_legs_weaker": "NOT_SURE"}, {})
    assert said.worse == (f"{CATALOGUE['said_legs_weaker'].label}: {say('said_legs_weaker', 'NOT_SURE')}",)
    assert compare_with_baseline({"said_legs_weaker": "NO"}, {}).worse == ()


@pytest.mark.parametrize("bad", [
    {"motor_L9_R": "5"}, {"motor_L4_R": "6"}, {"voided": "yes"}, {"post_void_residual_ml": 2001},
    {"post_void_residual_ml": True}, {"last_void_at": "noon"}, {"last_void_at": "2026-03-10T09:00"},
    {"pain_limited": ["gait"]},
])  # fmt: skip
def test_bad_answers_are_refused_by_name(bad):
    with pytest.raises(BadNeurology) as refused:
        parse_neurology(bad)
    (name,) = bad
    assert refused.value.field == name
    assert str(refused.value) == f"{name}: allowed is {refused.value.allowed}."


@pytest.mark.parametrize(("bad", "allowed"), [
    ({"motor_L9_R": "5"}, "one of motor_L2_R, motor_L2_L, "), ({"motor_L4_R": "6"}, "one of 5, 4, 3, 2, 1, 0, NT"),
    ({"voided": "yes"}, "true or false"), ({"post_void_residual_ml": -1}, "a whole number from 0 to "),
    ({"last_void_at": "noon"}, "a time with its zone"), ({"last_void_at": "2026-03-10T09:00"}, "a time with its zone"),
    ({"pain_limited": "motor_L4_R"}, "a list of motor fields"),
])  # fmt: skip
def test_a_refusal_says_what_is_allowed(bad, allowed):
    with pytest.raises(BadNeurology) as refused:
        parse_neurology(bad)
    assert refused.value.allowed.startswith(allowed)


def test_all_that_is_allowed_is_taken():
    everywhere = {"pain_limited": list(reversed(MOTOR_FIELDS))}
    assert parse_neurology(everywhere) == {"pain_limited": sorted(MOTOR_FIELDS)}
    for moment in ("2026-03-10T09:00:00+00:00", T0):
        assert parse_neurology({"last_void_at": moment}) == {"last_void_at": T0.isoformat()}


def test_a_dermatome_of_two_roots_is_named_with_a_slash():
    assert CATALOGUE["sensory_S4_5_L"].label.endswith("(S4/5)")


def test_blank_answers_are_dropped():
    assert parse_neurology({"motor_L4_R": "", "gait": None, "pain_limited": [], "voided": False}) == {"voided": False}
