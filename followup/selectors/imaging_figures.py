"""How fast the imaging loop ran for the tasks of a period, from their rows; the figures are made in `imaging_figures`."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from followup.imaging_figures import SMALLEST_SHOWN, HopFigures, Step, TaskTimes, imaging_figures
from followup.models import ImagingTask, ImagingTaskHop, RedFlag
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import clocks
from followup.services.imaging_state import TRANSITIONS
from followup.services.rulesets import rulesets_over_time
from kyphotrack.staff.models import Site, User

State = ImagingTask.State

_STEP_OF = {
    State.ACCEPTED: Step.ORDERED,
    State.IN_PROGRESS: Step.PERFORMED,
    State.REPORTED: Step.REPORTED,
    State.COMPLETED: Step.DECIDED,
}


@dataclass(frozen=True)
class ImagingLoop:
    """`tasks`: how many were asked for in the period; `open`: those on their way; `cancelled`: those without a scan."""

    lines: tuple[HopFigures, ...]
    tasks: int
    open: int
    cancelled: int
    targets: dict[str, str]
    smallest_shown: int = SMALLEST_SHOWN


def imaging_loop(
    *, user: User, sites: Collection[Site], starts_at: datetime, ends_at: datetime, now: datetime
) -> ImagingLoop:
    """The tasks of these sites that a flag asked for from `starts_at` until before `ends_at`. Four queries, always.

    Each task is measured by the thresholds that its site used when the scan was asked for.
    """
    asked_for = ImagingTask.objects.visible_to(user).filter(
        procedure__patient__site__in=sites, requested_at__gte=starts_at, requested_at__lt=ends_at
    )
    thresholds = rulesets_over_time(sites)
    tasks, times = task_times(asked_for, thresholds)
    return ImagingLoop(
        lines=imaging_figures(times, now=now),
        tasks=len(tasks),
        open=sum(not task.over for task in times),
        cancelled=sum(task.state == State.CANCELLED for task in tasks),
        targets=_targets([thresholds(site.pk, now) for site in sites]),
    )


def task_times(
    asked_for: QuerySet[ImagingTask], thresholds: Callable[[int, datetime], Ruleset]
) -> tuple[list[ImagingTask], list[TaskTimes]]:
    """The tasks and when each passed its steps, in the same order. Three queries."""
    tasks = list(asked_for.select_related("procedure__patient").order_by("requested_at", "pk"))
    hops: dict[int, list[ImagingTaskHop]] = defaultdict(list)
    for hop in ImagingTaskHop.objects.filter(task__in=asked_for).order_by("at", "pk"):
        hops[hop.task_id].append(hop)
    first_flag = RedFlag.objects.filter(imaging_task__in=asked_for).order_by("-raised_at", "-pk")
    category = dict(first_flag.values_list("imaging_task_id", "category"))  # the last written one is the first raised
    return tasks, [
        _times(
            task,
            hops[task.pk],
            category.get(task.pk, ""),
            thresholds(task.procedure.patient.site_id, task.requested_at),
        )
        for task in tasks
    ]


def _times(task: ImagingTask, hops: Iterable[ImagingTaskHop], category: str, ruleset: Ruleset) -> TaskTimes:
    """Each step when it was first passed. Whoever moves a task has seen it; the rule itself only asks."""
    passed = {Step.FLAG: task.requested_at}
    severity = task.severity
    for index, hop in enumerate(hops):
        if index == 0:
            # As grave as it was when it was first answered; what joined later started another clock.
            severity = hop.detail.get("severity", severity)
        if hop.by_id is None:
            continue
        passed.setdefault(Step.ACKNOWLEDGED, hop.at)
        if step := _STEP_OF.get(State(hop.to_state)):
            passed.setdefault(step, hop.at)
    acknowledge_within = clocks(Severity[severity], category, ruleset).acknowledge_within
    if acknowledge_within is None:
        raise ValueError(f"{task} has the severity {severity}, which asks for no scan.")
    return TaskTimes(
        passed=passed,
        over=not TRANSITIONS[task.state],
        acknowledge_within=acknowledge_within,
        imaging_within=task.due_at - task.requested_at,
    )


def _targets(rulesets: Iterable[Ruleset]) -> dict[str, str]:
    """The clocks in words, from the rulesets in force now."""
    rulesets = tuple(rulesets)
    minutes = {
        minutes
        for rules in rulesets
        for minutes in (
            rules.acknowledge_cardio_minutes,
            rules.acknowledge_neuro_minutes,
            rules.acknowledge_urgent_minutes,
        )
    }
    hours = {
        hours
        for rules in rulesets
        for hours in (rules.imaging_cardio_hours, rules.imaging_neuro_hours, rules.imaging_urgent_hours)
    }
    return {"acknowledge_within": f"{_one_of(minutes)} min", "imaging_within": f"{_one_of(hours)} h"}


def _one_of(numbers: Iterable[int]) -> str:
    *others, last = map(str, sorted(numbers))
    return f"{', '.join(others)} or {last}" if others else last
