"""Which messages the month must bring, worked out from the script and the specification alone: no import of the program.

A message is an address, a subject and an instant. People act before the clock ticks: what is done at the instant at which
a message falls due keeps it from being sent.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.script import BEGINS, DAY, DAYS, HOPS, HOUR, MINUTE, Alarm, Case

Message = tuple[str, str, datetime]
UNIT = ZoneInfo("Europe/Berlin")
ON_CALL, BACKUP, LEAD, CHARGE_NURSE = "on-call", "backup", "lead", "charge-nurse"
URGENT, FORM, VISIT, DIGEST = (
    "1 new urgent item needs review",
    "Your form is ready",
    "A reminder",
    "What waits this morning",
)
_QUIET_FROM, _QUIET_UNTIL = time(20), time(8)
_OPENED_AFTER = 2 * MINUTE  # the episode is typed two minutes after the procedure
ENDS = BEGINS + DAYS * DAY


def expected(cases: list[Case], address_of: dict[str, str]) -> Counter[Message]:
    """`address_of`: the e-mail address of each person of the unit."""
    messages: Counter[Message] = Counter()
    for case in cases:
        messages.update((case.address, subject, at) for subject, at in _reminders(case) if at < ENDS)
        if case.alarm:
            messages.update((address_of[who], URGENT, at) for who, at in _calls(case.alarm) if at < ENDS)
    for person in (ON_CALL, BACKUP, LEAD):
        messages.update((address_of[person], DIGEST, at) for at in _digests(cases))
    return messages


# --- ladders (clinical-spec 0) ---------------------------------------------------------------------------------------


def _calls(alarm: Alarm) -> Iterator[tuple[str, datetime]]:
    """The on-call physician at once (and the nurse in charge if it is emergent), the backup, the lead, then the lead again.

    Each later hop has a time by which it is to be done; after that the ladder is climbed for it until it is done.
    """
    emergent = alarm.kind == "WEAK_LEG"
    wait = (15 if emergent else 30) * MINUTE
    rungs = [
        (ON_CALL, 0 * MINUTE),
        *([(CHARGE_NURSE, 0 * MINUTE)] if emergent else []),
        (BACKUP, wait),
        (LEAD, 2 * wait),
    ]
    allowed = {"order": wait, "report": HOUR, "decide": HOUR}
    began = alarm.at
    for hop in HOPS:
        if hop == "acknowledge":
            from_then_on = began
        elif hop == "perform":
            from_then_on = max(began, alarm.at + (4 if emergent else 6) * HOUR)
        else:
            from_then_on = began + allowed[hop]
        done = alarm.hops[hop]
        yield from ((who, from_then_on + after) for who, after in rungs if from_then_on + after < done)
        again = from_then_on + 3 * wait
        while again < done:
            yield LEAD, again
            again += wait
        began = done


# --- reminders (clinical-spec 5.3 and 11) -----------------------------------------------------------------------------


def _reminders(case: Case) -> Iterator[tuple[str, datetime]]:
    if not case.agreed_to_email:
        return
    zone = ZoneInfo(case.zone) if case.zone else UNIT
    local = case.time_zero.astimezone(zone)
    contacts = {
        "FU1": (case.time_zero + 24 * HOUR, case.time_zero + 28 * HOUR, 4 * HOUR, FORM),
        "FU2": (case.time_zero + 48 * HOUR, case.time_zero + 56 * HOUR, 4 * HOUR, FORM),
        "FU3": (_wall(local, 7), _midnight(local, 10), DAY, FORM),
        "FU4": (_wall(local, 14), _midnight(local, 19), DAY, VISIT),
        "FU5": (_wall(local, 42), _midnight(local, 50), DAY, VISIT),
    }
    if case.disposition == "OVERNIGHT":
        del contacts["FU1"]  # asked at the bedside
    ends = [one for one in (case.died_at, case.unsubscribed_at) if one]
    for code, (due, closes, after, subject) in contacts.items():
        stop = min([closes, *ends, *([case.answers[code]] if code in case.answers else [])])
        if case.alarm and code in ("FU1", "FU2"):
            stop = min(stop, case.alarm.at)  # who is transferred is asked there
        opened = case.time_zero + _OPENED_AFTER
        if code in case.moves:
            moved_at, by = case.moves[code]
            if moved_at < min([closes, *ends]):
                yield from ((subject, at) for at in _of_one(due, after, min(stop, moved_at), opened, zone))
                due, opened = due + by, moved_at
        yield from ((subject, at) for at in _of_one(due, after, stop, opened, zone))


def _of_one(due: datetime, after: timedelta, stop: datetime, known_from: datetime, zone: ZoneInfo) -> list[datetime]:
    """24 h before, at the due time, and after it, each at the end of the quiet hours; none before it was known of.

    Of two that fall together one is sent; one that has passed when the contact becomes known is sent then, if the next
    one has not passed too.
    """
    instants = sorted({_awake(at, zone) for at in (due - DAY, due, due + after)})
    passed = [at for at in instants if at <= known_from]
    late = [_awake(known_from, zone)] if passed and passed[-1] == instants[0] and known_from < due else []
    to_come = [at for at in instants if at > known_from and at not in late]
    return [at for at in (*late, *to_come) if at < stop]


def _awake(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    if _QUIET_UNTIL <= local.time() < _QUIET_FROM:
        return at
    day = local.date() + timedelta(days=1) if local.time() >= _QUIET_FROM else local.date()
    return datetime.combine(day, _QUIET_UNTIL, zone).astimezone(UTC)


def _wall(local: datetime, days: int) -> datetime:
    """The same time on the wall, days later. No procedure is done in the hour that the clocks leave out or repeat."""
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, local.time(), local.tzinfo).astimezone(UTC)


def _midnight(local: datetime, days: int) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), time(), local.tzinfo).astimezone(UTC)


# --- the morning's digest --------------------------------------------------------------------------------------------


def _digests(cases: list[Case]) -> Iterator[datetime]:
    """At seven, or up to three hours later when something begins to wait, once on each such morning.

    The first patient agreed to no e-mail and is never reached, so that from the day before the contact at 48 h on a call
    is open: before anybody else has a procedure.
    """
    opened = _awake(cases[0].time_zero + 24 * HOUR, UNIT)
    day = opened.date()
    while day <= ENDS.date():
        at = datetime.combine(day, time(7), UNIT).astimezone(UTC)
        if at >= ENDS:
            return
        if at + 3 * HOUR > opened:
            yield max(at, opened)
        day += timedelta(days=1)
