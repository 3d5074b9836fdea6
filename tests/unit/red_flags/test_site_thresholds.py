"""What a site may set: every threshold has a meaning, a source, a direction and a range; what cannot be is refused."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from followup.red_flags.ruleset import DEFAULT_RULESET, HIGHER, LOWER, THRESHOLDS, Ruleset, is_stricter
from followup.red_flags.site_thresholds import (
    ORDERED,
    SECTIONS,
    BadThreshold,
    allowed,
    as_typed,
    changes_of,
    differences,
    lower_is_stricter,
    meaning_of,
    parse_changes,
    problems_of,
    ruleset_with,
    source_of,
)
from followup.red_flags.threshold_sources import SOURCES

NAMES = [one.name for one in THRESHOLDS]
RANGES = {name: limits for section in SECTIONS.values() for name, limits in section.items()}


def test_every_field_of_the_ruleset_but_its_version_is_a_threshold():
    assert {one.name for one in fields(Ruleset)} - set(NAMES) == {"version"}


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda one: one.name)
def test_a_threshold_says_what_it_means_where_it_comes_from_and_which_way_is_stricter(threshold):
    assert threshold.metadata["stricter"] in (LOWER, HIGHER)
    assert len(threshold.metadata["meaning"]) > 3
    assert threshold.metadata["source"] in SOURCES
    assert type(threshold.default) in (int, Decimal)


def test_every_threshold_stands_under_one_heading_and_no_other_name_does():
    named = [name for section in SECTIONS.values() for name in section]
    assert sorted(named) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_one_step_towards_the_stricter_side_is_stricter_and_the_other_is_not(name):
    default = getattr(DEFAULT_RULESET, name)
    below, above = default - 1, default + 1
    stricter, looser = (below, above) if lower_is_stricter(name) else (above, below)
    assert is_stricter(name, stricter, default)
    assert not is_stricter(name, looser, default)
    assert not is_stricter(name, default, default)


@pytest.mark.parametrize(
    ("name", "stricter", "looser"),
    [
        ("pain_severe", 6, 8), ("news2_urgent", 4, 6), ("spo2_silent_percent", 92, 90), ("systolic_shock_mmhg", 95, 85),
        ("fever_celsius", Decimal("37.8"), Decimal("38.2")), ("acknowledge_neuro_minutes", 10, 20),
        ("pain_improved_without_baseline", 4, 2), ("residual_millilitres", 150, 250), ("bed_rest_minutes", 90, 30),
        ("same_day_minimum_minutes", 180, 60), ("platelets_minimum", 80, 40), ("denosumab_danger_days", 205, 215),
    ],
)  # fmt: skip
def test_what_raises_more_or_earlier_is_stricter(name, stricter, looser):
    """Read off the specification by hand, not off the table."""
    default = getattr(DEFAULT_RULESET, name)
    assert is_stricter(name, stricter, default) and not is_stricter(name, looser, default)


@pytest.mark.parametrize("name", NAMES)
def test_the_default_is_possible_and_the_ends_of_the_range_are(name):
    low, high = RANGES[name]
    assert low <= getattr(DEFAULT_RULESET, name) <= high
    for end in (low, high):
        assert not [one for one in problems_of({name: f"{end:g}"}) if "Allowed" in str(one)]
    step = 0.1 if isinstance(getattr(DEFAULT_RULESET, name), Decimal) else 1
    for beyond in (f"{high + step:g}", *([f"{low - step:g}"] if low >= step else [])):
        with pytest.raises(BadThreshold) as refused:
            parse_changes({name: beyond})
        assert refused.value.name == name and allowed(name) in str(refused.value)


@pytest.mark.parametrize(
    "typed", ["", " ", "-1", "x", "1e2", "NaN", "Infinity", "0x7", "7,5", "7.55", "٧", "99999", "1_0", " 7"]
)
def test_what_is_no_number_is_refused_with_the_range(typed):
    with pytest.raises(BadThreshold) as refused:
        parse_changes({"pain_severe": typed})
    assert "a number from 1 to 10" in str(refused.value)


def test_a_whole_number_is_asked_for_where_only_one_makes_sense():
    with pytest.raises(BadThreshold, match="a whole number from 1 to 20"):
        parse_changes({"news2_urgent": "4.5"})
    with pytest.raises(BadThreshold) as refused:
        parse_changes({"news2_urgent": "4.5"})
    assert str(refused.value) == "Allowed is a whole number from 1 to 20."
    with pytest.raises(BadThreshold) as refused:
        parse_changes({"pain_severe": "6.55"})
    assert str(refused.value) == "Allowed is a number from 1 to 10, one decimal."
    assert type(parse_changes({"news2_urgent": "4"}).news2_urgent) is int
    assert parse_changes({"pain_severe": "6.5"}).pain_severe == Decimal("6.5")
    assert parse_changes({"fever_celsius": "37.8"}).fever_celsius == Decimal("37.8")


def test_an_unknown_name_is_refused_and_a_stored_one_that_is_no_more_is_left_out():
    with pytest.raises(BadThreshold, match="no threshold pain_sever") as refused:
        parse_changes({"pain_sever": "6"})
    assert refused.value.name == "pain_sever"
    assert ruleset_with({"gone_since": "6", "pain_severe": "6"}).pain_severe == 6


@pytest.mark.parametrize(("lower", "upper"), ORDERED)
def test_a_graver_limit_may_not_pass_the_milder_one(lower, upper):
    """The default may stand at the other's default; a step beyond is refused beside the one that was moved."""
    meeting = {lower: as_typed(getattr(DEFAULT_RULESET, upper))}
    assert not problems_of(meeting)
    step = Decimal("0.1") if isinstance(getattr(DEFAULT_RULESET, lower), Decimal) else 1
    too_high = {lower: as_typed(getattr(DEFAULT_RULESET, upper) + step)}
    too_low = {upper: as_typed(getattr(DEFAULT_RULESET, lower) - step)}
    above = next(one for one in problems_of(too_high) if one.name == lower)
    below = next(one for one in problems_of(too_low) if one.name == upper)
    # The first limit that is passed is named, and it need not be this one; or the end of the range comes before it.
    assert str(above) in _limits("At most", lower, [high for low, high in ORDERED if low == lower])
    assert str(below) in _limits("At least", upper, [low for low, high in ORDERED if high == upper])


