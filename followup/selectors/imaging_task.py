"""One imaging task: what it waits for, which hops are legal now, and everything that its page shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from followup.models import ImagingTask, ImagingTaskHop, RedFlag
from followup.red_flags.findings import Modality
from followup.services.imaging_state import TRANSITIONS, needs_acknowledgement
from procedures.models import AnticoagulantUse, Baseline, TreatedLevel

State = ImagingTask.State

# The words of the addresses (/imaging-tasks/<id>/order/) and the state that each hop leads to.
HOP_LEADS_TO = {
    "acknowledge": State.RECEIVED,
    "order": State.ACCEPTED,
    "performed": State.IN_PROGRESS,
    "report": State.REPORTED,
    "decide": State.COMPLETED,
    "cancel": State.CANCELLED,
}


class WaitsFor(Enum):
    ACKNOWLEDGEMENT = "acknowledgement"
    SCAN = "scan"
    REPORT = "report"
    DECISION = "decision"
    NOTHING = "nothing"


_NEXT = {
    State.IN_PROGRESS: WaitsFor.REPORT,
    State.REPORTED: WaitsFor.DECISION,
    State.COMPLETED: WaitsFor.NOTHING,
    State.CANCELLED: WaitsFor.NOTHING,
}


@dataclass(frozen=True)
class TaskClock:
    """What the task waits for. `due_at` is None from the scan on: the specification sets no target for those hops."""

    waits_for: WaitsFor
    due_at: datetime | None


@dataclass(frozen=True)
class ImagingTaskPage:
    task: ImagingTask
    clock: TaskClock
    levels: tuple[TreatedLevel, ...]
    baseline: Baseline | None
    anticoagulants: tuple[AnticoagulantUse, ...]
    flags: tuple[RedFlag, ...]
    hops: tuple[ImagingTaskHop, ...]


def is_open(task: ImagingTask) -> bool:
    """Whether anything is left to do; the same as ImagingTask.objects.open(), for a row in hand."""
    return bool(TRANSITIONS[task.state])


def task_clock(task: ImagingTask) -> TaskClock:
    if needs_acknowledgement(task):
        return TaskClock(WaitsFor.ACKNOWLEDGEMENT, task.acknowledge_by)
    waits_for = _NEXT.get(State(task.state), WaitsFor.SCAN)
    return TaskClock(waits_for, task.due_at if waits_for is WaitsFor.SCAN else None)


def legal_hops(task: ImagingTask) -> tuple[str, ...]:
    """The hops that a person may make now, in the order of the loop."""
    return tuple(
        hop
        for hop, to_state in HOP_LEADS_TO.items()
        if (needs_acknowledgement(task) if hop == "acknowledge" else to_state in TRANSITIONS[task.state])
    )


def modality_words(name: str) -> str:
    """The scan in a radiologist's words; empty where none is named."""
    return Modality[name].label if name else ""


def imaging_task_page(task: ImagingTask) -> ImagingTaskPage:
    procedure = task.procedure
    return ImagingTaskPage(
        task=task,
        clock=task_clock(task),
        levels=tuple(procedure.treated_levels.order_by("pk")),
        baseline=Baseline.objects.current().filter(procedure=procedure).first(),
        anticoagulants=tuple(procedure.anticoagulants.order_by("pk")),
        flags=tuple(
            task.red_flags.select_related("acknowledged_by", "closed_by")
            .prefetch_related("evidence__observation")
            .order_by("raised_at", "pk")
        ),
        hops=tuple(task.hops.select_related("by").order_by("at", "pk")),
    )
