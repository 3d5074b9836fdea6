"""No blank breaks the care gaps, no blank makes anything safer, and months are those of the calendar."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from followup.bone_health import (
    DRUGS,
    Adherence,
    BoneHealthPlan,
    Status,
    Therapy,
    add_months,
    denosumab_dates,
    months_since,
)
from followup.care_gaps import care_gaps, open_questions
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.test_bone_health import PLAN, day, states

days = st.dates(date(1, 1, 1), date.max)
maybe_day = st.none() | days
therapies = st.builds(
    Therapy, st.sampled_from([*DRUGS, "", "NO SUCH DRUG"]), st.sampled_from([*Status, ""]), maybe_day, maybe_day,
    st.sampled_from(["", " ", "reason"]), st.sampled_from(["", "Dr One"]), st.sampled_from(["", "x"]),
)  # fmt: skip
plans = st.builds(
    BoneHealthPlan,
    st.sampled_from(["", "OSTEOPOROTIC", "UNKNOWN", "CANCER", "TRAUMATIC"]),
    st.none() | st.integers(0, 120),
    maybe_day,
    st.lists(therapies, max_size=4).map(tuple),
    st.lists(days, max_size=3).map(tuple),
    st.lists(maybe_day, max_size=3).map(tuple),
    st.lists(days, max_size=3).map(tuple),
    st.lists(st.builds(Adherence, maybe_day, st.none() | st.booleans()), max_size=3).map(tuple),
)


@settings(max_examples=300)
@given(plans, days)
def test_no_blank_and_no_day_breaks_it_and_of_one_concern_there_is_one_gap(plan, today):
    gaps = care_gaps(plan, today, DEFAULT_RULESET)
    assert len({gap.concern for gap in gaps}) == len(gaps)
    assert all(gap.since_on is None or gap.since_on <= today for gap in gaps)
    assert list(gaps) == sorted(gaps, key=lambda gap: gap.severity)
    open_questions(plan, today, DEFAULT_RULESET)
    denosumab_dates(plan, today, DEFAULT_RULESET)
    assert not {gap.concern for gap in gaps} & {one.concern for one in open_questions(plan, today, DEFAULT_RULESET)}


@given(st.lists(therapies, max_size=3).map(tuple), st.integers(0, 400), st.integers(0, 3))
def test_taking_a_reason_or_a_name_away_never_closes_a_gap(said, number, which):
    plan = replace(PLAN, therapies=said)
    blanked = tuple(replace(one, reason="", physician="") if index == which else one for index, one in enumerate(said))
    assert states(plan, day(number)) <= states(replace(plan, therapies=blanked), day(number))


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_months_are_counted_on_the_calendar(start, months):
    assert months_since(start, add_months(start, months)) == months
    if months:
        assert months_since(start, add_months(start, months) - timedelta(days=1)) == months - 1


def test_a_month_without_that_day_ends_on_its_last():
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
