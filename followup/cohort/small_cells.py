"""Which rows of a table are kept back, so that no figure tells of a few patients (clinical-spec 6.4 and 11: n < 5).

A row that is kept back must not come out of the others either: where a total is shown, the total minus the rows beside it
is the sum of those kept back. So there are at least two of them, and together they hold five patients or nobody. What is
counted is patients, not episodes or vertebrae, since one person may have several.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

SMALLEST_SHOWN = 5


@dataclass(frozen=True)
class Cell:
    """The patients whose value is in the figure, and all who belong to the row, those with a missing value too."""

    counted: frozenset[int]
    belonging: frozenset[int]


def is_small(patients: Collection[int]) -> bool:
    """Nobody is not few: an empty row tells of no patient."""
    return 0 < len(patients) < SMALLEST_SHOWN


def tells_of_few(cell: Cell) -> bool:
    return is_small(cell.counted) or is_small(cell.belonging)


def kept_back(total: Cell, parts: Sequence[Cell], *, besides: Collection[int] = ()) -> frozenset[int]:
    """The places in `parts` that are not shown beside a total that is; each patient's cases lie in one or more of them.

    Where the total itself tells of few, no part is shown. `besides`: places that are kept back for another reason.
    """
    if tells_of_few(total):
        return frozenset(range(len(parts)))
    hidden = {place for place, part in enumerate(parts) if place in besides or tells_of_few(part)}
    while hidden and (len(hidden) < 2 or tells_of_few(_together(parts, hidden))):
        shown = [place for place, part in enumerate(parts) if place not in hidden and part.belonging]
        if not shown:
            break
        hidden.add(min(shown, key=lambda place: len(parts[place].belonging)))
    return frozenset(hidden)


def _together(parts: Sequence[Cell], places: Collection[int]) -> Cell:
    return Cell(
        frozenset().union(*(parts[place].counted for place in places)),
        frozenset().union(*(parts[place].belonging for place in places)),
    )
