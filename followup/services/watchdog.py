"""The auditor (law 10): derives from the clinical facts what should be under way, and counts what is not.

There is no look-back: an item is judged for as long as it is open. Every statement reads a partial index of what is
open or unsent, so that its cost follows the open work and not the history.
"""

import shutil
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from followup.escalation_ladder import Hop, ladder_from_json, longest_wait
from followup.models import (
    Escalation,
    ImagingTask,
    ImagingTaskHop,
    JobRun,
    OutgoingEmail,
    RedFlag,
    WatchdogReport,
)
from followup.models.escalation import EscalationQuerySet
from followup.models.imaging_task import ImagingTaskQuerySet
from followup.models.red_flag import RedFlagQuerySet
from followup.services.missed_checks import missed_slots
from followup.watch import CLOCK_SILENT_AFTER, Counted, Measured, Problem, Run, Watch, judge

Clock = Callable[[], datetime]
Task, Mail = ImagingTask.State, OutgoingEmail.State

# How long a healthy system may take for a step that fell due.
GRACE = timedelta(seconds=60)
_MISSED_GRACE = timedelta(minutes=3)
# With the 15 s between two looks: seen within 90 s. One busy answer is no silence: tried within 15 s of its making, asked
# again after the outbox's 40 s, and that at the next turn of a clock, it is gone by 70 s.
_URGENT_MAIL_WAITS = timedelta(seconds=70)
_MAIL_WAITS = timedelta(minutes=10)
# The longest pause between two tries of one e-mail is half an hour.
_LONGEST_RETRY = timedelta(hours=1)
_CHASED = ("EMERGENT", "URGENT", "AMBER")


def look(*, jobs: Collection[str], clock: Clock) -> Watch:
    """Look at everything once. `jobs` are the names of this release's jobs."""
    now = clock()
    measured = Measured(
        rows=_rows(now),
        runs=tuple(
            Run(run.job, run.kept_by, run.started_at, run.finished_at, run.last_error) for run in JobRun.objects.all()
        ),
        database_ahead=_database_ahead(clock),
        free_disk=_free_disk(),
    )
    return judge(measured, jobs=jobs, clocks=settings.WATCHED_CLOCKS, now=now)


def tasks_without_next_step() -> ImagingTaskQuerySet:
    """Open scans with no live ladder, whatever they wait for; or that were acknowledged by nobody."""
    live = Escalation.objects.live().filter(imaging_task=OuterRef("pk"))
    moved_by_a_person = ImagingTaskHop.objects.filter(task=OuterRef("pk"), by__isnull=False)
    return ImagingTask.objects.open().filter(
        ~Exists(live) | Q(acknowledged_at__isnull=False) & ~Exists(moved_by_a_person)
    )


def flags_without_next_step() -> RedFlagQuerySet:
    """Flags that nobody closed, with no live ladder of their own and no open scan that is chased for them."""
    live = Escalation.objects.live().filter(red_flag=OuterRef("pk"))
    return (
        RedFlag.objects.open()
        .filter(severity__in=_CHASED)
        .filter(Q(imaging_task__isnull=True) | Q(imaging_task__state__in=[Task.COMPLETED, Task.CANCELLED]))
        .filter(~Exists(live))
    )


def stalled_escalations(now: datetime) -> EscalationQuerySet:
    return Escalation.objects.live().filter(next_due_at__lt=now - GRACE)


def frozen_escalations(now: datetime) -> list[Escalation]:
    """Live ladders whose next step lies further off than any step of theirs can."""
    # No default ladder repeats faster than each five minutes, so that the rest need not be read.
    far_off = Escalation.objects.live().filter(next_due_at__gt=now + timedelta(minutes=5))
    return [
        one
        for one in far_off.select_related("imaging_task", "red_flag")
        if one.next_due_at and one.next_due_at > max(now, _climbs_from(one)) + _longest_wait(one) + GRACE
    ]


def told_nobody(now: datetime) -> EscalationQuerySet:
    """Live ladders whose first step fell due and that have no message: nobody could be found, or the rows are gone."""
    messages = OutgoingEmail.objects.filter(escalation_step__escalation=OuterRef("pk"))
    fell_due = Q(hop=Hop.ACKNOWLEDGE, started_at__lt=now - GRACE) | Q(
        target_at__lt=now - GRACE, started_at__lt=now - GRACE
    )
    return Escalation.objects.live().filter(~Exists(messages)).filter(fell_due, nobody_left_since__isnull=True)


def all_told_none_acted() -> EscalationQuerySet:
    return Escalation.objects.live().filter(nobody_left_since__isnull=False)


