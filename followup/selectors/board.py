"""The ward board: every watched patient of my sites, the most dangerous first and then the longest overdue."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from django.db.models import Exists, F, OuterRef, Q

from followup.models import (
    Escalation,
    HandedOverPatient,
    ImagingTask,
    MonitoringSlot,
    MonitoringStatus,
    Observation,
    RedFlag,
    Severity,
    ShiftHandover,
)  # fmt: skip
from followup.models.monitoring_status import DANGER, MonitoringStatusQuerySet
from followup.models.red_flag import RED
from followup.selectors.chase import Chase, live_chases
from followup.selectors.imaging_task import TaskClock, is_open, modality_words, task_clock
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability, sites_of
from procedures.models import Procedure, TreatedLevel
from procedures.vertebrae import LEVELS

# My patients are those of a shift that I accepted and that lasts, and those for whom I logged so recently: a long shift,
# as long as a session (the project's own).
SHIFT = timedelta(hours=12)
_COLUMNS = (
    "danger", "next_due_at", "next_due_grace_ends_at", "next_due_neuro", "next_due_place", "news2_total",
    "news2_lower_bound", "news2_band", "news2_measured_at", "next_due_only",
    "pain", "pain_change_since_nadir", "pain_change_since_baseline", "neurology",
    "neurology_checked_at", "not_ruled_out",
)  # fmt: skip


class Lateness(Enum):
    """Of the next due check. Late means past its grace, as the schedule counts it (clinical-spec 5.1)."""

    NOTHING_DUE = "nothing due"
    AHEAD = "ahead"
    DUE = "due"
    LATE = "late"


@dataclass(frozen=True)
class Change:
    """By how many points pain is up, down or the same."""

    direction: str
    points: Decimal


@dataclass(frozen=True)
class FlagOnBoard:
    public_id: uuid.UUID
    rule_code: str
    title: str
    severity: Severity
    acknowledged: bool
    unsupported: bool
    chase: Chase | None


@dataclass(frozen=True)
class TaskOnBoard:
    public_id: uuid.UUID
    what: str
    state: str
    clock: TaskClock
    chase: Chase | None


@dataclass(frozen=True)
class BoardRow:
    """One patient. Scores and changes are None where nothing was measured, which is not the same as normal."""

    procedure_id: uuid.UUID
    bed: str
    patient_name: str
    record_number: str
    site: str
    time_zone: str
    at_home: bool
    time_zero: datetime
    kind: str
    levels: tuple[str, ...]
    gravest: Severity | None
    next_due_at: datetime | None
    lateness: Lateness
    full_neurology_due: bool
    only_due: str
    news2: int | None
    news2_at_least: int | None
    news2_band: str | None
    news2_measured_at: datetime | None
    pain: Decimal | None
    since_nadir: Change | None
    since_baseline: Change | None
    neurology: str
    neurology_checked_at: datetime | None
    flags: tuple[FlagOnBoard, ...]
    tasks: tuple[TaskOnBoard, ...]
    not_ruled_out: int | None
    may_log: bool
    mine: bool


@dataclass(frozen=True)
class Board:
    rows: tuple[BoardRow, ...]
    as_of: datetime
    several_sites: bool
    time_zone: str

    @property
    def with_red_flags(self) -> int:
        return sum(row.gravest in RED for row in self.rows)

    @property
    def late(self) -> int:
        return sum(row.lateness is Lateness.LATE for row in self.rows)


def ward_board(*, user: User, now: datetime) -> Board:
    """The whole board in four statements, whatever the number of patients."""
    return board_of(MonitoringStatus.objects.visible_to(user).watched(now), user=user, now=now)


def board_of(watched: MonitoringStatusQuerySet, *, user: User, now: datetime) -> Board:
    """The lines of these patients, all of them visible to this person."""
    statuses = list(_lines(watched, user, now))
    if not statuses:
        home = sites_of(user).order_by("pk").first()
        return Board(rows=(), as_of=now, several_sites=False, time_zone=home.time_zone if home else "UTC")
    levels = _levels(watched)
    flags, tasks = _flags_and_tasks(watched)
    rows = tuple(
        _row(status, levels[status["procedure_id"]], flags[status["procedure_id"]], tasks[status["procedure_id"]], now)
        for status in statuses
    )
    zones = {row.time_zone for row in rows}
    return Board(
        rows=rows,
        as_of=now,
        several_sites=len({row.site for row in rows}) > 1,
        time_zone=zones.pop() if len(zones) == 1 else "UTC",
    )


def _lines(watched: MonitoringStatusQuerySet, user: User, now: datetime) -> Iterable[dict]:
    may_log = sites_of(user, Capability.RECORD_OBSERVATION).filter(pk=OuterRef("procedure__patient__site"))
    logged = Observation.objects.filter(
        procedure=OuterRef("procedure"), recorded_by=user, recorded_at__gt=now - SHIFT, recorded_at__lte=now
    )
    accepted = HandedOverPatient.objects.filter(
        procedure=OuterRef("procedure"), handover__in=ShiftHandover.objects.filter(accepted_by=user).lasting(now)
    )
    return (
        watched.annotate(may_log=Exists(may_log), mine=Exists(logged) | Exists(accepted))
        .order_by("danger", F("next_due_at").asc(nulls_last=True), "pk")
        .values(
            *_COLUMNS,
            "may_log",
            "mine",
            "procedure_id",
            public_id=F("procedure__public_id"),
            time_zero=F("procedure__ended_at"),
            kind=F("procedure__kind"),
            bed=F("procedure__bed"),
            discharged_at=F("procedure__discharged_at"),
            family_name=F("procedure__patient__family_name"),
            given_name=F("procedure__patient__given_name"),
            record_number=F("procedure__patient__medical_record_number"),
            site=F("procedure__patient__site__name"),
            time_zone=F("procedure__patient__site__time_zone"),
        )
    )


def _levels(watched: MonitoringStatusQuerySet) -> dict[int, tuple[str, ...]]:
    treated: dict[int, list[str]] = defaultdict(list)
    rows = TreatedLevel.objects.filter(procedure__in=watched.values("procedure"))
    for procedure, level in rows.values_list("procedure_id", "level"):
        treated[procedure].append(level)
    return defaultdict(
        tuple, {procedure: tuple(sorted(levels, key=LEVELS.index)) for procedure, levels in treated.items()}
    )


def _flags_and_tasks(
    watched: MonitoringStatusQuerySet,
) -> tuple[dict[int, list[FlagOnBoard]], dict[int, list[TaskOnBoard]]]:
    """Open flags, and open tasks by way of their flags: each was asked for by one, which may be closed already."""
    flags: dict[int, list[FlagOnBoard]] = defaultdict(list)
    tasks: dict[int, dict[int, TaskOnBoard]] = defaultdict(dict)
    wanted = RedFlag.objects.open() | RedFlag.objects.filter(imaging_task__in=ImagingTask.objects.open())
    rows = wanted.filter(procedure__in=watched.values("procedure")).select_related("imaging_task").order_by("pk")
    of_episodes = watched.values("procedure")
    chase_of_task, chase_of_flag = live_chases(
        Escalation.objects.filter(Q(imaging_task__procedure__in=of_episodes) | Q(red_flag__procedure__in=of_episodes))
    )
    for flag in rows:
        if flag.state != RedFlag.State.CLOSED:
            flags[flag.procedure_id].append(_flag(flag, chase_of_flag.get(flag.pk)))
        task = flag.imaging_task
        if task and is_open(task):
            tasks[flag.procedure_id][task.pk] = TaskOnBoard(
                task.public_id,
                modality_words(task.modality),
                task.get_state_display(),
                task_clock(task),
                chase_of_task.get(task.pk),
            )
    for found in flags.values():
        found.sort(key=lambda flag: DANGER[flag.severity])
    return flags, defaultdict(list, {procedure: list(found.values()) for procedure, found in tasks.items()})


def _flag(flag: RedFlag, chase: Chase | None) -> FlagOnBoard:
    return FlagOnBoard(
        public_id=flag.public_id,
        rule_code=flag.rule_code,
        title=flag.rule_title,
        severity=Severity(flag.severity),
        acknowledged=flag.state == RedFlag.State.ACKNOWLEDGED,
        unsupported=flag.unsupported_since is not None,
        chase=chase,
    )


def _row(
    status: dict, levels: tuple[str, ...], flags: Iterable[FlagOnBoard], tasks: Iterable[TaskOnBoard], now: datetime
) -> BoardRow:
    gravest = next((Severity(name) for name, rank in DANGER.items() if rank == status["danger"]), None)
    partial = status["news2_total"] is None and status["news2_lower_bound"] is not None
    return BoardRow(
        procedure_id=status["public_id"],
        bed=status["bed"],
        patient_name=", ".join(filter(None, (status["family_name"], status["given_name"]))),
        record_number=status["record_number"],
        site=status["site"],
        time_zone=status["time_zone"],
        at_home=status["discharged_at"] is not None or status["next_due_place"] == MonitoringSlot.Place.HOME,
        time_zero=status["time_zero"],
        kind=Procedure.Kind(status["kind"]).label,
        levels=levels,
        gravest=gravest,
        next_due_at=status["next_due_at"],
        lateness=_lateness(status["next_due_at"], status["next_due_grace_ends_at"], now),
        full_neurology_due=status["next_due_neuro"] == MonitoringSlot.Neuro.FULL
        and status["next_due_only"] in ("", MonitoringSlot.Only.NEUROLOGY),
        only_due=MonitoringSlot.Only(status["next_due_only"]).label if status["next_due_only"] else "",
        news2=status["news2_total"],
        news2_at_least=status["news2_lower_bound"] if partial else None,
        news2_band=status["news2_band"] or None,
        news2_measured_at=status["news2_measured_at"],
        pain=status["pain"],
        since_nadir=_change(status["pain_change_since_nadir"]),
        since_baseline=_change(status["pain_change_since_baseline"]),
        neurology=status["neurology"],
        neurology_checked_at=status["neurology_checked_at"],
        flags=tuple(flags),
        tasks=tuple(tasks),
        not_ruled_out=status["not_ruled_out"],
        may_log=status["may_log"],
        mine=status["mine"],
    )


def _change(points: Decimal | None) -> Change | None:
    if points is None:
        return None
    return Change("up" if points > 0 else "down" if points < 0 else "same", abs(points))


def _lateness(due_at: datetime | None, grace_ends_at: datetime | None, now: datetime) -> Lateness:
    if due_at is None or grace_ends_at is None:
        return Lateness.NOTHING_DUE
    if due_at > now:
        return Lateness.AHEAD
    return Lateness.LATE if grace_ends_at < now else Lateness.DUE
