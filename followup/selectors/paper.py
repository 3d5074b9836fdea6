"""What a ward needs on paper when nothing runs: who is watched, what is open, and when the next sets are due."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q

from followup.models import ImagingTask, MonitoringSlot, MonitoringStatus, RedFlag
from followup.models.monitoring_status import DANGER, NO_FLAG
from followup.red_flags.rules import RULES
from followup.selectors.imaging_task import TaskClock, task_clock
from followup.selectors.paper_form import FULL_COLUMNS, ROUTINE_COLUMNS
from kyphotrack.staff.models import Site
from procedures.models import Procedure
from procedures.vertebrae import LEVELS

# What the nurse with a pen must not miss: the names of the emergent rules, each once.
EMERGENT_TITLES = tuple(dict.fromkeys(rule.title for rule in RULES if rule.severity.name == "EMERGENT"))


@dataclass(frozen=True)
class ImagingOnPaper:
    state: str
    clock: TaskClock


@dataclass(frozen=True)
class PaperPatient:
    """One patient: `age` in whole years at the time of printing; `slots` are the open sets, the earliest first."""

    procedure: Procedure
    age: int
    levels: tuple[str, ...]
    flags: tuple[RedFlag, ...]
    imaging: tuple[ImagingOnPaper, ...]
    slots: tuple[MonitoringSlot, ...]
    late: int

    @property
    def needs_chart(self) -> bool:
        """Also where nothing is due any more: who is still on the ward may get worse."""
        return bool(self.slots) or self.procedure.discharged_at is None

    @property
    def routine_pages(self) -> Sequence[tuple[MonitoringSlot | None, ...]]:
        """The columns of each page of checks: a due time each, and empty ones for what nobody has planned."""
        return _pages(self.slots, ROUTINE_COLUMNS)

    @property
    def full_pages(self) -> Sequence[tuple[MonitoringSlot | None, ...]]:
        full = [slot for slot in self.slots if slot.neuro == MonitoringSlot.Neuro.FULL]
        return _pages([slot for slot in full if slot.only in ("", MonitoringSlot.Only.NEUROLOGY)], FULL_COLUMNS)


@dataclass(frozen=True)
class PaperList:
    site: Site
    as_of: datetime
    patients: tuple[PaperPatient, ...]
    emergent: tuple[str, ...] = EMERGENT_TITLES


def paper_list(*, site: Site, now: datetime) -> PaperList:
    """Everyone on the board, and everyone with an amber flag or a scan that is still open: none may be lost on paper."""
    # The sort looks at flags that were fetched, so that the number of statements does not depend on the patients.
    patients = sorted((_patient(procedure, site, now) for procedure in _procedures(site, now)), key=_danger)
    return PaperList(site=site, as_of=now, patients=tuple(patients))


def _procedures(site: Site, now: datetime):
    watched = MonitoringStatus.objects.watched(now).filter(procedure=OuterRef("pk"))
    flagged = RedFlag.objects.open().filter(procedure=OuterRef("pk"))
    scanned = ImagingTask.objects.open().filter(procedure=OuterRef("pk"))
    return (
        Procedure.objects.filter(patient__site=site)
        .filter(Q(Exists(watched)) | Q(Exists(flagged)) | Q(Exists(scanned)))
        .select_related("patient")
        .order_by("pk")
        .prefetch_related(
            "treated_levels",
            Prefetch("red_flags", RedFlag.objects.open().order_by("raised_at", "pk"), to_attr="open_flags"),
            Prefetch("imaging_tasks", ImagingTask.objects.open().order_by("pk"), to_attr="open_imaging"),
            Prefetch("monitoring_slots", MonitoringSlot.objects.open().order_by("due_at", "pk"), to_attr="open_slots"),
        )
    )


def _patient(procedure, site: Site, now: datetime) -> PaperPatient:
    return PaperPatient(
        procedure=procedure,
        age=_age(procedure.patient.birth_date, now.astimezone(site.zone).date()),
        levels=tuple(sorted((one.level for one in procedure.treated_levels.all()), key=LEVELS.index)),
        flags=tuple(sorted(procedure.open_flags, key=lambda flag: DANGER[flag.severity])),
        imaging=tuple(ImagingOnPaper(task.get_state_display(), task_clock(task)) for task in procedure.open_imaging),
        slots=tuple(procedure.open_slots),
        late=sum(slot.grace_ends_at < now for slot in procedure.open_slots),
    )


def _danger(patient: PaperPatient):
    gravest = DANGER[patient.flags[0].severity] if patient.flags else NO_FLAG
    next_due = patient.slots[0].due_at.timestamp() if patient.slots else float("inf")
    return gravest, next_due, patient.procedure.pk


def _pages(slots: Sequence[MonitoringSlot], columns: int) -> Sequence[tuple[MonitoringSlot | None, ...]]:
    """At least one page, filled up with empty columns."""
    pages = [slots[begin : begin + columns] for begin in range(0, len(slots), columns)] or [[]]
    return [tuple(itertools.islice(itertools.chain(page, itertools.repeat(None)), columns)) for page in pages]


def _age(born, today) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
