"""Kleene's three-valued logic: what was not asked is neither met nor not met (clinical-spec 0)."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    MET = "MET"
    NOT_MET = "NOT_MET"
    UNKNOWN = "UNKNOWN"


MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN


def truth(value: bool | None) -> Truth:
    """True, False or not known."""
    if value is None:
        return UNKNOWN
    return MET if value else NOT_MET


def all_of(values: Iterable[Truth]) -> Truth:
    """NOT_MET if any is; else UNKNOWN if any is; else MET."""
    answer = MET
    for value in values:
        if value is NOT_MET:
            return NOT_MET
        if value is UNKNOWN:
            answer = UNKNOWN
    return answer


def any_of(values: Iterable[Truth]) -> Truth:
    """MET if any is; else UNKNOWN if any is; else NOT_MET."""
    answer = NOT_MET
    for value in values:
        if value is MET:
            return MET
        if value is UNKNOWN:
            answer = UNKNOWN
    return answer
