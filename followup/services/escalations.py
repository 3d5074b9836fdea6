"""Ladders: one for each hop of an open item. Start it, take the steps that fell due, stop it with the hop.

Each step tells people by rows of the outbox.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from followup.escalation_ladder import (
    Hop,
    Ladder,
    LadderKey,
    climbs_from,
    ladder_as_json,
    ladder_from_json,
    ladder_key,
    next_due_at,
    steps_due,
)
from followup.models import Escalation, EscalationNote, EscalationStep, ImagingTask, OutgoingEmail, RedFlag
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset
from followup.services import outbox
from followup.services.imaging_state import hop_of_task
from followup.services.site_ladders import ladder_of_hop, ladders_in_force, target_of
from followup.services.step_recipients import recipients_of
from kyphotrack.staff.models import Site, User

_CHASED = ("EMERGENT", "URGENT", "AMBER")


class NothingToNote(ValueError):
    """The item was moved on in the meantime, or nobody is called about it now."""


@dataclass(frozen=True)
class _Chased:
    """What is chased now, for which hop, by which ladder; `due_at`: where the item itself has the hop's target."""

    subject: ImagingTask | RedFlag
    key: LadderKey
    hop: Hop
    due_at: datetime | None


def start_for_tasks(*, tasks: Sequence[tuple[ImagingTask, str]], site: Site, ruleset: Ruleset, now: datetime) -> None:
    """Start the ladder of each task, anew where one was running, and take the steps that are due at once.

    With each task comes the category whose clock it follows.
    """
    if not tasks:
        return
    _stop(Escalation.objects.filter(imaging_task__in=[task for task, _category in tasks]), _RESTARTED, now)
    _start(
        [
            _Chased(task, ladder_key(Severity[task.severity], category), Hop.ACKNOWLEDGE, task.acknowledge_by)
            for task, category in tasks
        ],
        site=site,
        ruleset=ruleset,
        now=now,
    )


def start_for_flags(
    *, flags: Sequence[RedFlag], at_home: Collection[RedFlag] = (), site: Site, ruleset: Ruleset, now: datetime
) -> None:
    """Start the ladder of each flag that no imaging task chases, for what it waits for: an answer, or to be closed.

    `at_home`: those found on a patient who is at home.
    """
    chased = [flag for flag in flags if flag.severity in _CHASED]
    if not chased:
        return
    _stop(Escalation.objects.filter(red_flag__in=chased), _RESTARTED, now)
    keys = {
        flag: ladder_key(Severity[flag.severity], flag.category, in_hospital=flag not in at_home) for flag in chased
    }
    _start([_chased_flag(flag, key) for flag, key in keys.items()], site=site, ruleset=ruleset, now=now)


def next_hop_of_task(*, task: ImagingTask, because: str, ruleset: Ruleset, now: datetime) -> None:
    """A person moved the task: its clock stops, and that of the next hop starts. Where none is left, it only stops."""
    running = Escalation.objects.live().filter(imaging_task=task)
    # Where its ladder is missing it goes on with the fastest of its severity.
    key = _key_of(running) or ladder_key(Severity[task.severity], "CARDIORESPIRATORY")
    _stop(running, because, now)
    hop = hop_of_task(task)
    if hop is None:
        return
    due_at = {Hop.ACKNOWLEDGE: task.acknowledge_by, Hop.PERFORM: task.due_at}.get(hop)
    _start([_Chased(task, key, hop, due_at)], site=task.procedure.patient.site, ruleset=ruleset, now=now)


def next_hop_of_flag(*, flag: RedFlag, because: str, ruleset: Ruleset, now: datetime) -> None:
    """A person acknowledged a flag that has a ladder of its own: from now on it is chased until it is closed."""
    running = Escalation.objects.live().filter(red_flag=flag)
    key = _key_of(running)
    _stop(running, because, now)
    if key is None and flag.severity in _CHASED and not _has_open_task(flag):
        # Its ladder is missing: it goes on with the fastest of its severity.
        key = ladder_key(Severity[flag.severity], flag.category)
    if key:
        _start([_chased_flag(flag, key)], site=flag.procedure.patient.site, ruleset=ruleset, now=now)


def stop_for_flags(*, flags: Sequence[RedFlag], because: str, now: datetime) -> None:
    if flags:
        _stop(Escalation.objects.filter(red_flag__in=flags), because, now)


@transaction.atomic
def take_note(*, subject: ImagingTask | RedFlag, by: User, now: datetime) -> EscalationNote:
    """Somebody has seen that a hop is overdue. They get no more e-mail about it; the ladder goes on. Raises NothingToNote.

    The row lock decides between a note and a step that come together.
    """
    of_subject = {"imaging_task": subject} if isinstance(subject, ImagingTask) else {"red_flag": subject}
    escalation = Escalation.objects.live().select_for_update().filter(**of_subject).first()
    if escalation is None or not may_be_noted(escalation):
        raise NothingToNote("Nobody is called about this item now: it was moved on in the meantime.")
    note, _is_new = EscalationNote.objects.get_or_create(escalation=escalation, by=by, defaults={"at": now})
    return note


def may_be_noted(escalation: Escalation) -> bool:
    """Whoever sees an item that nobody has taken acknowledges it; a note is for a later hop that is overdue."""
    return escalation.hop != Hop.ACKNOWLEDGE and escalation.steps_taken > 0 and escalation.stopped_at is None


