"""What the watchdog makes of what it measured: problems in words, each with what to do. Pure.

Nothing here depends on how long ago a thing went wrong: an oversight of last month is as loud as one of today.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# The limits are the project's own (operations, not clinical-spec). A clock that runs well looks each 15 to 60 s.
CLOCK_SILENT_AFTER = timedelta(seconds=90)
WORKER_SILENT_AFTER = timedelta(seconds=120)
# Jobs whose timetable gives them a longer pause than the clocks' own.
SLOW_JOBS = {"find_care_gaps": timedelta(minutes=45), "renew_fallback_file": timedelta(minutes=30)}
CLOCK_SKEW = timedelta(seconds=5)
LEAST_FREE_DISK = 0.10
QUEUES = ("urgent", "mail", "bulk")
CANARY = "canary:"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its words, what an operator does, and whether alarms may fail to reach people."""

    words: str
    to_do: str
    grave: bool = False
    stops_escalation: bool = False


_PHONE = "A physician opens each one, phones where it is urgent, and acknowledges it; it is then in a person's hands."
KINDS: dict[str, Kind] = {
    "CLOCKS_STOPPED": Kind(
        "No clock runs: ladders do not climb and no e-mail is sent",
        "Start `celery -A kyphotrack beat` and a worker, or `manage.py tick --loop`; either is enough.",
        grave=True,
    ),
    "NO_NEXT_STEP": Kind("Open flags or scans with no next step: nobody is called about them", _PHONE, True, True),
    "STALLED": Kind(
        "Open flags or scans whose next call is overdue",
        "Read the log of the job climb_ladders, and run `manage.py run_timetable_once`. " + _PHONE,
        grave=True,
        stops_escalation=True,
    ),
    "FROZEN": Kind("Open flags or scans whose next call lies further off than their ladder allows", _PHONE, True, True),
    "TOLD_NOBODY": Kind(
        "Open flags or scans of which no message was ever made",
        "See that the site has active members for each role, and people on duty. " + _PHONE,
        grave=True,
        stops_escalation=True,
    ),
    "ALL_TOLD_NONE_ACTED": Kind(
        "Overdue flags or scans that everyone has seen and nobody moved on: nobody is left to call",
        "The lead clinician opens each one, decides who acts, and sees that it is moved on.",
        grave=True,
    ),
    "URGENT_MAIL_WAITS": Kind(
        "Escalation e-mails that did not get out",
        "Run `manage.py doctor`: it greets the mail server. Phone the physician on call until the mail flows.",
        grave=True,
    ),
    "MAIL_WAITS": Kind("Other e-mails that wait too long", "Run `manage.py doctor`: it greets the mail server."),
    "MAIL_CLAIMED": Kind(
        "E-mails whose sender stopped half-way and which nobody took over",
        "See that a worker of the queues urgent and mail runs; it takes them over by itself.",
    ),
    "MAIL_DEAD": Kind(
        "E-mails about open items that were given up",
        "Phone the recipients, mend their addresses, and let the item be acknowledged.",
        grave=True,
    ),
    "SLOTS_UNMARKED": Kind(
        "Checks that nobody did and that were not marked as missed",
        "Read the log of the job mark_missed_slots; look at the overdue patients on the board meanwhile.",
    ),
    "WORKER_SILENT": Kind(
        "Celery does not answer on the queue", "Restart the worker with --queues urgent,mail,bulk, and the broker."
    ),
    "CLOCK_SILENT": Kind("A clock that should run is silent", "Start it again, or take it out of WATCHED_CLOCKS."),
    "JOB_SILENT": Kind("A job has not come to its end for long", "Read its log; the clock itself runs."),
    "JOB_FAILS": Kind("A job fails", "Read its log; what it should have handled waits."),
    "CLOCK_SKEW": Kind(
        "The clocks of the program and of the database differ", "Mend the time service (NTP) of both machines."
    ),
    "DISK_LOW": Kind("A disk is nearly full", "Make room before the database must stop."),
}


