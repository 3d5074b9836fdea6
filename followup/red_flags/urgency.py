"""The response clocks of each severity (clinical-spec 0). All but the 4 hours are site policy."""

from dataclasses import dataclass
from datetime import timedelta

from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset


@dataclass(frozen=True)
class Clocks:
    """None: this severity has no such clock."""

    acknowledge_within: timedelta | None
    repeat_every: timedelta | None
    imaging_within: timedelta | None


def clocks(severity: Severity, category: str, ruleset: Ruleset, *, in_hospital: bool = True) -> Clocks:
    """How soon somebody must answer, how often it is repeated, and by when the scan is performed."""
    if severity is Severity.EMERGENT:
        neuro = category in ("NEURO", "PAIN")
        minutes = ruleset.acknowledge_neuro_minutes if neuro else ruleset.acknowledge_cardio_minutes
        hours = ruleset.imaging_neuro_hours if neuro else ruleset.imaging_cardio_hours
        return Clocks(timedelta(minutes=minutes), timedelta(minutes=minutes), timedelta(hours=hours))
    if severity is Severity.URGENT:
        minutes = ruleset.acknowledge_urgent_minutes
        return Clocks(
            timedelta(minutes=minutes), timedelta(minutes=minutes), timedelta(hours=ruleset.imaging_urgent_hours)
        )
    if severity is Severity.AMBER:
        minutes = ruleset.acknowledge_amber_ward_minutes if in_hospital else ruleset.acknowledge_amber_home_minutes
        return Clocks(timedelta(minutes=minutes), timedelta(minutes=minutes), None)
    return Clocks(None, None, None)
