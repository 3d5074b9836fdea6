"""Pain that is new by onset, place or cause, and the new fracture that it may mean: P2, P2r, P8 and AF1."""

from dataclasses import replace
from decimal import Decimal

import pytest

from followup.red_flags.history import Symptoms
from followup.red_flags.rules import RULES
from tests.unit.red_flags.build import HEALTHY_EXAM, baseline, judge, open_questions, raised, reading

SPINE = ["TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE"]
ZERO = Decimal(0)


def seen(**facts):
    """Rule code to severity of one reading with these facts of pain; nothing else is known."""
    return raised(judge(reading(120, **facts), before=baseline(8, exam={})), 120)


def asked(**facts):
    return open_questions(judge(reading(120, **facts), before=baseline(8, exam={})), 120)


@pytest.mark.parametrize("site", [*SPINE, "GIRDLE", "LEG_RIGHT", "LEG_LEFT"])
def test_p2_a_new_place_in_the_spine_round_the_trunk_or_down_a_leg(site):
    assert seen(new_site=True, sites=frozenset({site, "RIB_LEFT"}))["P2"] == "URGENT"


@pytest.mark.parametrize("site", ["RIB_LEFT", "RIB_RIGHT", "PUNCTURE_SITE", "OTHER"])
def test_p2_a_new_place_elsewhere_is_not(site):
    assert "P2" not in seen(new_site=True, sites=frozenset({site}))


def test_p2_is_open_until_onset_and_place_are_known_at_any_score():
    assert "P2" in asked()
    assert "P2" in asked(sudden_onset=False)
    assert "P2" in asked(new_site=False)
    assert "P2" in open_questions(judge(reading(120, 0, at_rest=ZERO, new_site=False)), 120)
    assert "P2" not in asked(sudden_onset=False, new_site=False)
    assert "P2" not in asked(sudden_onset=False, sites=frozenset({"RIB_LEFT"}))


def test_p2r_ribs_alone_are_amber_and_urgent_with_breathlessness():
    ribs = {"new_site": True, "sites": frozenset({"RIB_LEFT"}), "sudden_onset": False}
    assert raised(judge(reading(120, 3, **ribs), before=baseline(8)), 120) == {"P2r": "AMBER"}
    breathless = judge(reading(120, 3, symptoms=Symptoms(dyspnoea=True), **ribs), before=baseline(8))
    assert raised(breathless, 120)["P2r"] == "URGENT"


def test_a_new_place_that_nobody_named_counts_as_the_spine():
    assert raised(judge(reading(120, 3, new_site=True), before=baseline(8)), 120)["P2"] == "URGENT"


@pytest.mark.parametrize(
    ("facts", "is_open"),
    [
        ({}, True), ({"new_site": True}, True), ({"sites": frozenset({"RIB_LEFT"})}, True),
        ({"new_site": False}, False), ({"sites": frozenset({"RIB_LEFT", "OTHER"})}, False),
    ],
)  # fmt: skip
def test_p2r_is_open_while_it_could_be_the_ribs_alone(facts, is_open):
    assert ("P2r" in asked(**facts)) == is_open


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({"fall": True, "at_rest": Decimal(1)}, "URGENT"),
        ({"trigger": "FALL", "at_rest": Decimal("0.1")}, "URGENT"),
        ({"fall": True, "at_rest": ZERO, "sites": frozenset({"OTHER_SPINE"})}, "URGENT"),
        ({"fall": True, "sites": frozenset({"TREATED_LEVEL"})}, "URGENT"),
        ({"fall": True}, "AMBER"),
        ({"fall": True, "sites": frozenset({"RIB_LEFT"})}, "AMBER"),
        ({"trigger": "FALL", "at_rest": ZERO}, "AMBER"),
        ({"fall": True, "at_rest": ZERO, "sites": frozenset({"RIB_LEFT"})}, "INFO"),
        ({"fall": True, "at_rest": ZERO}, "INFO"),
        ({"fall": False, "trigger": "COUGH", "at_rest": Decimal(9)}, None),
    ],
)
def test_p8_a_fall_is_as_grave_as_the_pain_after_it(facts, severity):
    assert seen(**facts).get("P8") == severity


def test_p2r_names_what_was_not_asked():
    for facts, missing in (({}, ("new_pain_site", "pain_sites")), ({"new_site": True}, ("pain_sites",))):
        found = judge(reading(120, **facts), before=baseline(8))
        assert next(one for one in found.undecided_by("at 120") if one.rule_code == "P2r").missing == missing


def test_p8_keeps_what_was_seen():
    found = judge(
        reading(120, 3, fall=True, sites=frozenset({"OTHER"})), reading(130, trigger="FALL"), before=baseline(8)
    )
    with_pain, unscored = (one for one in found.raised if one.rule_code == "P8")
    assert with_pain.reason == "A fall since the last contact: pain of 3 after it."
    assert with_pain.evidence["observed"] == {"fall": True, "pain_trigger": None, "pain": "3", "sites": ["OTHER"]}
    assert unscored.evidence["observed"] == {"fall": None, "pain_trigger": "FALL", "pain": None, "sites": []}


