"""How late something was typed or raised after it was measured."""

from datetime import timedelta

# The shortest grace of clinical-spec 5.1: what was typed within it counts as typed at once.
TYPED_AT_ONCE = timedelta(minutes=5)


def late_minutes(late_by: timedelta | None) -> int:
    """Whole minutes where typing or alarm came late, 0 where they came at once."""
    return int(late_by.total_seconds() // 60) if late_by and late_by > TYPED_AT_ONCE else 0
