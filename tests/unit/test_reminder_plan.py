"""When a patient is reminded, and until when that is of use (clinical-spec 5.3)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.reminder_plan import TOO_LATE, reminders
from followup.visit_plan import CONTACT_RULES, QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(20), time(8))
DUE = datetime(2026, 1, 13, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def plan(code="FU4", due=DUE, closes=DUE + 5 * DAY, quiet=None, zone=BERLIN):
    return [(one.occurrence, one.at, one.useful_until) for one in reminders(code, due, closes, zone, quiet)]


def test_a_visit_is_reminded_of_a_day_before_at_its_time_and_a_day_after():
    assert plan() == [(0, DUE - DAY, DUE), (1, DUE, DUE + DAY), (2, DUE + DAY, DUE + 2 * DAY)]


def test_the_first_two_contacts_four_hours_after():
    assert plan("FU1", closes=DUE + 4 * HOUR) == [(0, DUE - DAY, DUE), (1, DUE, DUE + 4 * HOUR)]
    assert plan("FU2", closes=DUE + 8 * HOUR) == [
        (0, DUE - DAY, DUE), (1, DUE, DUE + 4 * HOUR), (2, DUE + 4 * HOUR, DUE + 8 * HOUR),
    ]  # fmt: skip


def test_none_lies_past_the_window():
    assert [occurrence for occurrence, *_rest in plan(closes=DUE + HOUR)] == [0, 1]


def test_of_two_that_quiet_hours_bring_together_the_later_one_stays():
    late = datetime(2026, 1, 13, 21, tzinfo=BERLIN)
    assert [occurrence for occurrence, *_rest in plan("FU2", due=late, closes=late + DAY, quiet=NIGHT)] == [0, 2]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_hours_before_and_after_are_elapsed_over_a_change_of_clocks(day):
    due = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN).astimezone(UTC)
    assert [at - due for _occurrence, at, _end in plan(due=due, closes=due + 3 * DAY)] == [-DAY, timedelta(), DAY]


@given(
    st.sampled_from([rule.code for rule in CONTACT_RULES]),
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.integers(1, 24 * 30),
    st.times(),
    st.times(),
)
def test_reminders_come_in_order_outside_quiet_hours_and_none_is_of_use_for_more_than_a_day(
    code, minutes, zone_name, hours, start, until
):
    zone, due = ZoneInfo(zone_name), datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    quiet = QuietHours(start, until) if start != until else None
    said = reminders(code, due, due + hours * HOUR, zone, quiet)
    instants = [one.at for one in said]
    assert instants == sorted(set(instants))
    assert [one.occurrence for one in said] == sorted({one.occurrence for one in said})
    for one, later in zip(said, [*said[1:], None], strict=True):
        assert one.at < one.useful_until <= one.at + TOO_LATE or one.at >= due > one.useful_until
        assert one.at < due + hours * HOUR
        assert later is None or one.useful_until <= later.at
