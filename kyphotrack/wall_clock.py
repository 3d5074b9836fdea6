"""A time on the wall as an instant, in nights when the clocks change too. Pure.

An hour that spring leaves out becomes the first instant after it; of an hour that autumn gives twice the first counts.
"""

from datetime import UTC, date, datetime, time, tzinfo


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first instant of a calendar day, in UTC."""
    return instant_of(day, time.min, zone)


def instant_of(day: date, wall: time, zone: tzinfo) -> datetime:
    """A time on the wall as an instant in UTC: the first instant after a gap, the first occurrence of an overlap."""
    first = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == first.replace(tzinfo=None):
        return instant
    # In a gap: read with the offset before it the time lies behind the change, with the one after it before it.
    return _first_after_change(first.replace(fold=1).astimezone(UTC), instant, zone)


def _first_after_change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The instant, to the second, from which the clocks show the offset that `after` has."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)
