"""What could not be ruled out, grouped by what was not asked."""

import pytest

from followup.red_flags.findings import Severity
from followup.red_flags.neurology import MOTOR_FIELDS, SENSORY_FIELDS
from followup.red_flags.open_questions import group_open_questions


def groups(*questions: tuple[str, list[str]]) -> dict:
    stored = [{"rule_code": code, "missing": missing, "reason": ""} for code, missing in questions]
    return {group.part: group for group in group_open_questions(stored, label=str.upper)}


def codes(group) -> list[str]:
    return [rule.code for rule in group.rules]


def test_nothing_open_makes_no_line():
    assert group_open_questions([], label=str) == ()


def test_rules_that_lack_the_same_answer_share_its_line():
    chest = groups(("C3", ["chest_pain", "dyspnoea"]), ("C1", ["dyspnoea"]))["Chest"]
    assert chest.items == ("DYSPNOEA", "CHEST_PAIN"), "in the order of the form, each once"
    assert codes(chest) == ["C1", "C3"], "the gravest first"


def test_a_rule_stands_in_every_part_that_it_lacks_something_of():
    found = groups(("C1", ["dyspnoea", "pulse_per_minute"]))
    assert {part: group.items for part, group in found.items()} == {
        "Chest": ("DYSPNOEA",), "Vital signs": ("PULSE_PER_MINUTE",),
    }  # fmt: skip
    assert all(codes(group) == ["C1"] for group in found.values())


def test_the_part_with_the_gravest_rule_comes_first_and_else_the_order_of_the_form_holds():
    found = groups(("P5", ["pain_at_rest"]), ("V1", ["respiration_rate"]), ("N3", ["saddle_sensation"]))
    assert list(found) == ["Feeling", "Vital signs", "Pain"]


def test_emergencies_are_apart_from_the_rest():
    chest = groups(("C1", ["dyspnoea"]), ("C3", ["dyspnoea"]))["Chest"]
    assert [rule.title for rule in chest.gravest] == ["Possible pulmonary embolism"]
    assert [(rule.code, rule.severity) for rule in chest.others] == [("C3", Severity.URGENT)]


def test_many_muscles_and_places_are_counted_and_few_are_named():
    many = groups(("N1", list(MOTOR_FIELDS)), ("N2", [*SENSORY_FIELDS, "saddle_sensation"]))
    assert many["Power"].items == ("power of 10 muscles",)
    assert many["Feeling"].items == ("feeling in 16 places", "SADDLE_SENSATION")
    few = groups(("N1", ["motor_L4_R", "motor_L2_L"]))
    assert few["Power"].items == ("MOTOR_L2_L", "MOTOR_L4_R")


@pytest.mark.parametrize(("number", "items"), [
    (4, ("MOTOR_L2_R", "MOTOR_L2_L", "MOTOR_L3_R", "MOTOR_L3_L")), (5, ("power of 5 muscles",)),
])  # fmt: skip
def test_from_five_muscles_on_they_are_counted(number, items):
    assert groups(("N1", list(MOTOR_FIELDS[:number])))["Power"].items == items


def test_severity_goes_before_the_place_in_the_table():
    found = groups(("N1b", ["motor_L2_R"]), ("AN1", ["systolic_mmhg"]))
    assert list(found) == ["Vital signs", "Power"], "AN1 is emergent and stands at the end of the table, N1b is amber"


def test_rules_of_one_severity_stand_in_the_order_of_the_table():
    emergent = ["N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9"]
    found = groups(*((code, ["dyspnoea"]) for code in reversed(emergent)))
    assert codes(found["Chest"]) == emergent


def test_a_single_name_is_a_name_and_not_its_letters():
    stored = [{"rule_code": "C1", "missing": "dyspnoea", "reason": ""}]
    assert [group.part for group in group_open_questions(stored, label=str)] == ["Chest"]


def test_what_nobody_knows_any_more_is_shown_last_and_breaks_nothing():
    found = groups(("ZZ9", ["something_new"]), ("P3", ["baseline_pain_at_rest"]), ("C1", []))
    assert list(found) == ["Other", "Before the procedure"]
    assert codes(found["Other"]) == ["C1", "ZZ9"]
    assert found["Other"].items == ("SOMETHING_NEW",)
    assert (found["Other"].rules[1].title, found["Other"].rules[1].severity) == ("", None)
