"""What somebody who wants to end ward monitoring must see: the checklist, what is still open, how it ended."""

from dataclasses import dataclass
from datetime import datetime

from followup.discharge_checklist import Answers, ChecklistItem, blocking, discharge_checklist
from followup.models import ImagingTask, MonitoringSlot, RedFlag
from followup.models.monitoring_status import DANGER
from followup.selectors.imaging_task import TaskClock, modality_words, task_clock
from followup.selectors.overnight import OvernightPrompt, overnight_prompt
from followup.services.discharge import stay_of
from followup.services.history import history_of, read_episode
from followup.services.rulesets import ruleset_of
from followup.services.selection import embolism_risk_of, read_selection
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


@dataclass(frozen=True)
class DischargePage:
    still_open: StillOpen
    checklist: tuple[ChecklistItem, ...]
    blocking: tuple[ChecklistItem, ...]
    overnight: OvernightPrompt | None


def still_open(procedure: Procedure, *, now: datetime) -> StillOpen:
    slots = MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at", "pk")
    return _still_open(procedure, list(slots), now)


def discharge_page(procedure: Procedure, *, answers: Answers, now: datetime) -> DischargePage:
    """The checklist is judged by `answers`, the last that were given."""
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    rows = read_episode(procedure, ruleset=ruleset)
    slots = list(MonitoringSlot.objects.filter(procedure=procedure).order_by("due_at", "pk"))
    open_now = _still_open(procedure, [slot for slot in slots if slot.state == MonitoringSlot.State.OPEN], now)
    items = discharge_checklist(stay_of(rows=rows, sets=slots, flags=open_now.flags, answers=answers, now=now), ruleset)
    risk = embolism_risk_of(read_selection(procedure, baseline=rows.baseline, ruleset=ruleset)).high
    return DischargePage(
        still_open=open_now,
        checklist=items,
        blocking=blocking(items),
        overnight=overnight_prompt(
            procedure, history_of(rows), embolism_risk=risk, flags=open_now.flags, ruleset=ruleset
        ),
    )


def _still_open(procedure: Procedure, slots: list[MonitoringSlot], now: datetime) -> StillOpen:
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
