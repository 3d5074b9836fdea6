"""When a patient is to be asked how it goes after the procedure: contacts FU1 to FU8 (clinical-spec 5.3). Pure.

FU1 and FU2 count elapsed hours from T0, so that no change of the clocks moves them. The others count calendar days in the
patient's zone: day n is the date of T0 there, and n days on. Months are calendar months; a day that the month does not have
is its last. Such a contact is due on its day at the hour on the wall that T0 had. A window runs from the first instant of
its first day up to, and without, the first instant of the day after its last.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum

from kyphotrack.wall_clock import instant_of, start_of_day


class Mode(Enum):
    """How the patient is asked. WARD: still in hospital then, so the bedside sets ask."""

    WARD = "at the bedside"
    SELF_REPORT = "self-report"
    CLINIC_OR_PHONE = "clinic or phone"
    CLINIC = "clinic"
    PHONE = "phone"


class WhenMissed(Enum):
    """What follows when the window closes without an answer."""

    CALL_SAME_DAY = "call the same day"
    CALL_IN_24_H = "call within 24 h"
    CALL_IN_48_H_THEN_LETTER = "call within 48 h, then a letter"
    CALL = "call"
    NOTHING = "no call is asked for"


@dataclass(frozen=True)
class ContactRule:
    """One row of the table. `hours` is (target, opens, closes); else `days` is (first, last) and the target days or months."""

    code: str
    title: str
    mode: Mode
    instruments: tuple[str, ...]
    when_missed: WhenMissed
    hours: tuple[int, int, int] | None = None
    days: tuple[int, int] = (0, 0)
    target_days: int = 0
    target_months: int = 0


_QUESTIONS = ("questions on problems", "pain", "analgesics")
_LATE_CALL = ("pain", "ODI", "new fracture", "adherence to therapy")
CONTACT_RULES = (
    ContactRule("FU1", "24 hours", Mode.SELF_REPORT, _QUESTIONS, WhenMissed.CALL_SAME_DAY, hours=(24, 20, 28)),
    ContactRule("FU2", "48 hours", Mode.SELF_REPORT, _QUESTIONS, WhenMissed.CALL_SAME_DAY, hours=(48, 44, 56)),
    ContactRule(
        "FU3", "day 7", Mode.SELF_REPORT, (*_QUESTIONS, "mobility"), WhenMissed.CALL_IN_24_H, days=(5, 9), target_days=7
    ),
    ContactRule(
        "FU4", "2 weeks", Mode.CLINIC_OR_PHONE,
        ("pain", "mobility", "analgesics", "wound", "care gap of bone health"),
        WhenMissed.CALL_IN_48_H_THEN_LETTER, days=(10, 18), target_days=14,
    ),
    ContactRule(
        "FU5", "6 weeks", Mode.CLINIC, ("pain", "ODI", "KPS or ECOG", "mobility", "therapy started"), WhenMissed.CALL,
        days=(28, 49), target_days=42,
    ),
    ContactRule("FU6", "3 months", Mode.PHONE, _LATE_CALL, WhenMissed.CALL, days=(75, 105), target_months=3),
    ContactRule("FU7", "6 months", Mode.PHONE, _LATE_CALL, WhenMissed.NOTHING, days=(165, 200), target_months=6),
    ContactRule(
        "FU8", "12 months", Mode.CLINIC, ("pain", "ODI", "KPS", "height if an X-ray was taken", "new fracture"),
        WhenMissed.NOTHING, days=(335, 395), target_months=12,
    ),
)  # fmt: skip
RULE_OF = {rule.code: rule for rule in CONTACT_RULES}

# A stay lasts until then; contacts that fall due before its end are asked at the bedside (clinical-spec 5.2).
_STAY_HOURS = {"SAME_DAY": 0, "OVERNIGHT": 24, "STAY_48H": 48}


@dataclass(frozen=True)
class PlannedContact:
    """All instants in UTC. The window holds `opens_at <= t < closes_at`."""

    code: str
    mode: Mode
    due_at: datetime
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class QuietHours:
    """From this hour on, until that one, nothing is sent; over midnight where `until` is not after `start`."""

    start: time
    until: time


def plan_contacts(time_zero: datetime, disposition: str, zone: tzinfo) -> tuple[PlannedContact, ...]:
    """FU1 to FU8 in time order. `zone` is the patient's."""
    time_zero = time_zero.astimezone(UTC)
    return tuple(_plan(rule, time_zero, _STAY_HOURS[disposition], zone) for rule in CONTACT_RULES)


def _plan(rule: ContactRule, time_zero: datetime, stay_hours: int, zone: tzinfo) -> PlannedContact:
    if rule.hours:
        due, opens, closes = (time_zero + timedelta(hours=hours) for hours in rule.hours)
        mode = Mode.WARD if rule.hours[0] <= stay_hours else rule.mode
        return PlannedContact(rule.code, mode, due, opens, closes)
    local = time_zero.astimezone(zone)
    day_zero, (first, last) = local.date(), rule.days
    target = (
        _months_after(day_zero, rule.target_months) if rule.target_months else _days_after(day_zero, rule.target_days)
    )
    return PlannedContact(
        rule.code,
        rule.mode,
        due_at=instant_of(target, local.time(), zone),
        opens_at=start_of_day(_days_after(day_zero, first), zone),
        closes_at=start_of_day(_days_after(day_zero, last + 1), zone),
    )


def call_due_at(when_missed: WhenMissed, closes_at: datetime, zone: tzinfo) -> datetime | None:
    """By when somebody has to have called; None where no call is asked for. A call without a figure is due at once.

    The same day ends with the patient's day in which the window closed.
    """
    match when_missed:
        case WhenMissed.CALL_SAME_DAY:
            return start_of_day(_days_after(closes_at.astimezone(zone).date(), 1), zone)
        case WhenMissed.CALL_IN_24_H:
            return closes_at.astimezone(UTC) + timedelta(hours=24)
        case WhenMissed.CALL_IN_48_H_THEN_LETTER:
            return closes_at.astimezone(UTC) + timedelta(hours=48)
        case WhenMissed.CALL:
            return closes_at.astimezone(UTC)
        case WhenMissed.NOTHING:
            return None


def out_of_quiet_hours(instant: datetime, zone: tzinfo, quiet: QuietHours | None) -> datetime:
    """The instant itself, or the end of the quiet hours in which it lies."""
    if quiet is None or quiet.start == quiet.until:
        return instant.astimezone(UTC)
    local = instant.astimezone(zone)
    over_midnight = quiet.until < quiet.start
    wall = local.time()
    if over_midnight:
        is_quiet = wall >= quiet.start or wall < quiet.until
    else:
        is_quiet = quiet.start <= wall < quiet.until
    if not is_quiet:
        return instant.astimezone(UTC)
    ends_on = _days_after(local.date(), 1) if over_midnight and wall >= quiet.start else local.date()
    # In the hour that comes twice the first end may lie behind.
    return max(instant.astimezone(UTC), instant_of(ends_on, quiet.until, zone))


def _days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
