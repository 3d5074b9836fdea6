"""Each imaging task of an episode, open or done, with every step from the request to the decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.models import ImagingTask, ImagingTaskHop
from followup.selectors.chart_thread import hop_lines
from followup.selectors.imaging_task import modality_words
from followup.selectors.measured_summary import Line


@dataclass(frozen=True)
class HopShown:
    """One step of an imaging task. `lines`: the scan, result or decision that was said with it."""

    hop: ImagingTaskHop
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ImagingLoop:
    """One imaging task, open or done, with every hop from the request on."""

    task: ImagingTask
    modality: str
    hops: tuple[HopShown, ...]


def imaging_loops(tasks: Sequence[ImagingTask], hops: Sequence[ImagingTaskHop]) -> tuple[ImagingLoop, ...]:
    """From rows that the chart has read."""
    return tuple(
        ImagingLoop(
            task,
            modality_words(task.modality),
            tuple(HopShown(hop, tuple(hop_lines(hop.detail))) for hop in hops if hop.task_id == task.pk),
        )
        for task in tasks
    )
