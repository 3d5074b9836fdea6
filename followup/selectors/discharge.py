"""What is still open when somebody wants to end ward monitoring."""

from dataclasses import dataclass
from datetime import datetime

from followup.models import ImagingTask, MonitoringSlot, RedFlag
from followup.models.monitoring_status import DANGER
from followup.selectors.imaging_task import TaskClock, modality_words, task_clock
from procedures.models import Procedure


@dataclass(frozen=True)
class OpenScan:
    task: ImagingTask
    clock: TaskClock
    modality: str


@dataclass(frozen=True)
class StillOpen:
    """Flags and scans stay open after discharge, and so do the calls at home; the ward's checks end with it."""

    flags: tuple[RedFlag, ...]
    scans: tuple[OpenScan, ...]
    late_checks: tuple[MonitoringSlot, ...]
    checks_ahead: int
    calls_at_home: int

    @property
    def is_anything(self) -> bool:
        return bool(self.flags or self.scans or self.late_checks)

    @property
    def alarms(self) -> tuple[str, ...]:
        """One word for each open flag at its severity and for each open scan, to tell whether another came up."""
        return (
            *(f"{flag.public_id}:{flag.severity}" for flag in self.flags),
            *(str(scan.task.public_id) for scan in self.scans),
        )


def still_open(procedure: Procedure, *, now: datetime) -> StillOpen:
    slots = list(MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at", "pk"))
    on_ward = [slot for slot in slots if slot.place == MonitoringSlot.Place.WARD]
    flags = RedFlag.objects.open().filter(procedure=procedure).order_by("raised_at", "pk")
    tasks = ImagingTask.objects.open().filter(procedure=procedure).order_by("due_at", "pk")
    return StillOpen(
        flags=tuple(sorted(flags, key=lambda flag: DANGER[flag.severity])),
        scans=tuple(OpenScan(task, task_clock(task), modality_words(task.modality)) for task in tasks),
        late_checks=tuple(slot for slot in on_ward if slot.grace_ends_at < now),
        checks_ahead=sum(slot.grace_ends_at >= now for slot in on_ward),
        calls_at_home=len(slots) - len(on_ward),
    )
