"""Why a patient who is to go home on the same day had better stay overnight."""

from collections.abc import Iterable
from dataclasses import dataclass

from followup.models import RedFlag, Severity
from followup.overnight_stay import Circumstances, Reason, reasons_to_stay
from followup.red_flags.history import History
from followup.red_flags.ruleset import Ruleset
from procedures.models import Procedure
from procedures.three_valued import MET, Truth


@dataclass(frozen=True)
class OvernightPrompt:
    """What speaks for a night on the ward, and what could but is not known. A prompt only: it bars nothing."""

    because: tuple[Reason, ...]
    not_known: tuple[Reason, ...]


def overnight_prompt(
    procedure: Procedure,
    history: History,
    *,
    embolism_risk: Truth,
    flags: Iterable[RedFlag],
    ruleset: Ruleset,
) -> OvernightPrompt | None:
    """None for a patient who stays anyway, and after the end of monitoring. `flags` are the open ones."""
    if procedure.disposition != Procedure.Disposition.SAME_DAY or procedure.discharged_at:
        return None
    answered = [one for one in history.readings if one.vitals.supplemental_oxygen is not None]
    newest = max(answered, key=lambda one: (one.effective_at, one.id), default=None)
    reasons = reasons_to_stay(
        Circumstances(
            context=history.context,
            embolism_risk=embolism_risk,
            lives_alone=procedure.lives_alone,
            on_oxygen=newest.vitals.supplemental_oxygen if newest else None,
            amber_open=sum(flag.severity == Severity.AMBER for flag in flags),
        ),
        ruleset,
    )
    return OvernightPrompt(
        because=tuple(reason for reason in reasons if reason.truth is MET),
        not_known=tuple(reason for reason in reasons if reason.truth is not MET),
    )
