"""How fast the imaging loop runs (clinical-spec 4.2, KPIs): the time of each hop, and the share within its target. Pure.

A hop runs from one step of a task to the next. Where a task is still on its way the hop is running: it is counted, and
it has missed its target once it is older than that, but its length is not known, so medians are of finished hops alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from statistics import quantiles

# Fewer than this and a figure would tell of single patients (clinical-spec 11: suppress n < 5).
SMALLEST_SHOWN = 5


class Step(Enum):
    """What a task passes on its way, in this order. A step may be skipped; a cancelled task goes no further."""

    FLAG = "flag"
    ACKNOWLEDGED = "acknowledged"
    ORDERED = "ordered"
    PERFORMED = "performed"
    REPORTED = "reported"
    DECIDED = "decided"


@dataclass(frozen=True)
class TaskTimes:
    """When a task passed each step; one that is absent was not passed. `over`: decided or cancelled.

    `acknowledge_within` and `imaging_within`: the clocks that the task was given (clinical-spec 0).
    """

    passed: Mapping[Step, datetime]
    over: bool
    acknowledge_within: timedelta
    imaging_within: timedelta


@dataclass(frozen=True)
class Hop:
    """From one step to another, in words. `target` names the TaskTimes field; None: the specification sets no target."""

    name: str
    start: Step
    end: Step
    target: str | None = None


HOPS = (
    Hop("Flag to acknowledgement", Step.FLAG, Step.ACKNOWLEDGED, "acknowledge_within"),
    Hop("Acknowledgement to order", Step.ACKNOWLEDGED, Step.ORDERED),
    Hop("Order to scan", Step.ORDERED, Step.PERFORMED, "imaging_within"),
    Hop("Scan to report", Step.PERFORMED, Step.REPORTED),
    Hop("Report to decision", Step.REPORTED, Step.DECIDED),
    Hop("Flag to scan", Step.FLAG, Step.PERFORMED, "imaging_within"),
)
TO_ACKNOWLEDGEMENT, TO_SCAN = HOPS[0], HOPS[-1]
TO_DECISION = Hop("Flag to decision", Step.FLAG, Step.DECIDED)


@dataclass(frozen=True)
class HopFigures:
    """One line of the page.

    `finished`: tasks with both ends; `running`: the start, not yet the end, on its way; `missing`: the start, and
    the task was over without the end. Median and quartiles are of the finished ones. `judged`: finished ones and
    those running beyond the target; `within_percent` is of these. A figure is None where it rests on fewer than five.
    """

    hop: Hop
    finished: int
    running: int
    missing: int
    median: timedelta | None
    lower_quartile: timedelta | None
    upper_quartile: timedelta | None
    judged: int
    within_percent: int | None


def imaging_figures(tasks: Iterable[TaskTimes], *, now: datetime, hops: Iterable[Hop] = HOPS) -> tuple[HopFigures, ...]:
    """The figures of every hop, in the order of the loop, and of the whole way to the scan at the end."""
    known = tuple(tasks)
    return tuple(_figures(hop, known, now) for hop in hops)


def _figures(hop: Hop, tasks: tuple[TaskTimes, ...], now: datetime) -> HopFigures:
    started = [task for task in tasks if hop.start in task.passed]
    finished = [task for task in started if hop.end in task.passed]
    unfinished = [task for task in started if hop.end not in task.passed]
    running = [task for task in unfinished if not task.over]
    lengths = [task.passed[hop.end] - task.passed[hop.start] for task in finished]
    lower, middle, upper = _quartiles(lengths)
    kept = judged = 0
    if hop.target:
        kept = sum(task.passed[hop.end] - task.passed[hop.start] <= _target(hop, task) for task in finished)
        judged = len(finished) + sum(now - task.passed[hop.start] > _target(hop, task) for task in running)
    return HopFigures(
        hop=hop,
        finished=len(finished),
        running=len(running),
        missing=len(unfinished) - len(running),
        median=middle,
        lower_quartile=lower,
        upper_quartile=upper,
        judged=judged,
        within_percent=_percent(kept, judged) if judged >= SMALLEST_SHOWN else None,
    )


def _target(hop: Hop, task: TaskTimes) -> timedelta:
    return task.imaging_within if hop.target == "imaging_within" else task.acknowledge_within


def _quartiles(lengths: list[timedelta]) -> tuple[timedelta | None, timedelta | None, timedelta | None]:
    """Lower quartile, median and upper quartile: linear between the ordered values (R type 7, "inclusive")."""
    if len(lengths) < SMALLEST_SHOWN:
        return None, None, None
    lower, middle, upper = quantiles((length.total_seconds() for length in lengths), n=4, method="inclusive")
    return timedelta(seconds=lower), timedelta(seconds=middle), timedelta(seconds=upper)


def _percent(part: int, whole: int) -> int:
    """Rounded down, so that 100 % means all of them."""
    return 100 * part // whole