def test_p8_is_open_until_neither_a_fall_nor_its_pain_is_possible():
    assert "P8" in asked()
    assert "P8" in asked(fall=False)
    assert "P8" in asked(trigger="COUGH")
    assert "P8" not in asked(fall=False, trigger="NONE")


# --- AF1 -----------------------------------------------------------------------------------------------------------
CLOSED = {"sudden_onset": False, "new_site": False, "fall": False, "trigger": "NONE"}


@pytest.mark.parametrize(
    "facts",
    [
        {"sudden_onset": True},
        {"new_site": True},
        {"fall": True, "pain": 3},
        {"trigger": "FALL", "pain": 3},
    ],
)
@pytest.mark.parametrize("site", [None, *SPINE])
def test_af1_by_each_of_the_rules_below_it(facts, site):
    facts = facts | {"sites": frozenset({site} if site else ())}
    pain = facts.pop("pain", None)
    assert raised(judge(reading(120, pain, **facts), before=baseline(8)), 120)["AF1"] == "URGENT"


def test_af1_by_a_rise_after_relief_and_not_by_a_small_one():
    assert "AF1" in raised(judge(reading(120, 1), reading(360, 4), before=baseline(8)), 360)
    assert "AF1" not in raised(judge(reading(120, 1), reading(360, 3), before=baseline(8)), 360)


@pytest.mark.parametrize("site", ["RIB_LEFT", "GIRDLE", "LEG_LEFT", "PUNCTURE_SITE", "OTHER"])
def test_af1_needs_the_spine(site):
    found = judge(reading(120, 5, sudden_onset=True, sites=frozenset({site})), before=baseline(8))
    assert "AF1" not in raised(found, 120) and "AF1" not in open_questions(found, 120)


def test_af1_a_milder_fall_is_none_and_stays_open_while_it_could_be_graver():
    milder = {"fall": True} | {name: CLOSED[name] for name in ("sudden_onset", "new_site")}
    found = judge(reading(120, **milder), before=baseline(8))
    assert "AF1" not in raised(found, 120)
    question = next(one for one in found.undecided_by("at 120") if one.rule_code == "AF1")
    assert question.missing == ("pain_at_rest", "pain_on_movement", "pain_sites")


def test_af1_asks_what_the_other_rules_lack_where_one_of_them_failed(monkeypatch):
    def failing(situation):
        raise ZeroDivisionError

    without_p1 = tuple(replace(rule, criterion=failing) if rule.code == "P1" else rule for rule in RULES)
    monkeypatch.setattr("followup.red_flags.assess.RULES", without_p1)
    found = judge(reading(120, 5, fall=False, trigger="NONE"), before=baseline(8))
    question = next(one for one in found.undecided_by("at 120") if one.rule_code == "AF1")
    assert {"sudden_onset", "new_pain_site"} <= set(question.missing)


def test_af1_a_new_deficit_is_an_emergency_of_its_own():
    weak = reading(120, 5, sudden_onset=True, exam=HEALTHY_EXAM | {"motor_L4_R": "3"})
    found = judge(weak, before=baseline(8))
    assert raised(found, 120)["N1"] == "EMERGENT"
    assert "AF1" not in raised(found, 120) and "AF1" not in open_questions(found, 120)


def test_af1_an_amber_deficit_does_not_hide_it():
    by_pain = HEALTHY_EXAM | {"motor_L4_R": "4", "pain_limited": ["motor_L4_R"]}
    found = raised(judge(reading(120, 5, sudden_onset=True, exam=by_pain), before=baseline(8)), 120)
    assert (found["N1"], found["AF1"]) == ("AMBER", "URGENT")


def test_af1_is_closed_when_every_rule_below_it_is():
    assert "AF1" not in asked(**CLOSED)
    for name in CLOSED:
        assert "AF1" in asked(**CLOSED | {name: None})


def test_af1_says_why_with_the_values_and_that_a_plain_film_does_not_suffice():
    found = judge(
        reading(120, 2),
        reading(360, 5, sudden_onset=True, sites=frozenset({"ADJACENT_ABOVE"})),
        before=baseline(8),
    )
    af1 = next(one for one in found.raised_by("at 360") if one.rule_code == "AF1")
    assert "rose after relief, is sudden or in a new place" in af1.reason and "plain film alone never" in af1.reason
    assert af1.evidence["observed"] == {
        "rules": ["P1", "P2"], "pain_on_movement": "5", "sudden_onset": True, "sites": ["ADJACENT_ABOVE"],
    }  # fmt: skip
    assert af1.evidence["reference"] == {"nadir": "2", "baseline": "8"}
    assert af1.imaging.modality.name == "MRI_STIR"


def test_p2r_with_shortness_of_breath_asks_for_a_chest_x_ray():
    short = reading(120, 3, new_site=True, sites=frozenset({"RIB_LEFT"}), symptoms=Symptoms(dyspnoea=True))
    found = next(one for one in judge(short, before=baseline(8)).raised if one.rule_code == "P2r")
    assert (found.severity.name, found.imaging.modality.name) == ("URGENT", "CHEST_XRAY")
