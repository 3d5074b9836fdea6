"""Ladders: start one, take the steps that fell due, stop it. Each step tells people by rows of the outbox."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from followup.escalation_ladder import ladder_as_json, ladder_for, ladder_from_json, next_due_at, steps_due
from followup.models import Escalation, EscalationStep, ImagingTask, OutgoingEmail, RedFlag
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset
from followup.services import outbox
from kyphotrack.staff.models import Site
from kyphotrack.staff.selectors import people_on_duty

_CHASED = ("EMERGENT", "URGENT", "AMBER")


def start_for_tasks(*, tasks: Sequence[tuple[ImagingTask, str]], site: Site, ruleset: Ruleset, now: datetime) -> None:
    """Start the ladder of each task, anew where one was running, and take the steps that are due at once.

    With each task comes the category whose clock it follows.
    """
    if not tasks:
        return
    Escalation.objects.live().filter(imaging_task__in=[task for task, _category in tasks]).update(
        stopped_at=now, next_due_at=None, stopped_because="restarted by a graver finding"
    )
    _start(
        [_new(task.severity, category, ruleset, now, imaging_task=task) for task, category in tasks], site=site, now=now
    )


def start_for_flags(
    *, flags: Sequence[RedFlag], at_home: Collection[RedFlag] = (), site: Site, ruleset: Ruleset, now: datetime
) -> None:
    """Start the ladder of each flag that no imaging task chases. `at_home`: those found on a patient who is at home."""
    chased = [flag for flag in flags if flag.severity in _CHASED]
    if not chased:
        return
    Escalation.objects.live().filter(red_flag__in=chased).update(
        stopped_at=now, next_due_at=None, stopped_because="restarted by a graver finding"
    )
    _start(
        [
            _new(flag.severity, flag.category, ruleset, now, in_hospital=flag not in at_home, red_flag=flag)
            for flag in chased
        ],
        site=site,
        now=now,
    )


def stop_for_flags(*, flags: Sequence[RedFlag], because: str, now: datetime) -> None:
    if flags:
        Escalation.objects.live().filter(red_flag__in=flags).update(
            stopped_at=now, next_due_at=None, stopped_because=because
        )


def stop_for_task(*, task: ImagingTask, because: str, now: datetime) -> None:
    Escalation.objects.live().filter(imaging_task=task).update(
        stopped_at=now, next_due_at=None, stopped_because=because
    )


@transaction.atomic
def climb_due_ladders(*, now: datetime, limit: int = 200) -> int:
    """Take the steps that fell due, the longest overdue first; returns how many ladders climbed.

    The row lock decides between a step and an acknowledgement that come together: whoever has it first.
    """
    due = list(
        Escalation.objects.due(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("imaging_task__procedure__patient__site", "red_flag__procedure__patient__site")
        .order_by("next_due_at")[:limit]
    )
    by_site: dict[Site, list[Escalation]] = {}
    for escalation in due:
        by_site.setdefault(_subject(escalation).procedure.patient.site, []).append(escalation)
    for site, escalations in by_site.items():
        _take_due_steps(escalations, site=site, now=now)
        Escalation.objects.bulk_update(escalations, ["steps_taken", "next_due_at"])
    return len(due)


def _subject(escalation: Escalation) -> ImagingTask | RedFlag:
    subject = escalation.imaging_task or escalation.red_flag
    assert subject is not None  # noqa: S101 - a check constraint says so
    return subject


def _new(
    severity: str, category: str, ruleset: Ruleset, now: datetime, *, in_hospital: bool = True, **subject
) -> Escalation:
    ladder = ladder_for(Severity[severity], category, ruleset, in_hospital=in_hospital)
    return Escalation(ladder=ladder_as_json(ladder), started_at=now, next_due_at=now, **subject)


def _start(escalations: list[Escalation], *, site: Site, now: datetime) -> None:
    Escalation.objects.bulk_create(escalations)
    _take_due_steps(escalations, site=site, now=now)
    Escalation.objects.bulk_update(escalations, ["steps_taken", "next_due_at"])


def _take_due_steps(escalations: Sequence[Escalation], *, site: Site, now: datetime) -> None:
    steps: list[EscalationStep] = []
    for escalation in escalations:
        ladder = ladder_from_json(escalation.ladder)
        due = steps_due(ladder, escalation.started_at, escalation.steps_taken, now)
        # After a stop of the system many repeats may be due at once: one message a role is enough.
        latest_of_role = {step.role: step for step in due}
        steps += [
            EscalationStep(escalation=escalation, number=step.number, role=step.role, due_at=step.due_at, taken_at=now)
            for step in latest_of_role.values()
        ]
        if due:
            escalation.steps_taken = due[-1].number + 1
        escalation.next_due_at = next_due_at(ladder, escalation.started_at, escalation.steps_taken)
    EscalationStep.objects.bulk_create(steps)
    roles = {step.role for step in steps}
    outbox.queue_staff_alerts(
        steps=steps,
        recipients={role: people_on_duty(site=site, role=role, now=now) for role in roles},
        site=site,
        purpose=_purpose,
        now=now,
    )


def _purpose(step: EscalationStep) -> str:
    amber = _subject(step.escalation).severity == "AMBER"
    return OutgoingEmail.Purpose.ITEM_TO_CHECK if amber else OutgoingEmail.Purpose.URGENT_ITEM
