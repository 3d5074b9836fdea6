"""Contacts FU1 to FU8: every row of clinical-spec 5.3, both changes of the clocks, the edges of windows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.reminder_plan import reminders
from followup.visit_plan import (
    CONTACT_RULES,
    RULE_OF,
    Mode,
    QuietHours,
    WhenMissed,
    call_due_at,
    out_of_quiet_hours,
    plan_contacts,
)
from kyphotrack.wall_clock import instant_of

BERLIN = ZoneInfo("Europe/Berlin")
T0 = datetime(2026, 1, 12, 9, tzinfo=UTC)  # 10:00 in Berlin
NIGHT = QuietHours(time(20), time(8))


def instants(code, due, quiet):
    far = due + timedelta(days=30)
    return tuple(one.at for one in reminders(code, due, far, BERLIN, quiet))


def planned(code, time_zero=T0, disposition="SAME_DAY", zone=BERLIN):
    return next(one for one in plan_contacts(time_zero, disposition, zone) if one.code == code)


@pytest.mark.parametrize(("code", "due", "opens", "closes"), [("FU1", 24, 20, 28), ("FU2", 48, 44, 56)])
def test_the_first_two_count_hours(code, due, opens, closes):
    contact = planned(code)
    hours = [(one - T0) / timedelta(hours=1) for one in (contact.due_at, contact.opens_at, contact.closes_at)]
    assert hours == [due, opens, closes]


@pytest.mark.parametrize(
    ("code", "due_on", "first", "last"),
    [
        ("FU3", date(2026, 1, 19), 5, 9),
        ("FU4", date(2026, 1, 26), 10, 18),
        ("FU5", date(2026, 2, 23), 28, 49),
        ("FU6", date(2026, 4, 12), 75, 105),
        ("FU7", date(2026, 7, 12), 165, 200),
        ("FU8", date(2027, 1, 12), 335, 395),
    ],
)
def test_the_others_count_days_of_the_patient(code, due_on, first, last):
    contact = planned(code)
    due = contact.due_at.astimezone(BERLIN)
    assert (due.date(), due.time()) == (due_on, time(10))
    opens, closes = (one.astimezone(BERLIN) for one in (contact.opens_at, contact.closes_at))
    assert (opens.time(), closes.time()) == (time(0), time(0))
    day_zero = date(2026, 1, 12)
    assert ((opens.date() - day_zero).days, (closes.date() - day_zero).days) == (first, last + 1)


@pytest.mark.parametrize("rule", CONTACT_RULES, ids=[rule.code for rule in CONTACT_RULES])
def test_what_a_contact_asks_and_what_follows_when_it_is_missed(rule):
    assert (rule.mode, rule.when_missed) == {
        "FU1": (Mode.SELF_REPORT, WhenMissed.CALL_SAME_DAY),
        "FU2": (Mode.SELF_REPORT, WhenMissed.CALL_SAME_DAY),
        "FU3": (Mode.SELF_REPORT, WhenMissed.CALL_IN_24_H),
        "FU4": (Mode.CLINIC_OR_PHONE, WhenMissed.CALL_IN_48_H_THEN_LETTER),
        "FU5": (Mode.CLINIC, WhenMissed.CALL),
        "FU6": (Mode.PHONE, WhenMissed.CALL),
        "FU7": (Mode.PHONE, WhenMissed.NOTHING),
        "FU8": (Mode.CLINIC, WhenMissed.NOTHING),
    }[rule.code]
    assert "pain" in rule.instruments
    assert ("mobility" in rule.instruments) == (rule.code in ("FU3", "FU4", "FU5"))
    assert ("ODI" in rule.instruments) == (rule.code in ("FU5", "FU6", "FU7", "FU8"))


@pytest.mark.parametrize(
    ("disposition", "at_the_bedside"), [("SAME_DAY", []), ("OVERNIGHT", ["FU1"]), ("STAY_48H", ["FU1", "FU2"])]
)
def test_a_patient_who_is_still_in_hospital_is_asked_at_the_bedside(disposition, at_the_bedside):
    contacts = plan_contacts(T0, disposition, BERLIN)
    assert [one.code for one in contacts if one.mode is Mode.WARD] == at_the_bedside
    assert [one.code for one in contacts] == [f"FU{number}" for number in range(1, 9)]


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", [1, 28, 29, 30, 31])
@pytest.mark.parametrize("year", [2024, 2025, 2027])
def test_a_target_always_lies_in_its_window(year, month, day):
    try:
        time_zero = datetime(year, month, day, 23, 30, tzinfo=BERLIN)
    except ValueError:
        return
    for contact in plan_contacts(time_zero, "SAME_DAY", BERLIN):
        assert contact.opens_at < contact.due_at < contact.closes_at, contact


def test_months_end_with_the_month():
    assert planned("FU6", datetime(2025, 11, 30, 12, tzinfo=UTC)).due_at.date() == date(2026, 2, 28)


# --- clocks -----------------------------------------------------------------------------------------------------------

# zone, the day of the change, an hour that does not exist on it, the first instant after (UTC)
GAPS = [
    ("Europe/London", date(2026, 3, 29), time(1, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    # The last spring in which clocks changed there, at midnight: the day began at one o'clock.
    ("America/Sao_Paulo", date(2018, 11, 4), time(0, 30), datetime(2018, 11, 4, 3, 0, tzinfo=UTC)),
]
# zone, the day, an hour that comes twice, its first occurrence (UTC)
OVERLAPS = [
    ("Europe/London", date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ("America/New_York", date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
    ("America/Sao_Paulo", date(2018, 2, 17), time(23, 30), datetime(2018, 2, 18, 1, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "day", "wall", "instant"), GAPS)
def test_an_hour_that_spring_leaves_out_is_the_first_instant_after(zone, day, wall, instant):
    assert instant_of(day, wall, ZoneInfo(zone)) == instant


@pytest.mark.parametrize(("zone", "day", "wall", "instant"), OVERLAPS)
def test_of_an_hour_that_autumn_gives_twice_the_first_counts(zone, day, wall, instant):
    assert instant_of(day, wall, ZoneInfo(zone)) == instant


@pytest.mark.parametrize("zone", [*dict.fromkeys(one[0] for one in GAPS), "Asia/Kathmandu"])
@pytest.mark.parametrize("wall", [time(0, 30), time(1, 30), time(2, 30), time(9)])
def test_over_two_years_day_7_keeps_the_hour_and_24_hours_stay_24_hours(zone, wall):
    place = ZoneInfo(zone)
    for number in range(0, 731):
        time_zero = instant_of(date(2026, 1, 1) + timedelta(days=number), wall, place)
        local = time_zero.astimezone(place)
        first, _second, seventh, *_rest = plan_contacts(time_zero, "SAME_DAY", place)
        assert first.due_at - time_zero == timedelta(hours=24)
        due = seventh.due_at.astimezone(place)
        assert (due.date() - local.date()).days == 7
        # The hour on the wall; later on the one day on which it does not exist.
        assert due.replace(tzinfo=None).time() >= local.time()
        assert seventh.due_at - time_zero in {timedelta(days=7, minutes=m) for m in (0, 60, -60, 30, -30, 15)} or (
            due.time() > local.time()
        )


def test_a_window_that_holds_a_change_still_ends_at_midnight():
    contact = planned("FU3", datetime(2026, 3, 24, 9, tzinfo=UTC))  # the clocks change on day 5
    assert contact.opens_at == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert contact.closes_at == datetime(2026, 4, 2, 22, tzinfo=UTC)


# --- calls -----------------------------------------------------------------------------------------------------------


def test_by_when_somebody_has_to_have_called():
    closes = datetime(2026, 1, 13, 14, tzinfo=UTC)
    due = {rule.code: call_due_at(rule.when_missed, closes, BERLIN) for rule in CONTACT_RULES}
    assert due["FU1"] == due["FU2"] == datetime(2026, 1, 13, 23, tzinfo=UTC)  # midnight in Berlin
    assert due["FU3"] == closes + timedelta(hours=24)
    assert due["FU4"] == closes + timedelta(hours=48)
    assert due["FU5"] == due["FU6"] == closes
    assert due["FU7"] is due["FU8"] is None


# --- reminders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(RULE_OF))
def test_reminders_without_quiet_hours(code):
    due = datetime(2026, 1, 13, 10, tzinfo=UTC)
    after = 4 if code in ("FU1", "FU2") else 24
    assert instants(code, due, None) == (
        due - timedelta(hours=24), due, due + timedelta(hours=after),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("local", "sent"),
    [
        ((12, 19, 59), (12, 19, 59)), ((12, 20, 0), (13, 8, 0)), ((12, 23, 59), (13, 8, 0)), ((13, 0, 0), (13, 8, 0)),
        ((13, 7, 59), (13, 8, 0)), ((13, 8, 0), (13, 8, 0)),
    ],
)  # fmt: skip
def test_edges_of_quiet_hours_over_midnight(local, sent):
    (day, hour, minute), (sent_day, sent_hour, sent_minute) = local, sent
    moment = datetime(2026, 1, day, hour, minute, tzinfo=BERLIN)
    assert out_of_quiet_hours(moment, BERLIN, NIGHT) == datetime(
        2026, 1, sent_day, sent_hour, sent_minute, tzinfo=BERLIN
    )


def test_quiet_hours_within_a_day():
    noon = QuietHours(time(12), time(14))
    for hour, expected in ((11, 11), (12, 14), (13, 14), (14, 14)):
        moment = datetime(2026, 1, 12, hour, tzinfo=BERLIN)
        assert out_of_quiet_hours(moment, BERLIN, noon) == datetime(2026, 1, 12, expected, tzinfo=BERLIN)


def test_the_quiet_hours_are_those_of_the_patients_zone():
    moment = datetime(2026, 1, 12, 19, tzinfo=UTC)  # 20:00 in Berlin, 14:00 in New York
    assert out_of_quiet_hours(moment, ZoneInfo("America/New_York"), NIGHT) == moment
    assert out_of_quiet_hours(moment, BERLIN, NIGHT) == datetime(2026, 1, 13, 7, tzinfo=UTC)


def test_two_reminders_that_quiet_hours_move_together_are_one():
    due = datetime(2026, 1, 13, 21, tzinfo=BERLIN)  # +4 h is still night
    assert instants("FU1", due, NIGHT) == (
        datetime(2026, 1, 13, 8, tzinfo=BERLIN), datetime(2026, 1, 14, 8, tzinfo=BERLIN),
    )  # fmt: skip
