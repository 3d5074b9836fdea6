"""Who is on call: stretches of duty, weekly ones by the clock on the wall, and the gaps between them. Pure."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from kyphotrack.wall_clock import instant_of


@dataclass(frozen=True)
class Stretch:
    """One person's duty, from the instant of one handover up to that of the next; None: nobody has ended it yet."""

    person: int
    starts_at: datetime
    ends_at: datetime | None

    def holds(self, instant: datetime) -> bool:
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True)
class Week:
    """A duty that comes back: it begins on these days (Monday is 0). Where it ends no later than it starts: the next day."""

    person: int
    weekdays: Collection[int]
    starts: time
    ends: time
    since: datetime

    def stretches(self, zone: tzinfo, begin: datetime, end: datetime) -> Iterator[Stretch]:
        """Those that touch the time from `begin` to `end`, as far as the pattern was in force."""
        day = begin.astimezone(zone).date() - timedelta(days=1)
        while instant_of(day, time.min, zone) < end:
            if day.weekday() in self.weekdays:
                next_day = self.ends <= self.starts
                starts_at = max(instant_of(day, self.starts, zone), self.since)
                ends_at = instant_of(day + timedelta(days=1) if next_day else day, self.ends, zone)
                if starts_at < ends_at and ends_at > begin and starts_at < end:
                    yield Stretch(self.person, starts_at, ends_at)
            day += timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """A part of the coming days in which the same people are on call; nobody in it: a gap."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[int, ...]


def on_call_at(explicit: Sequence[Stretch], weekly: Sequence[Stretch], instant: datetime) -> tuple[int, ...]:
    """Of one role: a stretch that was entered for itself (a swap, a holiday) takes the place of the weekly pattern."""
    for stretches in (explicit, weekly):
        people = {one.person for one in stretches if one.holds(instant)}
        if people:
            return tuple(sorted(people))
    return ()


def people_on_call(explicit: Sequence[Stretch], weeks: Sequence[Week], zone: tzinfo, now: datetime) -> tuple[int, ...]:
    weekly = [one for week in weeks for one in week.stretches(zone, now, now + timedelta(microseconds=1))]
    return on_call_at(explicit, weekly, now)


def pieces(
    explicit: Sequence[Stretch], weeks: Sequence[Week], zone: tzinfo, begin: datetime, end: datetime
) -> tuple[Piece, ...]:
    """The time from `begin` to `end` without a hole, in order: who is on call in each part, or that nobody is."""
    weekly = [one for week in weeks for one in week.stretches(zone, begin, end)]
    edges = {begin, end}
    for one in (*explicit, *weekly):
        edges |= {edge for edge in (one.starts_at, one.ends_at) if edge and begin < edge < end}
    found: list[Piece] = []
    in_order = sorted(edge.astimezone(UTC) for edge in edges)
    for starts_at, ends_at in itertools.pairwise(in_order):
        people = on_call_at(explicit, weekly, starts_at)
        if found and found[-1].people == people:
            found[-1] = Piece(found[-1].starts_at, ends_at, people)
        else:
            found.append(Piece(starts_at, ends_at, people))
    return tuple(found)
