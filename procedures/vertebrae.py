"""The treated part of the spine: its levels in order, and what lies next to one. Pure."""

from collections.abc import Iterable

LEVELS = (*(f"T{number}" for number in range(1, 13)), *(f"L{number}" for number in range(1, 6)))
# A span may end on the sacrum, although no level is treated there.
_WITH_SACRUM = (*LEVELS, "S1")


class UnknownLevel(ValueError):
    """Not a level from T1 to L5."""


def ordinal(level: str) -> int:
    """Position from the top, T1 being 0. Raises UnknownLevel."""
    if level not in LEVELS:
        raise UnknownLevel(f"{level!r} is not a level from T1 to L5.")
    return LEVELS.index(level)


def above(level: str) -> str | None:
    """The neighbour above; None above T1."""
    return LEVELS[ordinal(level) - 1] if ordinal(level) else None


def below(level: str) -> str:
    """The neighbour below; S1 below L5."""
    return _WITH_SACRUM[ordinal(level) + 1]


def is_thoracic(level: str) -> bool:
    return ordinal(level) < LEVELS.index("L1")


def span(levels: Iterable[str], margin: int = 2) -> str:
    """From `margin` levels above the highest to `margin` below the lowest, such as "T11–L3"."""
    positions = [ordinal(level) for level in levels]
    if not positions:
        raise UnknownLevel("A span needs at least one level.")
    top = max(min(positions) - margin, 0)
    bottom = min(max(positions) + margin, len(_WITH_SACRUM) - 1)
    return f"{_WITH_SACRUM[top]}–{_WITH_SACRUM[bottom]}"