@transaction.atomic
def store_report(*, watch: Watch) -> None:
    """Write the one row that every page reads."""
    findings = [
        {
            "code": problem.code,
            "count": problem.count,
            "since": problem.since.isoformat() if problem.since else None,
            "detail": problem.detail,
        }
        for problem in watch.problems
    ]
    WatchdogReport.objects.bulk_create(
        [WatchdogReport(pk=WatchdogReport.ONLY, looked_at=watch.looked_at, findings=findings)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["looked_at", "findings"],
    )


def last_report(*, now: datetime) -> Watch:
    """What the watchdog found last, in one statement. That it has not looked for long is itself the first problem."""
    report = WatchdogReport.objects.filter(pk=WatchdogReport.ONLY).first()
    if report is None:
        return Watch(now, (Problem("CLOCKS_STOPPED"),))
    problems = tuple(
        Problem(
            one["code"], one["count"], datetime.fromisoformat(one["since"]) if one["since"] else None, one["detail"]
        )
        for one in report.findings
    )
    if now - report.looked_at > CLOCK_SILENT_AFTER:
        stopped = Problem("CLOCKS_STOPPED", since=report.looked_at)
        problems = (stopped, *(problem for problem in problems if problem.code != stopped.code))
    return Watch(report.looked_at, problems)


def _rows(now: datetime) -> dict[str, Counted]:
    tasks = _count(tasks_without_next_step(), "requested_at")
    flags = _count(flags_without_next_step(), "raised_at")
    frozen = frozen_escalations(now)
    unsent = OutgoingEmail.objects.filter(state__in=[Mail.QUEUED, Mail.FAILED])
    urgent = unsent.filter(queue=OutgoingEmail.Queue.URGENT).filter(
        Q(created_at__lt=now - _URGENT_MAIL_WAITS) | Q(due_at__gt=now + _LONGEST_RETRY)
    )
    other = unsent.filter(queue=OutgoingEmail.Queue.MAIL).filter(
        # Given back untried by a server that nobody reaches; its due time moves on with each try.
        Q(due_at__lt=now - _MAIL_WAITS) | Q(state=Mail.FAILED, attempts=0, created_at__lt=now - _MAIL_WAITS)
    )
    claimed = OutgoingEmail.objects.filter(state=Mail.CLAIMED, claimed_until__lt=now - GRACE)
    dead = OutgoingEmail.objects.filter(state=Mail.DEAD, escalation_step__escalation__stopped_at__isnull=True)
    return {
        "NO_NEXT_STEP": Counted(
            tasks.count + flags.count, min((one for one in (tasks.since, flags.since) if one), default=None)
        ),
        "STALLED": _count(stalled_escalations(now), "next_due_at"),
        "FROZEN": Counted(len(frozen), min((one.started_at for one in frozen), default=None)),
        "TOLD_NOBODY": _count(told_nobody(now), "started_at"),
        "ALL_TOLD_NONE_ACTED": _count(all_told_none_acted(), "nobody_left_since"),
        "URGENT_MAIL_WAITS": _count(urgent, "created_at"),
        "MAIL_WAITS": _count(other, "due_at"),
        "MAIL_CLAIMED": _count(claimed, "claimed_until"),
        "MAIL_DEAD": _count(dead, "created_at"),
        "SLOTS_UNMARKED": _count(missed_slots(now - _MISSED_GRACE), "grace_ends_at"),
    }


def _count(rows: QuerySet, since: str) -> Counted:
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(F(since)))
    return Counted(found["count"], found["since"])


def _longest_wait(escalation: Escalation) -> timedelta:
    return longest_wait(ladder_from_json(escalation.ladder))


def _climbs_from(escalation: Escalation) -> datetime:
    """From when on it may climb at the latest; not read off the row's own target, which may itself be wrong."""
    if escalation.hop == Hop.ACKNOWLEDGE:
        return escalation.started_at
    if escalation.hop == Hop.PERFORM and escalation.imaging_task:
        return max(escalation.started_at, escalation.imaging_task.due_at)
    target = ladder_from_json(escalation.ladder).targets.get(Hop(escalation.hop), timedelta())
    return escalation.started_at + target


def _database_ahead(clock: Clock) -> timedelta:
    """How far the database's clock is ahead of this process's; SQLite has none of its own."""
    if connection.vendor != "postgresql":
        return timedelta()
    before = clock()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    after = clock()
    # The answer was given somewhere between the two readings.
    return there.astimezone(UTC) - (before + (after - before) / 2)


def _free_disk() -> dict[str, float]:
    free = {}
    for folder in settings.WATCHED_FOLDERS:
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            continue  # not every folder can be read from where this runs
        free[str(folder)] = usage.free / usage.total
    return free
