"""Pain and medicine at their limits: at rest against on movement, what is shown, exact shares (clinical-spec 2)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from followup.red_flags.assess import assess
from followup.red_flags.history import Context, History, Pain, Reading
from followup.red_flags.pain import trend
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.red_flags.build import DAY, T0, at, baseline, dose, judge, raised, reading


def scored(minutes: float, at_rest: int | None, on_movement: int | None) -> Reading:
    scores = [None if score is None else Decimal(score) for score in (at_rest, on_movement)]
    return Reading(f"at {minutes}", at(minutes), pain=Pain(*scores))


def finding(code: str, found, minutes: float):
    (one,) = [one for one in found.raised_by(f"at {minutes}") if one.rule_code == code]
    return one


def test_the_trend_is_of_pain_on_movement_where_it_was_asked_and_else_at_rest():
    before = replace(baseline(), pain=Pain(Decimal(3), Decimal(8)))
    both = trend(History(Context(T0), before, (scored(120, 1, 4), scored(240, 2, 7))))
    assert (both.current, both.since_nadir, both.since_baseline) == (7, 3, -1)
    at_rest = trend(History(Context(T0), before, (scored(120, 1, 4), scored(240, 2, None))))
    assert (at_rest.current, at_rest.since_nadir, at_rest.since_baseline) == (2, 1, -1)


@pytest.mark.parametrize("context", ["at_rest", "on_movement"])
def test_a_small_rise_is_confirmed_by_the_next_score_in_the_same_context(context):
    scores = [(score, None) if context == "at_rest" else (None, score) for score in (0, 2, 3)]
    readings = [scored(minutes, *pair) for minutes, pair in zip((90, 200, 300), scores, strict=True)]
    found = judge(*readings)
    assert (raised(found, 200)["P1a"], raised(found, 300)["P1"]) == ("AMBER", "URGENT")
    shown = finding("P1", found, 300).evidence
    assert (shown["observed"], shown["reference"]) == ({f"pain_{context}": "3"}, {"nadir": "0", "baseline": None})


def test_a_rise_shows_the_nadir_and_the_score_of_before_the_procedure():
    found = judge(scored(90, 2, None), scored(200, 5, None), before=baseline(7))
    assert finding("P1", found, 200).evidence["reference"] == {"nadir": "2", "baseline": "7"}


def test_a_point_above_the_baseline_twice_shows_that_baseline():
    found = judge(reading(100, 5), reading(130, 5), before=baseline(4))
    again = finding("P3", found, 130)
    assert again.severity.name == "URGENT" and again.evidence["reference"] == {"baseline": "4"}
    assert "again above" in again.reason


@pytest.mark.parametrize(("at_rest", "on_movement", "shown"), [
    (8, 2, {"pain_at_rest": "8", "day": 14}), (2, 8, {"pain_on_movement": "8", "day": 14}), (2, 2, None),
    (None, 8, {"pain_on_movement": "8", "day": 14}),
])  # fmt: skip
def test_relief_at_rest_is_none_on_movement_and_the_reverse(at_rest, on_movement, shown):
    found = judge(scored(14 * DAY, at_rest, on_movement), before=baseline(8))
    seen = [one.evidence["observed"] for one in found.raised if one.rule_code == "P6"]
    assert seen == ([] if shown is None else [shown])


def test_where_a_site_says_severe_from_ten_on_a_blank_score_may_be_one():
    history = History(Context(T0), None, (scored(60, None, 5),))
    found = assess(history, replace(DEFAULT_RULESET, pain_severe=Decimal(10)))
    assert "P5" in {one.rule_code for one in found.undecided}


# --- P7 ---------------------------------------------------------------------------------------------------------------


def of_days(*doses: tuple[int, str, float | str | None]):
    """One reading in the last hour of the last day; (day, medicine, amount in mg by mouth)."""
    given = tuple(dose(day * DAY + 60, drug=drug, amount=amount) for day, drug, amount in doses)
    minutes = max(day for day, *_rest in doses) * DAY + 600
    return judge(reading(minutes, 2), doses=given), minutes


@pytest.mark.parametrize(("today", "fires"), [("59.5", False), ("59.9", False), ("60", True), ("60.5", True)])
def test_half_as_much_again_as_on_the_lowest_day(today, fires):
    found, minutes = of_days((1, "MORPHINE", 40), (2, "MORPHINE", today))
    assert ("P7" in raised(found, minutes)) == fires


def test_a_day_that_is_not_known_whole_is_shown_as_at_least_that_much():
    whole, minutes = of_days((1, "MORPHINE", 20), (2, "MORPHINE", 40))
    assert finding("P7", whole, minutes).evidence["observed"]["mme"] == "40 mg"
    part, minutes = of_days((1, "MORPHINE", 20), (2, "MORPHINE", 40), (2, "MORPHINE", None))
    assert finding("P7", part, minutes).evidence["observed"]["mme"] == "at least 40 mg"
    assert "at least 40 mg of morphine equivalent on day 2, 20 mg on day 1" in finding("P7", part, minutes).reason


STRONG, WEAK, NO_OPIOID, WITHOUT_CLASS = "MORPHINE", "TRAMADOL", "PARACETAMOL", "OTHER"


@pytest.mark.parametrize(("drugs", "shown"), [
    # Up to a step, down, and up again: which day had which step.
    ((STRONG, NO_OPIOID, WEAK), {"day": 2, "who_step": 1, "day_before": 1, "who_step_before": 3}),
    # A day without a class says nothing and ends nothing.
    ((WITHOUT_CLASS, STRONG, NO_OPIOID, WEAK), {"day": 3, "who_step": 1, "day_before": 2, "who_step_before": 3}),
    ((STRONG, WITHOUT_CLASS, NO_OPIOID, WEAK), {"day": 3, "who_step": 1, "day_before": 1, "who_step_before": 3}),
    # The highest so far is a step, whatever the number of its day.
    ((WITHOUT_CLASS, NO_OPIOID, WEAK, NO_OPIOID, WEAK), {"day": 4, "who_step": 1, "day_before": 3, "who_step_before": 2}),
    # Only up, or only down, is none.
    ((NO_OPIOID, WEAK, STRONG), None), ((STRONG, WEAK, NO_OPIOID), None),
])  # fmt: skip
def test_the_who_step_goes_up_again_after_it_had_come_down(drugs, shown):
    # Amounts without a known equivalent, so that the dose in mg decides nothing.
    found, minutes = of_days(*((day, drug, None) for day, drug in enumerate(drugs, start=1)))
    seen = [one.evidence["reference"] for one in found.raised if one.rule_code == "P7"]
    assert seen == ([] if shown is None else [shown]), minutes