@transaction.atomic
def climb_due_ladders(*, now: datetime, limit: int = 200) -> int:
    """Take the steps that fell due, the longest overdue first; returns how many ladders climbed.

    The row lock decides between a step and a hop that come together: whoever has it first.
    """
    # The site alone, and not the items with their patients: a thousand of those cost more than all the rest.
    of_site = Coalesce("imaging_task__procedure__patient__site", "red_flag__procedure__patient__site")
    due = list(
        Escalation.objects.due(now)
        .select_for_update(skip_locked=True, of=("self",))
        .annotate(of_site=of_site)
        .order_by("next_due_at")[:limit]
    )
    by_site: dict[int, list[Escalation]] = {}
    for escalation in due:
        by_site.setdefault(escalation.of_site, []).append(escalation)
    sites = Site.objects.in_bulk(by_site)
    for site, escalations in by_site.items():
        _take_due_steps(escalations, site=sites[site], now=now)
    return len(due)


_RESTARTED = "restarted by a graver finding"


def _stop(escalations, because: str, now: datetime) -> None:
    escalations.live().update(stopped_at=now, next_due_at=None, stopped_because=because)


def _key_of(running) -> LadderKey | None:
    key = running.values_list("key", flat=True).first()
    return LadderKey(key) if key else None


def _chased_flag(flag: RedFlag, key: LadderKey) -> _Chased:
    if flag.state == RedFlag.State.OPEN:
        return _Chased(flag, key, Hop.ACKNOWLEDGE, flag.acknowledge_by)
    return _Chased(flag, key, Hop.CLOSE, None)


def _has_open_task(flag: RedFlag) -> bool:
    return flag.imaging_task is not None and hop_of_task(flag.imaging_task) is not None


def _start(chased: Iterable[_Chased], *, site: Site, ruleset: Ruleset, now: datetime) -> None:
    """A later hop whose target lies behind is called about at once."""
    chased = list(chased)
    ladders = ladders_in_force(site=site, keys={one.key for one in chased}, ruleset=ruleset)
    escalations = [_new(one, ladders[one.key], ruleset, now) for one in chased]
    Escalation.objects.bulk_create(escalations)
    due = [one for one in escalations if one.next_due_at and one.next_due_at <= now]
    if due:
        _take_due_steps(due, site=site, now=now)


def _new(one: _Chased, ladder: Ladder, ruleset: Ruleset, now: datetime) -> Escalation:
    ladder = ladder_of_hop(ladder, one.key, one.hop, ruleset)
    target_at = one.due_at or now + target_of(ladder, one.key, one.hop, ruleset)
    return Escalation(
        imaging_task=one.subject if isinstance(one.subject, ImagingTask) else None,
        red_flag=one.subject if isinstance(one.subject, RedFlag) else None,
        hop=one.hop,
        key=one.key,
        ladder=ladder_as_json(ladder),
        started_at=now,
        target_at=target_at,
        next_due_at=next_due_at(ladder, climbs_from(one.hop, now, target_at), 0),
    )


def _take_due_steps(escalations: Sequence[Escalation], *, site: Site, now: datetime) -> None:
    steps: list[EscalationStep] = []
    were_due_at = {escalation.pk: escalation.next_due_at for escalation in escalations}
    for escalation in escalations:
        ladder = ladder_from_json(escalation.ladder)
        due = steps_due(ladder, escalation.climbs_from, escalation.steps_taken, now)
        # After a stop of the system many repeats may be due at once: one message a rung's people is enough.
        latest = {(step.rung.role, step.rung.person, step.rung.channel): step for step in due}
        steps += [
            EscalationStep(
                escalation=escalation,
                number=step.number,
                role=step.rung.role,
                person_id=step.rung.person,
                channel=step.rung.channel,
                due_at=step.due_at,
                taken_at=now,
            )
            for step in sorted(latest.values(), key=lambda step: step.number)
        ]
        if due:
            escalation.steps_taken = due[-1].number + 1
        escalation.next_due_at = next_due_at(ladder, escalation.climbs_from, escalation.steps_taken)
    EscalationStep.objects.bulk_create(steps)
    recipients = recipients_of(steps=steps, site=site, now=now)
    for step in steps:
        if recipients.reaches_nobody_left(step):
            step.escalation.nobody_left_since = step.escalation.nobody_left_since or now
        elif recipients.by_step[step]:
            step.escalation.nobody_left_since = None
    _store_climbed(escalations, were_due_at)
    outbox.queue_staff_alerts(steps=steps, recipients=recipients.by_step, site=site, purpose=_purpose, now=now)


def _store_climbed(escalations: Iterable[Escalation], were_due_at: Mapping[int, datetime | None]) -> None:
    """One statement for all that climb by the same step: `bulk_update` makes a CASE of each row, walked for each row."""
    alike: dict[tuple[int, timedelta, datetime | None], list[int]] = defaultdict(list)
    for one in escalations:
        before = were_due_at[one.pk]
        assert before and one.next_due_at  # noqa: S101 - a live ladder has a next step
        alike[one.steps_taken, one.next_due_at - before, one.nobody_left_since].append(one.pk)
    for (steps_taken, waits, nobody_left_since), keys in alike.items():
        Escalation.objects.filter(pk__in=keys).update(
            steps_taken=steps_taken, next_due_at=F("next_due_at") + waits, nobody_left_since=nobody_left_since
        )


def _purpose(step: EscalationStep) -> str:
    amber = LadderKey(step.escalation.key).is_amber
    return OutgoingEmail.Purpose.ITEM_TO_CHECK if amber else OutgoingEmail.Purpose.URGENT_ITEM
