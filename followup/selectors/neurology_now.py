"""How the neurological examination stands now: its state against the baseline, what differs, and every item as a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.models import MonitoringStatus, Observation
from followup.red_flags.neurology import compare_with_baseline, newest_answers
from followup.selectors.measured_summary import Change, changes_against_baseline
from followup.selectors.neurology_grid import Grid, neurology_grids
from procedures.models import Baseline


@dataclass(frozen=True)
class NeurologyNow:
    """The newest answer to every item against the baseline, so that a quick check cannot hide what the full exam found.

    SAME says nothing of what was not tested.
    """

    state: MonitoringStatus.Neurology
    examined_at: datetime | None
    changes: tuple[Change, ...]
    baseline_known: bool
    grids: tuple[Grid, ...]


def neurology_now(current: Sequence[Observation], baseline: Baseline | None) -> NeurologyNow:
    before = baseline.neurology if baseline else {}
    newest = newest_answers((row.effective_at, row.neurology) for row in current)
    exam = {name: answer for name, (answer, _examined_at) in newest.items()}
    tested_at = {name: examined_at for name, (_answer, examined_at) in newest.items()}
    return NeurologyNow(
        state=MonitoringStatus.Neurology(compare_with_baseline(exam, before).state),
        examined_at=max(tested_at.values(), default=None),
        changes=changes_against_baseline(exam, before, tested_at=tested_at),
        baseline_known=bool(before),
        grids=neurology_grids(current, before),
    )
