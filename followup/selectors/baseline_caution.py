"""When a baseline examination is so old that later findings are compared with it cautiously."""

from datetime import timedelta

from followup.red_flags.ruleset import Ruleset
from procedures.models import Baseline, Procedure


def baseline_caution(baseline: Baseline | None, procedure: Procedure, ruleset: Ruleset) -> str:
    """The sentence to show, or none: a neurological examination of too long before T0 (clinical-spec 3.5)."""
    if baseline is None or not baseline.neurology:
        return ""
    hours = ruleset.neurology_baseline_hours
    if procedure.time_zero - baseline.effective_at <= timedelta(hours=hours):
        return ""
    return (
        f"Older baseline, used with caution: the neurological examination was done more than {hours} hours before "
        "the procedure."
    )
