"""When a patient is reminded of a contact, and until when that makes sense (clinical-spec 5.3). Pure.

24 h before, at the due time, and 4 h (FU1, FU2) or 24 h after it, in elapsed hours; each is moved to the end of the quiet
hours in the patient's zone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from followup.visit_plan import RULE_OF, QuietHours, out_of_quiet_hours

# A reminder that is a day late is no reminder any more: somebody phones (the project's own figure).
TOO_LATE = timedelta(hours=24)


@dataclass(frozen=True)
class Reminder:
    """`occurrence`: 0 before, 1 at, 2 after the due time. It is of use from `at` until, and without, `useful_until`."""

    occurrence: int
    at: datetime
    useful_until: datetime


def reminders(
    code: str, due_at: datetime, closes_at: datetime, zone: tzinfo, quiet: QuietHours | None
) -> tuple[Reminder, ...]:
    """In time order. Of two that quiet hours move to one instant the earlier is left out, and none lies past the window.

    The first is of use until the due time, each until the next one, and none for longer than a day.
    """
    due_at = due_at.astimezone(UTC)
    after = timedelta(hours=4 if RULE_OF[code].hours else 24)
    wanted = (due_at - timedelta(hours=24), due_at, due_at + after)
    by_instant = {out_of_quiet_hours(at, zone, quiet): occurrence for occurrence, at in enumerate(wanted)}
    kept = sorted((at, occurrence) for at, occurrence in by_instant.items() if at < closes_at)
    ends = [at for at, _occurrence in kept[1:]] + [closes_at]
    return tuple(
        Reminder(occurrence, at, min(end, at + TOO_LATE, due_at if occurrence == 0 and at < due_at else end))
        for (at, occurrence), end in zip(kept, ends, strict=True)
    )
