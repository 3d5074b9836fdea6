"""What waits for a person: open imaging tasks, open flags that no open task chases, and gaps in bone health."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from followup.models import BoneHealthTask, Escalation, ImagingTask, ImagingTaskHop, RedFlag, Severity
from followup.models.monitoring_status import DANGER
from followup.selectors.bone_health import bone_health_worklist
from followup.selectors.chase import Chase, live_chases
from followup.selectors.contacts import ContactList, contact_worklist
from followup.selectors.flag import needed_to_acknowledge, needed_to_close
from followup.selectors.imaging_task import HOP_NEEDS, WaitsFor, legal_hops, modality_words, task_clock
from followup.selectors.undelivered_alerts import UndeliveredAlert, undelivered_alerts
from followup.services.imaging_state import seen_of
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import ALLOWED, Capability
from patients.models import Patient
from procedures.models import Procedure

# Radiology scans and reports. What has got so far waits for somebody outside the system.
_DONE_ELSEWHERE = ("performed", "report")


@dataclass(frozen=True)
class Why:
    """One open flag behind an item: its rule and the sentence that was said."""

    public_id: uuid.UUID
    rule_code: str
    reason: str
    unsupported: bool


@dataclass(frozen=True)
class Acknowledged:
    by: str
    at: datetime
    comment: str


@dataclass(frozen=True)
class LastMove:
    """The last step a person took on a task, and in which words."""

    state: str
    by: str
    at: datetime
    comment: str


@dataclass(frozen=True)
class Reader:
    """Who looks at an item, and what the role at its site allows."""

    user_id: int
    allowed: frozenset[Capability]


@dataclass(frozen=True)
class WorklistItem:
    """One line. `next_hop`: what the reader may do next, empty where the role does not allow it.

    `taken_by_me`: the reader acknowledged it or moved it on. `waits_on_others`: and somebody else must act now.
    """

    is_task: bool
    public_id: uuid.UUID
    severity: Severity
    what: str
    modality: str
    region: str
    why: tuple[Why, ...]
    procedure: Procedure
    state: str
    waits_for: WaitsFor
    raised_at: datetime
    acknowledge_by: datetime | None
    acknowledged: Acknowledged | None
    perform_by: datetime | None
    performed: bool
    last_move: LastMove | None
    next_hop: str
    seen: str  # goes along with the hop: what this page showed (`imaging_state.seen_of`)
    taken_by_me: bool
    waits_on_others: bool
    chase: Chase | None

    @property
    def patient(self) -> Patient:
        return self.procedure.patient

    @property
    def deadline(self) -> datetime | None:
        """The clock that runs out next, if one is running."""
        if self.waits_for is WaitsFor.ACKNOWLEDGEMENT:
            return self.acknowledge_by
        if self.chase and self.chase.has_own_clock:
            return self.chase.target_at
        return self.perform_by if self.waits_for is WaitsFor.SCAN else None


@dataclass(frozen=True)
class Worklist:
    items: tuple[WorklistItem, ...]
    bone_health: tuple[BoneHealthTask, ...]
    contacts: ContactList
    undelivered: tuple[UndeliveredAlert, ...]
    as_of: datetime
    several_sites: bool
    time_zone: str


def worklist(*, user: User, now: datetime) -> Worklist:
    """The most dangerous first; among equals what nobody has taken yet, and then by the time that is left."""
    allowed = _capabilities_by_site(user)
    tasks = list(ImagingTask.objects.visible_to(user).open().select_related("procedure__patient__site").order_by("pk"))
    flags = list(
        RedFlag.objects.visible_to(user)
        .open()
        .exclude(severity=Severity.INFO)
        .select_related("procedure__patient__site", "acknowledged_by")
        .order_by("raised_at", "pk")
    )
    by_task: dict[int | None, list[RedFlag]] = defaultdict(list)
    for flag in flags:
        by_task[flag.imaging_task_id].append(flag)
    hops = _hops_by_people(user)
    chase_of_task, chase_of_flag = live_chases(
        Escalation.objects.filter(
            Q(imaging_task__in=ImagingTask.objects.visible_to(user)) | Q(red_flag__in=RedFlag.objects.visible_to(user))
        )
    )
    items = [
        _task_item(
            task,
            by_task[task.pk],
            hops[task.pk],
            Reader(user.pk, allowed[task.procedure.patient.site_id]),
            chase_of_task.get(task.pk),
        )
        for task in tasks
    ]
    open_tasks = {task.pk for task in tasks}
    items += [
        _flag_item(flag, Reader(user.pk, allowed[flag.procedure.patient.site_id]), chase_of_flag.get(flag.pk))
        for flag in flags
        if flag.imaging_task_id not in open_tasks
    ]
    zones = {item.patient.site.time_zone for item in items}
    return Worklist(
        items=tuple(sorted(items, key=_by_danger_and_time_left)),
        bone_health=bone_health_worklist(user),
        contacts=contact_worklist(user=user, now=now),
        undelivered=undelivered_alerts(user),
        as_of=now,
        several_sites=len({item.patient.site_id for item in items}) > 1,
        time_zone=zones.pop() if len(zones) == 1 else "UTC",
    )


def _by_danger_and_time_left(item: WorklistItem) -> tuple:
    return (
        DANGER[item.severity],
        item.waits_for is not WaitsFor.ACKNOWLEDGEMENT,
        item.deadline or (item.last_move.at if item.last_move else item.raised_at),
    )


def _capabilities_by_site(user: User) -> dict[int, frozenset[Capability]]:
    allowed: dict[int, frozenset[Capability]] = defaultdict(frozenset)
    for site_id, role in user.memberships.values_list("site_id", "role"):
        allowed[site_id] |= ALLOWED[role]
    return allowed


def _hops_by_people(user: User) -> dict[int, list[ImagingTaskHop]]:
    hops: dict[int, list[ImagingTaskHop]] = defaultdict(list)
    made = ImagingTaskHop.objects.filter(task__in=ImagingTask.objects.visible_to(user).open(), by__isnull=False)
    for hop in made.select_related("by").order_by("at", "pk"):
        hops[hop.task_id].append(hop)
    return hops


def _why(flags: Iterable[RedFlag]) -> tuple[Why, ...]:
    gravest_first = sorted(flags, key=lambda flag: DANGER[flag.severity])
    return tuple(
        Why(flag.public_id, flag.rule_code, flag.reason, flag.unsupported_since is not None) for flag in gravest_first
    )


def _task_item(
    task: ImagingTask,
    flags: list[RedFlag],
    hops: list[ImagingTaskHop],
    reader: Reader,
    chase: Chase | None,
) -> WorklistItem:
    taken = next((hop for hop in hops if hop.at == task.acknowledged_at), None)
    last = hops[-1] if hops else None
    hop = legal_hops(task)[0]
    may = HOP_NEEDS[hop] in reader.allowed
    taken_by_me = any(one.by_id == reader.user_id for one in hops)
    others_turn = hop == "order" and last is not None and last.by_id != reader.user_id
    return WorklistItem(
        is_task=True,
        public_id=task.public_id,
        severity=Severity(task.severity),
        what=modality_words(task.modality),
        modality=task.modality,
        region=task.region,
        why=_why(flags),
        procedure=task.procedure,
        state=task.get_state_display(),
        waits_for=task_clock(task).waits_for,
        raised_at=task.requested_at,
        acknowledge_by=task.acknowledge_by,
        acknowledged=Acknowledged(taken.by.full_name, taken.at, taken.comment) if taken and taken.by else None,
        perform_by=task.due_at,
        performed=task.state in (ImagingTask.State.IN_PROGRESS, ImagingTask.State.REPORTED),
        last_move=(
            LastMove(ImagingTask.State(last.to_state).label, last.by.full_name, last.at, last.comment)
            if last and last.by
            else None
        ),
        next_hop=hop if may else "",
        seen=seen_of(task),
        taken_by_me=taken_by_me,
        waits_on_others=taken_by_me and (hop in _DONE_ELSEWHERE or others_turn or not may),
        chase=chase,
    )


def _flag_item(flag: RedFlag, reader: Reader, chase: Chase | None) -> WorklistItem:
    open_still = flag.state == RedFlag.State.OPEN
    by = flag.acknowledged_by
    may = (needed_to_acknowledge(flag) if open_still else needed_to_close(flag)) in reader.allowed
    taken_by_me = not open_still and flag.acknowledged_by_id == reader.user_id
    return WorklistItem(
        is_task=False,
        public_id=flag.public_id,
        severity=Severity(flag.severity),
        what=flag.rule_title,
        modality="",
        region="",
        why=_why([flag]),
        procedure=flag.procedure,
        state=flag.get_state_display(),
        waits_for=WaitsFor.ACKNOWLEDGEMENT if open_still else WaitsFor.DECISION,
        raised_at=flag.raised_at,
        acknowledge_by=flag.acknowledge_by,
        acknowledged=Acknowledged(by.full_name, flag.acknowledged_at, flag.acknowledge_comment)
        if by and flag.acknowledged_at
        else None,
        perform_by=None,
        performed=False,
        last_move=None,
        next_hop=("acknowledge" if open_still else "close") if may else "",
        seen=seen_of(flag),
        taken_by_me=taken_by_me,
        waits_on_others=taken_by_me and not may,
        chase=chase,
    )
