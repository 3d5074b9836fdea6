"""When which set is due after the procedure (clinical-spec 5.1 and 5.2). Pure; elapsed time, so no clock change matters."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MINUTES_15, _MINUTES_30, _HOURLY, _FOUR_HOURLY = (timedelta(minutes=minutes) for minutes in (5, 10, 15, 30))
_FULL_EXAM_MINUTES = frozenset({0, 30, 60, 120, 360})


@dataclass(frozen=True)
class PlannedSlot:
    """One set: late after `due_at + grace`. `neuro` FULL or QUICK, `place` WARD or HOME."""

    due_at: datetime
    grace: timedelta
    phase: str
    neuro: str
    place: str = "WARD"


# phase, minutes after T0, grace
_PHASES = (
    ("arrival", (0,), _MINUTES_15),
    ("A", (15, 30, 45, 60), _MINUTES_15),
    ("B", (90, 120), _MINUTES_30),
    ("C", (180, 240, 300, 360), _HOURLY),
    ("D", (600, 840, 1080, 1320, 1440), _FOUR_HOURLY),
    ("E", (1680, 1920, 2160, 2400, 2640, 2880), _FOUR_HOURLY),
)
_PHASES_OF = {
    "SAME_DAY": ("arrival", "A", "B"),
    "OVERNIGHT": ("arrival", "A", "B", "C", "D"),
    "STAY_48H": ("arrival", "A", "B", "C", "D", "E"),
}
# At home the window of the first contacts stands in for grace: 20-28 h and 44-56 h (5.3).
_HOME_SLOTS = ((timedelta(hours=24), timedelta(hours=4)), (timedelta(hours=48), timedelta(hours=8)))


def plan_monitoring(time_zero: datetime, disposition: str) -> tuple[PlannedSlot, ...]:
    """The slots of a disposition in time order. A same-day patient is called at home at 24 h and 48 h instead."""
    # In a zone with summer time, adding an hour would move the clock on the wall, not the time that passed.
    time_zero = time_zero.astimezone(UTC)
    slots = [
        PlannedSlot(time_zero + timedelta(minutes=minutes), grace, phase, _neuro(phase, minutes))
        for phase, due_minutes, grace in _PHASES
        if phase in _PHASES_OF[disposition]
        for minutes in due_minutes
    ]
    if disposition == "SAME_DAY":
        slots += [PlannedSlot(time_zero + after, grace, "home", "QUICK", "HOME") for after, grace in _HOME_SLOTS]
    return tuple(slots)


def _neuro(phase: str, minutes: int) -> str:
    return "FULL" if minutes in _FULL_EXAM_MINUTES or phase in ("D", "E") else "QUICK"
