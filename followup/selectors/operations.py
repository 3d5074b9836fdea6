"""What the operations page and the readiness check read."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q

from followup.models import ImagingTask, JobRun, OutgoingEmail, RedFlag
from followup.services import watchdog
from followup.services.broker import broker_answers
from followup.watch import CANARY, Problem, Watch
from kyphotrack.staff.models import User

State = OutgoingEmail.State


@dataclass(frozen=True)
class UnsentMail:
    """How many e-mails wait in one state, and since when the oldest does."""

    words: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Operations:
    """The machinery at a glance. Only `tasks` and `flags` name open items, and only those that the reader may open."""

    watch: Watch
    runs: tuple[JobRun, ...]
    round_trips: tuple[JobRun, ...]
    unsent: tuple[UnsentMail, ...]
    tasks: tuple[ImagingTask, ...]
    flags: tuple[RedFlag, ...]


def operations(*, user: User, watch: Watch, now: datetime) -> Operations:
    runs = list(JobRun.objects.order_by("job", "kept_by"))
    unsent = OutgoingEmail.objects.filter(state__in=[State.QUEUED, State.FAILED, State.CLAIMED])
    by_state = unsent.values("state").annotate(count=Count("pk"), since=Min("created_at")).order_by("state")
    chased = [
        one.pk
        for one in (
            *watchdog.stalled_escalations(now),
            *watchdog.frozen_escalations(now),
            *watchdog.told_nobody(now),
            *watchdog.all_told_none_acted(),
        )
    ]
    tasks = ImagingTask.objects.visible_to(user).filter(
        Q(pk__in=watchdog.tasks_without_next_step()) | Q(escalations__in=chased)
    )
    flags = RedFlag.objects.visible_to(user).filter(
        Q(pk__in=watchdog.flags_without_next_step()) | Q(escalations__in=chased)
    )
    return Operations(
        watch=watch,
        runs=tuple(run for run in runs if not run.job.startswith(CANARY)),
        round_trips=tuple(run for run in runs if run.job.startswith(CANARY)),
        unsent=tuple(UnsentMail(State(one["state"]).label, one["count"], one["since"]) for one in by_state),
        tasks=tuple(tasks.distinct().order_by("requested_at")[:50]),
        flags=tuple(flags.distinct().order_by("raised_at")[:50]),
    )


def banner(*, now: datetime) -> Watch:
    """What every staff page says of the machinery. It never keeps a page from opening."""
    try:
        return watchdog.last_report(now=now)
    except DatabaseError:
        return Watch(now, (Problem("CLOCKS_STOPPED"),))


def readiness(*, now: datetime) -> dict[str, bool]:
    """Whether each part does its work; no identifiers. The broker counts only where Celery is meant to run."""
    try:
        report = watchdog.last_report(now=now)
    except DatabaseError:
        return {"database": False, "broker": _broker(), "timetable": False, "escalations": False}
    return {
        "database": True,
        "broker": _broker(),
        "timetable": not any(problem.code == "CLOCKS_STOPPED" for problem in report.problems),
        "escalations": report.escalations_run,
    }


def _broker() -> bool:
    return "CELERY" not in settings.WATCHED_CLOCKS or broker_answers()
