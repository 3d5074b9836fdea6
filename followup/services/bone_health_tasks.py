"""Gaps of secondary prevention as tasks: the daily job opens them and makes them graver, only people close them.

Nothing is e-mailed yet: the worklist and the chart show them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from followup.care_gaps import CareGap, GapState, care_gaps
from followup.models import BoneHealthReview, BoneHealthTask
from followup.red_flags.ruleset import Ruleset
from followup.services.bone_health_plan import plan_of, read_bone_health, site_day
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.models import Site, User
from patients.models import ChartEvent, Patient
from procedures.models import Procedure

State, Closed = BoneHealthTask.State, BoneHealthTask.Closed
_CAUSES = (Procedure.Aetiology.OSTEOPOROTIC, Procedure.Aetiology.UNKNOWN, Procedure.Aetiology.CANCER)


class TaskAlreadyClosed(ValueError):
    """Somebody closed the gap in the meantime."""


@dataclass
class _Changes:
    """What one look at some episodes writes, in few statements."""

    opened: list[BoneHealthTask] = field(default_factory=list)
    raised: list[BoneHealthTask] = field(default_factory=list)
    closed: list[BoneHealthTask] = field(default_factory=list)
    events: list[ChartEvent] = field(default_factory=list)

    def store(self) -> None:
        # Closed before opened: of one kind only one may be open.
        BoneHealthTask.objects.bulk_update(
            self.closed, ["state", "closed_at", "closed_by", "closed_because", "closing_words"]
        )
        BoneHealthTask.objects.bulk_update(
            self.raised, ["gap", "severity", "reason", "action", "ruleset_version", "due_on", "raised_at"]
        )
        BoneHealthTask.objects.bulk_create(self.opened)
        ChartEvent.objects.bulk_create(self.events)


@transaction.atomic
def find_care_gaps(*, now: datetime, limit: int = 200) -> int:
    """Look at episodes that were not looked at today, at most `limit`; returns how many.

    Each is looked at once a day of its site, whenever the job comes; a second run of the day finds nothing to do.
    """
    looked_at = 0
    for site in Site.objects.order_by("pk"):
        today = now.astimezone(site.zone).date()
        seen = BoneHealthReview.objects.filter(procedure=OuterRef("pk"), reviewed_on__gte=today)
        waiting = (
            _watched_episodes()
            .filter(~Exists(seen), patient__site=site, ended_at__lte=now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("patient__site")
            .order_by("pk")
        )
        episodes = list(waiting[: limit - looked_at])
        _look_at(episodes, ruleset=ruleset_of(site=site, at=now), now=now)
        looked_at += len(episodes)
        if looked_at >= limit:
            break
    return looked_at


def look_again(*, patient: Patient, because: str, by: User, now: datetime) -> None:
    """After a person recorded something: close what it answers, in his name, and open what it shows. Caller is atomic."""
    newest = _watched_episodes().filter(patient=patient).select_for_update(of=("self",)).select_related("patient__site")
    ruleset = ruleset_of(site=patient.site, at=now)
    _look_at(list(newest), ruleset=ruleset, now=now, by=by, because=because)


@transaction.atomic
def close_bone_health_task(*, task: BoneHealthTask, words: str, by: User, now: datetime) -> BoneHealthTask:
    """Close a gap with words. The same gap is not opened again; a graver one is. Raises TaskAlreadyClosed."""
    Procedure.objects.select_for_update().get(pk=task.procedure_id)
    task = BoneHealthTask.objects.select_related("procedure__patient", "closed_by").get(pk=task.pk)
    if task.state != State.OPEN:
        raise TaskAlreadyClosed(f"{task.closed_by} closed this in the meantime: {task.closing_words}")
    if not words.strip():
        raise ValueError("Say in a few words what was done.")
    changes = _Changes()
    _close(task, Closed.SAID, words, by, now, changes)
    changes.store()
    return task


def _watched_episodes() -> QuerySet[Procedure]:
    """Of each living patient the newest episode whose cause calls for a plan: no gap is shown twice."""
    of_cause = Procedure.objects.filter(aetiology__in=_CAUSES)
    newer = of_cause.filter(patient=OuterRef("patient"), ended_at__gt=OuterRef("ended_at"))
    return of_cause.filter(~Exists(newer), patient__life_status=Patient.LifeStatus.ALIVE)


def _look_at(
    episodes: Sequence[Procedure], *, ruleset: Ruleset, now: datetime, by: User | None = None, because: str = ""
) -> None:
    """Episodes of one site, whose locks the caller holds."""
    if not episodes:
        return
    rows = read_bone_health(episode.patient_id for episode in episodes)
    tasks: dict[int, list[BoneHealthTask]] = defaultdict(list)
    for task in BoneHealthTask.objects.filter(procedure__in=episodes).select_related("procedure__patient"):
        tasks[task.procedure_id].append(task)
    changes = _Changes()
    reviews = []
    for episode in episodes:
        today = site_day(episode, now)
        gaps = care_gaps(plan_of(episode, rows[episode.patient_id]), today, ruleset)
        _settle(
            episode, tasks[episode.pk], gaps, version=ruleset.version, today=today, now=now, by=by, because=because,
            changes=changes,
        )  # fmt: skip
        reviews.append(BoneHealthReview(procedure=episode, reviewed_on=today))
    changes.store()
    BoneHealthReview.objects.bulk_create(
        reviews, update_conflicts=True, unique_fields=["procedure"], update_fields=["reviewed_on"]
    )


def _settle(
    episode: Procedure,
    tasks: Iterable[BoneHealthTask],
    gaps: Sequence[CareGap],
    *,
    version: str,
    today: date,
    now: datetime,
    by: User | None,
    because: str,
    changes: _Changes,
) -> None:
    """Bring the tasks of an episode in line with its gaps. Without a person (`by`) nothing is closed."""
    known = list(tasks)
    waiting = {task.kind: task for task in known if task.state == State.OPEN}
    settled_with_words = {(task.gap, task.due_on) for task in known if task.closed_because == Closed.SAID}
    open_now = {gap.concern.value: gap for gap in gaps}
    for kind, task in list(waiting.items()):
        if by and _is_answered(task, open_now.get(kind)):
            _close(task, Closed.ANSWERED, because, by, now, changes)
            del waiting[kind]
    for kind, gap in open_now.items():
        due_on = gap.since_on or today
        said_of = {
            "gap": gap.state.value, "severity": gap.severity.name, "reason": gap.reason, "action": gap.action,
            "ruleset_version": version, "due_on": due_on,
        }  # fmt: skip
        if (gap.state.value, due_on) in settled_with_words:
            continue
        if kind not in waiting:
            task = BoneHealthTask(procedure=episode, kind=kind, opened_at=now, **said_of)
            changes.opened.append(task)
        elif _is_graver(gap, due_on, waiting[kind]):
            task = waiting[kind]
            for name, value in said_of.items():
                setattr(task, name, value)
            task.raised_at = now
            changes.raised.append(task)
        else:
            continue
        changes.events.append(_event(task, ChartEvent.Verb.RAISED_BONE_HEALTH_TASK, gap.reason, by, now))


def _is_answered(task: BoneHealthTask, gap: CareGap | None) -> bool:
    """No gap of the kind is left, or only a milder or a later one."""
    if gap is None or gap.state.rank < GapState(task.gap).rank:
        return True
    return gap.state == task.gap and gap.since_on is not None and gap.since_on > task.due_on


def _is_graver(gap: CareGap, due_on: date, task: BoneHealthTask) -> bool:
    return gap.state.rank > GapState(task.gap).rank or (gap.state == task.gap and due_on < task.due_on)


def _close(
    task: BoneHealthTask, how: BoneHealthTask.Closed, words: str, by: User, now: datetime, changes: _Changes
) -> None:
    task.state, task.closed_at, task.closed_by = State.DONE, now, by
    task.closed_because, task.closing_words = how, words
    changes.closed.append(task)
    changes.events.append(_event(task, ChartEvent.Verb.CLOSED_BONE_HEALTH_TASK, words, by, now))


def _event(task: BoneHealthTask, verb: str, words: str, by: User | None, now: datetime) -> ChartEvent:
    return ChartEvent.new(
        patient=task.procedure.patient, verb=verb, by=by, now=now, subject_id=task.public_id, reason=words, gap=task.gap
    )
