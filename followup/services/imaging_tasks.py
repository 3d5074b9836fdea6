"""The imaging loop, hop by hop, each by a person with a time: acknowledge, order, performed, reported, decided."""

from datetime import datetime

from django.db import transaction

from followup.models import ImagingTask, ImagingTaskHop, RedFlag
from followup.services import escalations, red_flags
from followup.services.imaging_state import TRANSITIONS, needs_acknowledgement, seen_of
from followup.services.rulesets import ruleset_of
from kyphotrack.language import stored
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

State = ImagingTask.State


class IllegalHop(ValueError):
    """The task is not in a state from which this hop leads; usually somebody else was quicker."""


class NotWhatWasShown(IllegalHop):
    """A finding joined the task after the person opened the page: nobody answers for what he has not seen."""


@transaction.atomic
def acknowledge_imaging_task(
    *, task: ImagingTask, comment: str, by: User, now: datetime, seen: str = ""
) -> ImagingTask:
    """Take the task: its ladder stops, and the clock of the next hop starts.

    A task that worsened after it was ordered is acknowledged where it stands.
    """
    task = _lock(task, seen)
    if not needs_acknowledgement(task):
        raise _illegal(task, "acknowledged")
    if task.state == State.REQUESTED:
        return _hop(task, State.RECEIVED, comment=comment, by=by, now=now)
    return _move(task, task.state, comment=comment, by=by, now=now)


@transaction.atomic
def order_imaging(
    *,
    task: ImagingTask,
    modality: str,
    region: str,
    appointment_at: datetime | None,
    comment: str,
    by: User,
    now: datetime,
    seen: str = "",
) -> ImagingTask:
    """The scan is ordered, as asked for or as the physician changed it, with its time if known."""
    task = _lock(task, seen)
    detail = {
        "modality": modality,
        "region": region,
        "appointment_at": appointment_at.isoformat() if appointment_at else None,
    }
    return _hop(task, State.ACCEPTED, comment=comment, by=by, now=now, detail=detail, modality=modality, region=region)


@transaction.atomic
def record_imaging_performed(
    *, task: ImagingTask, comment: str, by: User, now: datetime, seen: str = ""
) -> ImagingTask:
    return _hop(_lock(task, seen), State.IN_PROGRESS, comment=comment, by=by, now=now)


@transaction.atomic
def record_imaging_report(
    *, task: ImagingTask, result: str, comment: str, by: User, now: datetime, seen: str = ""
) -> ImagingTask:
    """The radiologist's result, as a code and words."""
    task = _lock(task, seen)
    return _hop(task, State.REPORTED, comment=comment, by=by, now=now, detail={"result": result}, result=result)


@transaction.atomic
def decide_imaging_task(
    *, task: ImagingTask, decision: str, outcome: str, reason: str, by: User, now: datetime, seen: str = ""
) -> ImagingTask:
    """The physician's decision. It closes the task's open flags with the same outcome and reason."""
    task = _hop(
        _lock(task, seen), State.COMPLETED, comment=reason, by=by, now=now,
        detail={"decision": decision, "outcome": outcome}, decision=decision,
    )  # fmt: skip
    red_flags.mark_closed(_open_flags(task), outcome=outcome, reason=reason, by=by, now=now)
    return task


@transaction.atomic
def cancel_imaging_task(*, task: ImagingTask, reason: str, by: User, now: datetime, seen: str = "") -> ImagingTask:
    """No scan after all, with the reason. Its flags stay open, each with a ladder of its own, until a person closes them."""
    if not reason.strip():
        raise ValueError("Say in a few words why no scan is done.")
    task = _hop(_lock(task, seen), State.CANCELLED, comment=reason, by=by, now=now)
    site = task.procedure.patient.site
    escalations.start_for_flags(flags=_open_flags(task), site=site, ruleset=ruleset_of(site=site, at=now), now=now)
    return task


def _open_flags(task: ImagingTask) -> list[RedFlag]:
    return list(RedFlag.objects.open().filter(imaging_task=task).select_related("procedure__patient"))


def _lock(task: ImagingTask, seen: str) -> ImagingTask:
    """As it is now. `seen`: the mark of what the person was shown (`imaging_state.seen_of`); empty: no page showed it."""
    Procedure.objects.select_for_update().get(pk=task.procedure_id)
    task = ImagingTask.objects.select_related("procedure__patient__site").get(pk=task.pk)
    if seen and seen != seen_of(task) and TRANSITIONS[task.state]:
        raise NotWhatWasShown(
            "A further finding joined this task since you opened the page. Look at it first, then send again."
        )
    return task


def _illegal(task: ImagingTask, wanted: str) -> IllegalHop:
    last = task.hops.select_related("by").order_by("-at", "-pk").first()
    who = f" by {last.by}" if last and last.by else ""
    return IllegalHop(
        f"This task is already {stored(task.get_state_display()).lower()}{who}; it cannot be {wanted} now."
    )


def _hop(
    task: ImagingTask, to_state: str, *, comment: str, by: User, now: datetime, detail: dict | None = None, **columns
) -> ImagingTask:
    if to_state not in TRANSITIONS[task.state]:
        raise _illegal(task, stored(State(to_state).label).lower())
    return _move(task, to_state, comment=comment, by=by, now=now, detail=detail, **columns)


def _move(
    task: ImagingTask, to_state: str, *, comment: str, by: User, now: datetime, detail: dict | None = None, **columns
) -> ImagingTask:
    first_answer = task.acknowledged_at is None
    task.state = to_state
    # Whoever moves the task has seen it.
    task.acknowledged_at = task.acknowledged_at or now
    for name, value in columns.items():
        setattr(task, name, value)
    task.save(update_fields=["state", "acknowledged_at", *columns])
    ImagingTaskHop.objects.create(task=task, to_state=to_state, by=by, at=now, comment=comment, detail=detail or {})
    if first_answer:
        unseen = [flag for flag in _open_flags(task) if flag.state == RedFlag.State.OPEN]
        red_flags.mark_acknowledged(unseen, comment=comment, by=by, now=now)
    site = task.procedure.patient.site
    escalations.next_hop_of_task(
        task=task, because=stored(State(to_state).label).lower(), ruleset=ruleset_of(site=site, at=now), now=now
    )
    ChartEvent.new(
        patient=task.procedure.patient, verb=ChartEvent.Verb.MOVED_IMAGING_TASK, by=by, now=now,
        subject_id=task.public_id, reason=comment, to_state=str(to_state), **(detail or {}),
    ).save()  # fmt: skip
    return task
