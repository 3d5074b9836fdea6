"""Who is on call: weekly stretches over both changes of the clocks, holidays over the pattern, gaps."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyphotrack.staff.rota import Stretch, Week, people_on_call, pieces

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY, NIGHT = 1, 2
SHIFTS = (
    Week(DAY, EVERY_DAY, time(8), time(20), LONG_AGO),
    Week(NIGHT, EVERY_DAY, time(20), time(8), LONG_AGO),
)


def at(*moment, zone=BERLIN):
    return datetime(*moment, tzinfo=zone).astimezone(UTC)


def on_call(moment, explicit=(), weeks=SHIFTS):
    return people_on_call(explicit, weeks, BERLIN, moment)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        (at(2026, 3, 10, 7, 59, 59), NIGHT), (at(2026, 3, 10, 8), DAY), (at(2026, 3, 10, 19, 59, 59), DAY),
        (at(2026, 3, 10, 20), NIGHT), (at(2026, 3, 11, 0), NIGHT),
    ],
)  # fmt: skip
def test_the_handover_is_the_first_instant_of_the_next(moment, person):
    assert on_call(moment) == (person,)


def test_a_night_is_eleven_hours_in_spring_and_thirteen_in_autumn():
    for night, hours in ((at(2026, 3, 28, 20), 11), (at(2026, 10, 24, 20), 13), (at(2026, 6, 1, 20), 12)):
        of_night = [
            one for one in pieces((), SHIFTS, BERLIN, night, night + timedelta(hours=20)) if one.people == (NIGHT,)
        ]
        assert of_night[0].ends_at - of_night[0].starts_at == timedelta(hours=hours)


def test_a_handover_in_the_hour_that_comes_twice_happens_once():
    weeks = (
        Week(DAY, EVERY_DAY, time(2, 30), time(14), LONG_AGO),
        Week(NIGHT, EVERY_DAY, time(14), time(2, 30), LONG_AGO),
    )
    night = at(2026, 10, 25, 0)
    people = [on_call(night + timedelta(minutes=minutes), weeks=weeks) for minutes in range(0, 300)]
    assert people == [(NIGHT,)] * 150 + [(DAY,)] * 150


def test_a_handover_in_the_hour_that_does_not_exist_leaves_nobody_out():
    weeks = (
        Week(DAY, EVERY_DAY, time(2, 30), time(14), LONG_AGO),
        Week(NIGHT, EVERY_DAY, time(14), time(2, 30), LONG_AGO),
    )
    night = at(2026, 3, 29, 0)
    people = [on_call(night + timedelta(minutes=minutes), weeks=weeks) for minutes in range(0, 240)]
    assert people == [(NIGHT,)] * 120 + [(DAY,)] * 120


def test_the_weekday_is_that_on_which_the_stretch_begins():
    friday_night = (Week(NIGHT, (4,), time(20), time(8), LONG_AGO),)
    assert on_call(at(2026, 3, 14, 7), weeks=friday_night) == (NIGHT,)  # Saturday morning
    assert on_call(at(2026, 3, 13, 7), weeks=friday_night) == ()  # Friday morning
    assert on_call(at(2026, 3, 15, 7), weeks=friday_night) == ()


def test_equal_hours_are_a_whole_day():
    whole = (Week(DAY, (5,), time(8), time(8), LONG_AGO),)
    assert [on_call(at(2026, 3, 14, 8) + timedelta(hours=hours), weeks=whole) for hours in (0, 23, 24)] == [
        (DAY,),
        (DAY,),
        (),
    ]


def test_a_pattern_does_not_reach_back_before_it_was_entered():
    weeks = (Week(DAY, EVERY_DAY, time(8), time(20), at(2026, 3, 10, 12)),)
    assert on_call(at(2026, 3, 10, 11), weeks=weeks) == ()
    assert on_call(at(2026, 3, 10, 12), weeks=weeks) == (DAY,)


def test_a_holiday_takes_the_place_of_the_pattern_for_its_stretch_alone():
    holiday = Stretch(9, at(2026, 12, 25, 8), at(2026, 12, 26, 8))
    found = pieces((holiday,), SHIFTS, BERLIN, at(2026, 12, 25, 0), at(2026, 12, 27, 0))
    assert [(one.people, one.starts_at) for one in found] == [
        ((NIGHT,), at(2026, 12, 25, 0)), ((9,), at(2026, 12, 25, 8)), ((DAY,), at(2026, 12, 26, 8)),
        ((NIGHT,), at(2026, 12, 26, 20)),
    ]  # fmt: skip


def test_a_gap_is_a_piece_with_nobody_in_it():
    weekdays_only = (Week(DAY, (0, 1, 2, 3, 4), time(8), time(16), LONG_AGO),)
    found = pieces((), weekdays_only, BERLIN, at(2026, 3, 13, 12), at(2026, 3, 16, 12))
    assert [(one.people, one.starts_at, one.ends_at) for one in found] == [
        ((DAY,), at(2026, 3, 13, 12), at(2026, 3, 13, 16)), ((), at(2026, 3, 13, 16), at(2026, 3, 16, 8)),
        ((DAY,), at(2026, 3, 16, 8), at(2026, 3, 16, 12)),
    ]  # fmt: skip


def test_a_stretch_without_an_end_lasts():
    assert on_call(at(2030, 1, 1), explicit=(Stretch(7, LONG_AGO, None),)) == (7,)


_hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
_weeks = st.builds(
    Week, st.integers(1, 4), st.sets(st.integers(0, 6), min_size=1), _hours, _hours, st.just(LONG_AGO)
)  # fmt: skip
_moments = st.integers(0, 2 * 365 * 86400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
_stretches = st.builds(
    lambda person, start, hours: Stretch(person, start, start + timedelta(hours=hours)),
    st.integers(5, 8), _moments, st.integers(1, 200),
)  # fmt: skip


@given(
    st.lists(_stretches, max_size=4), st.lists(_weeks, max_size=4), _moments, st.integers(1, 20),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]), st.data(),
)  # fmt: skip
def test_the_pieces_cover_the_time_without_hole_or_overlap_and_agree_with_each_moment(
    explicit, weeks, begin, days, zone, data
):
    end = begin + timedelta(days=days)
    found = pieces(explicit, weeks, ZoneInfo(zone), begin, end)
    assert (found[0].starts_at, found[-1].ends_at) == (begin, end)
    assert all(one.ends_at == after.starts_at for one, after in pairwise(found))
    moment = begin + timedelta(seconds=data.draw(st.integers(0, days * 86400 - 1)))
    piece = next(one for one in found if one.starts_at <= moment < one.ends_at)
    assert piece.people == people_on_call(explicit, weeks, ZoneInfo(zone), moment)