def _limits(at, name, others):
    limits = [f"{at} {as_typed(getattr(DEFAULT_RULESET, one))}, which is “{meaning_of(one)}”." for one in others]
    return [*limits, f"Allowed is {allowed(name)}."]


def test_meaning_source_and_version_come_through():
    assert meaning_of("pain_severe") == next(one for one in THRESHOLDS if one.name == "pain_severe").metadata["meaning"]
    assert source_of("pain_severe") in SOURCES
    assert parse_changes({}, version="x.1").version == "x.1"
    assert meaning_of("pain_severe").casefold() != meaning_of("news2_urgent").casefold()


def test_only_what_differs_from_the_defaults_is_kept_and_comes_back_the_same():
    typed = {one.name: as_typed(getattr(DEFAULT_RULESET, one.name)) for one in THRESHOLDS}
    assert changes_of(parse_changes(typed)) == {}
    own = parse_changes(typed | {"pain_severe": "6.0", "spo2_silent_percent": "92"}, version="x.1")
    assert changes_of(own) == {"pain_severe": "6", "spo2_silent_percent": "92"}
    assert ruleset_with(changes_of(own), version="x.1") == own


def test_each_difference_says_whether_it_is_looser_than_what_it_replaces_not_than_the_default():
    live = replace(DEFAULT_RULESET, pain_severe=Decimal(5))
    new = replace(DEFAULT_RULESET, pain_severe=Decimal(6), news2_urgent=4)
    assert [(one.name, one.is_looser) for one in differences(new, live)] == [
        ("pain_severe", True),
        ("news2_urgent", False),
    ]
    assert differences(live, live) == ()


def test_defaults_near_which_no_case_stands_are_those_of_the_specification():
    """Typed off the specification (sections 0, 2, 5 and 7, and its Appendix A)."""
    wanted = {
        "acute_warning_days": 14, "acute_weeks": 10, "conservative_days": 42, "fresh_fracture_days": 14,
        "height_loss_minimum_percent": 25, "height_loss_maximum_percent": Decimal("66.7"), "imaging_ceiling_hours": 24,
        "inr_maximum": Decimal("1.5"), "neurology_baseline_hours": 72, "pain_rise_floor": 4, "platelets_minimum": 50,
    }  # fmt: skip
    assert {name: getattr(DEFAULT_RULESET, name) for name in wanted} == wanted
