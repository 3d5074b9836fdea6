"""How the watching ran for the episodes of a cohort: checks, contacts, gaps, flags for each rule, and the hops of the loop."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from followup.care_gaps import GapState
from followup.cohort.benchmarks import CARE_GAP_FROM_DAY
from followup.cohort.operations import FlagFact, RuleRow, Share, rule_rows, share_of
from followup.cohort.small_cells import is_small
from followup.imaging_figures import (
    TO_ACKNOWLEDGEMENT,
    TO_DECISION,
    TO_SCAN,
    HopFigures,
    Step,
    TaskTimes,
    imaging_figures,
)
from followup.models import BoneHealthTask, FollowUpContact, ImagingTask, MonitoringSlot, RedFlag
from followup.models.red_flag import RED
from followup.selectors.imaging_figures import task_times
from followup.services.rulesets import rulesets_over_time
from followup.visit_plan import CONTACT_RULES
from kyphotrack.staff.models import Site
from patients.models import Patient
from procedures.models import Procedure

_Contact = FollowUpContact.Closed
# No answer can be expected, so that none is missing.
_NOT_ASKED = (_Contact.TRANSFERRED, _Contact.DECEASED, _Contact.BEFORE_SCHEDULE)
_ANSWERED = ("ANSWERED", "REACHED")
_SLOT = MonitoringSlot.State
_OF_A_FLAG = (
    "procedure_id", "rule_code", "rule_title", "severity", "state", "outcome", "raised_at", "acknowledge_by",
    "acknowledged_at", "closed_at", "imaging_task__result",
)  # fmt: skip


@dataclass(frozen=True)
class Operations:
    """`checks`, `contacts`, `gaps`: shares; `hops`: empty where the scans are of few patients."""

    episodes: int
    checks: Share
    contacts: tuple[Share, ...]
    gaps: Share
    rules: tuple[RuleRow, ...]
    hops: tuple[HopFigures, ...]
    without_scan: HopFigures | None


def flags_of(scope: QuerySet[Procedure]) -> list[RedFlag]:
    """With all that the report asks of them; those of one rule in the order in which they were raised."""
    rows = RedFlag.objects.filter(procedure__in=scope).select_related("imaging_task").only(*_OF_A_FLAG)
    return list(rows.order_by("raised_at", "pk"))


def operations(
    scope: QuerySet[Procedure], *, patients: Mapping[int, int], flags: Sequence[RedFlag], sites: Collection[Site],
    now: datetime,
) -> Operations:  # fmt: skip
    """`patients`: by episode of the scope, whose it is. `flags`: of these episodes. Seven statements."""
    own = [flag for flag in flags if flag.procedure_id in patients]
    facts = (FlagFact(flag.rule_code, flag.rule_title, patients[flag.procedure_id], _confirmed(flag)) for flag in own)
    return Operations(
        episodes=len(patients),
        checks=_checks(scope, now),
        contacts=tuple(_contacts(scope, now)),
        gaps=_gaps(scope, now),
        rules=rule_rows(facts, episodes=len(patients)),
        hops=_hops(scope, sites, now),
        without_scan=_without_scan(own, patients, now),
    )


def _confirmed(flag: RedFlag) -> bool | None:
    """None: no scan was reported, or nobody has closed the flag yet."""
    scanned = flag.imaging_task is not None and flag.imaging_task.result
    if not scanned or flag.state != RedFlag.State.CLOSED:
        return None
    return flag.outcome == RedFlag.Outcome.CONFIRMED


def _checks(scope: QuerySet[Procedure], now: datetime) -> Share:
    """Those that are done, missed or overdue; a waived one and one that is not due yet is no check here."""
    done = Q(state=_SLOT.DONE)
    judged = done | Q(state=_SLOT.MISSED) | Q(state=_SLOT.OPEN, grace_ends_at__lt=now)
    in_time = done & Q(observation__effective_at__lte=F("grace_ends_at"))
    sums = (
        MonitoringSlot.objects.filter(judged, procedure__in=scope)
        .order_by()
        .aggregate(
            well=Count("pk", filter=in_time), judged=Count("pk"), patients=Count("procedure__patient", distinct=True)
        )
    )
    return share_of("checks", **sums)


def _contacts(scope: QuerySet[Procedure], now: datetime) -> Iterator[Share]:
    """Answered ones of those whose window has closed or that were answered."""
    answered = Q(state__in=_ANSWERED)
    rows = (
        FollowUpContact.objects.filter(answered | Q(window_closes_at__lte=now), procedure__in=scope)
        .exclude(closed_because__in=_NOT_ASKED)
        .values("code")
        .annotate(
            well=Count("pk", filter=answered),
            judged=Count("pk"),
            patients=Count("procedure__patient", distinct=True),
        )
        .order_by()
    )
    found = {row.pop("code"): row for row in rows}
    for rule in CONTACT_RULES:
        yield share_of(rule.code, **found.get(rule.code, {"well": 0, "judged": 0, "patients": 0}))


def _gaps(scope: QuerySet[Procedure], now: datetime) -> Share:
    """Osteoporotic episodes of living patients at day 42 or later: how many have an open gap of therapy."""
    late = scope.filter(
        aetiology=Procedure.Aetiology.OSTEOPOROTIC,
        patient__life_status=Patient.LifeStatus.ALIVE,
        ended_at__lte=now - timedelta(days=CARE_GAP_FROM_DAY),
    )
    gap = BoneHealthTask.objects.open().filter(
        procedure__in=late, kind=BoneHealthTask.Kind.THERAPY, gap__in=[GapState.GAP, GapState.GAP_LATE]
    )
    sums = late.aggregate(
        well=Count("pk", filter=Q(pk__in=gap.values("procedure"))),
        judged=Count("pk"),
        patients=Count("patient", distinct=True),
    )
    return share_of("gaps", **sums)


def _hops(scope: QuerySet[Procedure], sites: Collection[Site], now: datetime) -> tuple[HopFigures, ...]:
    asked_for = ImagingTask.objects.filter(procedure__in=scope)
    tasks, times = task_times(asked_for, rulesets_over_time(sites))
    if is_small({task.procedure.patient_id for task in tasks}):
        return ()
    found = imaging_figures(times, now=now, hops=(TO_ACKNOWLEDGEMENT, TO_SCAN, TO_DECISION))
    return tuple(_without_few(one, tasks, times) for one in found)


def _without_few(figures: HopFigures, tasks: Sequence[ImagingTask], times: Sequence[TaskTimes]) -> HopFigures:
    """Five scans of one patient tell of that patient: it is patients that are counted."""
    patients = {
        task.procedure.patient_id
        for task, time in zip(tasks, times, strict=True)
        if {figures.hop.start, figures.hop.end} <= time.passed.keys()
    }
    if not is_small(patients):
        return figures
    return replace(figures, median=None, lower_quartile=None, upper_quartile=None, within_percent=None)


def _without_scan(flags: Sequence[RedFlag], patients: Mapping[int, int], now: datetime) -> HopFigures | None:
    """From a red flag that asked for no scan to its acknowledgement; whoever closes a flag has seen it."""
    red = [flag for flag in flags if flag.severity in RED and flag.imaging_task_id is None and flag.acknowledge_by]
    if is_small({patients[flag.procedure_id] for flag in red}):
        return None
    times = (
        TaskTimes(
            passed={Step.FLAG: flag.raised_at} | ({Step.ACKNOWLEDGED: seen_at} if seen_at else {}),
            over=flag.state == RedFlag.State.CLOSED,
            acknowledge_within=flag.acknowledge_by - flag.raised_at,
            imaging_within=timedelta(0),
        )
        for flag, seen_at in ((flag, flag.acknowledged_at or flag.closed_at) for flag in red)
        if flag.acknowledge_by
    )
    return imaging_figures(times, now=now, hops=(TO_ACKNOWLEDGEMENT,))[0]