@dataclass(frozen=True)
class Problem:
    """One problem as it was found. `detail` names a job, a queue, a clock or a folder, and never a patient."""

    code: str
    count: int | None = None
    since: datetime | None = None
    detail: str = ""

    @property
    def kind(self) -> Kind:
        # A report may have been written by another release.
        return KINDS.get(self.code, Kind("A problem that this release does not know", "Run `manage.py doctor`.", True))

    @property
    def words(self) -> str:
        said = self.detail or ("" if self.count is None else str(self.count))
        return f"{self.kind.words}: {said}." if said else f"{self.kind.words}."

    @property
    def to_do(self) -> str:
        return self.kind.to_do

    @property
    def grave(self) -> bool:
        return self.kind.grave


@dataclass(frozen=True)
class Watch:
    """What one look found, the gravest first."""

    looked_at: datetime
    problems: tuple[Problem, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.problems

    @property
    def grave(self) -> bool:
        return any(problem.grave for problem in self.problems)

    @property
    def escalations_run(self) -> bool:
        return not any(problem.kind.stops_escalation for problem in self.problems)


@dataclass(frozen=True)
class Run:
    """The last run of a job by one clock."""

    job: str
    kept_by: str
    started_at: datetime
    finished_at: datetime | None
    error: str = ""


@dataclass(frozen=True)
class Counted:
    """How many rows are wrong in one way, and since when the oldest is."""

    count: int
    since: datetime | None = None


@dataclass(frozen=True)
class Measured:
    """What the queries brought. `rows` by the code of the problem; `free_disk` is a share of each folder's disk."""

    rows: Mapping[str, Counted]
    runs: tuple[Run, ...]
    database_ahead: timedelta
    free_disk: Mapping[str, float]


def judge(measured: Measured, *, jobs: Collection[str], clocks: Collection[str], now: datetime) -> Watch:
    """The problems in it. `jobs` are those of this release, `clocks` those that the site means to run."""
    problems = [
        *_clock_problems(measured.runs, jobs, clocks, now),
        *(Problem(code, found.count, found.since) for code, found in measured.rows.items() if found.count),
    ]
    if abs(measured.database_ahead) > CLOCK_SKEW:
        problems.append(Problem("CLOCK_SKEW", detail=f"{abs(measured.database_ahead).total_seconds():.0f} s"))
    problems += [
        Problem("DISK_LOW", detail=f"{folder} has {free:.0%} left")
        for folder, free in measured.free_disk.items()
        if free < LEAST_FREE_DISK
    ]
    order = list(KINDS)
    return Watch(now, tuple(sorted(problems, key=lambda one: (not one.grave, order.index(one.code)))))


def _clock_problems(
    runs: Collection[Run], jobs: Collection[str], clocks: Collection[str], now: datetime
) -> list[Problem]:
    newest = _newest(runs)
    if newest is None or now - newest > CLOCK_SILENT_AFTER:
        return [Problem("CLOCKS_STOPPED", since=newest)]
    problems = []
    for job in jobs:
        of_job = [run for run in runs if run.job == job]
        latest = max(of_job, key=lambda run: run.started_at, default=None)
        if latest and latest.error:
            problems.append(Problem("JOB_FAILS", since=latest.finished_at, detail=f"{job}, {latest.error}"))
        elif latest and _is_silent(of_job, SLOW_JOBS.get(job, CLOCK_SILENT_AFTER), now):
            problems.append(Problem("JOB_SILENT", since=_newest(of_job), detail=job))
    for clock in clocks:
        if clock == "CELERY":
            # A row that came through timetable, broker and worker of the queue: a process that lives proves nothing.
            silent = [
                queue
                for queue in QUEUES
                if _is_silent([run for run in runs if run.job == CANARY + queue], WORKER_SILENT_AFTER, now)
            ]
            if silent:
                problems.append(Problem("WORKER_SILENT", detail=", ".join(silent)))
        elif _is_silent([run for run in runs if run.kept_by == clock], CLOCK_SILENT_AFTER, now):
            problems.append(Problem("CLOCK_SILENT", detail=clock.lower()))
    return problems


def _newest(runs: Collection[Run]) -> datetime | None:
    return max((run.finished_at for run in runs if run.finished_at), default=None)


def _is_silent(runs: Collection[Run], limit: timedelta, now: datetime) -> bool:
    newest = _newest(runs)
    return newest is None or now - newest > limit
