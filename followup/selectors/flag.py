"""One flag with everything that its page shows, and what a person with certain capabilities may do about it."""

from dataclasses import dataclass

from followup.models import FlagEvidence, RedFlag
from kyphotrack.staff.permissions import Capability
from procedures.models import TreatedLevel


@dataclass(frozen=True)
class FlagPage:
    flag: RedFlag
    levels: tuple[TreatedLevel, ...]
    evidence: tuple[FlagEvidence, ...]


def flag_page(flag: RedFlag) -> FlagPage:
    return FlagPage(
        flag=flag,
        levels=tuple(flag.procedure.treated_levels.order_by("pk")),
        evidence=tuple(
            flag.evidence.select_related("observation", "observation__superseded_by").order_by("measured_at", "pk")
        ),
    )


def needed_to_acknowledge(flag: RedFlag) -> Capability:
    """An amber item is the nurse's as well as the physician's (clinical-spec 0)."""
    return Capability.ACKNOWLEDGE_FLAG if flag.is_red else Capability.CLOSE_AMBER_FLAG


def needed_to_close(flag: RedFlag) -> Capability:
    return Capability.DECIDE if flag.is_red else Capability.CLOSE_AMBER_FLAG
