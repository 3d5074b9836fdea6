"""May this patient get up now, and when did it first happen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from followup.models import RedFlag
from followup.red_flags.history import History, Reading
from followup.red_flags.mobilisation import GateItem, first_walk_at, gate
from followup.red_flags.ruleset import Ruleset
from procedures.three_valued import MET, NOT_MET, Truth, all_of


@dataclass(frozen=True)
class GettingUp:
    """`held_back_by`: what is not met, or not known. Empty when the patient may get up."""

    truth: Truth
    held_back_by: tuple[GateItem, ...]
    first_walk_at: datetime | None

    @property
    def may(self) -> str:
        """MET, NOT_MET or UNKNOWN, for the template."""
        return self.truth.value

    @property
    def because(self) -> str:
        return "; ".join(item.reason for item in self.held_back_by)


def getting_up(history: History, flags: Iterable[RedFlag], *, ruleset: Ruleset, now: datetime) -> GettingUp:
    """The gate as it stands now. An open red flag holds the patient back as well, whatever the last full exam said."""
    known = sorted(
        (one for one in history.readings if one.effective_at <= now), key=lambda one: (one.effective_at, one.id)
    )
    items = gate(Reading("now", now), known, history.baseline, history.context.time_zero, ruleset)
    red = sorted(flag.rule_code for flag in flags if flag.is_red)
    if red:
        items = (*items, GateItem("RED_FLAG", NOT_MET, f"a red flag is open ({', '.join(red)})"))
    return GettingUp(
        truth=all_of(item.truth for item in items),
        held_back_by=tuple(item for item in items if item.truth is not MET),
        first_walk_at=first_walk_at(history.readings),
    )
