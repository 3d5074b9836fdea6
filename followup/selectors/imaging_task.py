"""One imaging task: what it waits for, which hops are legal now, and everything that its page shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from followup.models import EscalationStep, ImagingTask, ImagingTaskHop, RedFlag, Severity
from followup.red_flags.findings import Modality
from followup.selectors.chase import Chase, Noted, Told, chase_of, notes_of, told
from followup.selectors.flag import level_names
from followup.services.imaging_state import TRANSITIONS, needs_acknowledgement
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.permissions import Capability
from procedures.models import AnticoagulantUse, Baseline

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
HOP_NEEDS = {
    "acknowledge": Capability.ACKNOWLEDGE_FLAG,
    "order": Capability.MOVE_IMAGING_TASK,
    "performed": Capability.MOVE_IMAGING_TASK,
    "report": Capability.MOVE_IMAGING_TASK,
    "decide": Capability.DECIDE,
    "cancel": Capability.DECIDE,
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
    """What the task waits for. `due_at`: the clocks of the specification; those of the other hops are the ladder's."""

    waits_for: WaitsFor
    due_at: datetime | None


@dataclass(frozen=True)
class HopLine:
    """One step so far. `by` is empty where a rule asked; `details` are what the person chose."""

    heading: str
    at: datetime
    by: str
    comment: str
    details: tuple[str, ...]
    appointment_at: datetime | None


@dataclass(frozen=True)
class ImagingTaskPage:
    """`breached_at`: when a scan that is still waited for is later than any may be (clinical-spec 0, hard breach)."""

    task: ImagingTask
    clock: TaskClock
    breached_at: datetime
    modality: str
    alternative: str
    mri_safety: str
    level_names: tuple[str, ...]
    baseline: Baseline | None
    anticoagulants: tuple[AnticoagulantUse, ...]
    flags: tuple[RedFlag, ...]
    hops: tuple[HopLine, ...]
    told: tuple[Told, ...]
    chase: Chase | None
    notes: tuple[Noted, ...]


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


def imaging_task_page(task: ImagingTask, *, now: datetime) -> ImagingTaskPage:
    procedure = task.procedure
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    return ImagingTaskPage(
        task=task,
        clock=task_clock(task),
        breached_at=task.requested_at + timedelta(hours=ruleset.imaging_ceiling_hours),
        modality=modality_words(task.modality),
        alternative=modality_words(task.alternative_modality),
        mri_safety=Baseline.MriSafety(task.mri_state).label,
        level_names=level_names(procedure),
        baseline=Baseline.objects.current().filter(procedure=procedure).first(),
        anticoagulants=tuple(procedure.anticoagulants.order_by("pk")),
        flags=tuple(task.red_flags.prefetch_related("evidence").order_by("raised_at", "pk")),
        hops=tuple(_hop_lines(task.hops.select_related("by").order_by("at", "pk"))),
        told=told(EscalationStep.objects.filter(escalation__imaging_task=task)),
        chase=chase_of(task),
        notes=notes_of(task),
    )


def _hop_lines(hops: Iterable[ImagingTaskHop]) -> Iterator[HopLine]:
    state = ""
    for hop in hops:
        if hop.by is None:
            heading = "A further finding joined" if state else State.REQUESTED.label
            state = state or State.REQUESTED
        else:
            # Taken where it stands: acknowledged again after a graver finding.
            heading = State.RECEIVED.label if hop.to_state == state else State(hop.to_state).label
            state = hop.to_state
        appointment = hop.detail.get("appointment_at")
        yield HopLine(
            heading=heading,
            at=hop.at,
            by=hop.by.full_name if hop.by else "",
            comment=hop.comment,
            details=tuple(_detail_words(hop.detail)),
            appointment_at=datetime.fromisoformat(appointment) if appointment else None,
        )


def _detail_words(detail: Mapping[str, str]) -> Iterator[str]:
    if "severity" in detail:
        yield Severity(detail["severity"]).label
    if "modality" in detail:
        yield f"{modality_words(detail['modality'])}, {detail['region']}"
    if "result" in detail:
        yield ImagingTask.Result(detail["result"]).label
    if "decision" in detail:
        yield ImagingTask.Decision(detail["decision"]).label
        yield RedFlag.Outcome(detail["outcome"]).label
