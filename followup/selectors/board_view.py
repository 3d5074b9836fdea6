"""Which of the board's patients a person wants to see, and in which order. The rest are counted, never forgotten."""

from dataclasses import dataclass

from followup.models.red_flag import RED
from followup.selectors.board import Board, BoardRow


@dataclass(frozen=True)
class Wanted:
    """Empty means all. `bed` is how a bed's name begins, which is how wards write their bays."""

    site: str = ""
    bed: str = ""
    mine: bool = False
    by_lateness: bool = False


@dataclass(frozen=True)
class BoardView:
    rows: tuple[BoardRow, ...]
    hidden: int
    hidden_red: int


def narrowed(board: Board, wanted: Wanted) -> BoardView:
    shown = [row for row in board.rows if _is_wanted(row, wanted)]
    if wanted.by_lateness:
        # The board comes in order of danger, which is kept among equals.
        shown.sort(key=lambda row: (row.next_due_at is None, row.next_due_at or board.as_of))
    red = sum(row.gravest in RED for row in shown)
    return BoardView(tuple(shown), len(board.rows) - len(shown), board.with_red_flags - red)


def _is_wanted(row: BoardRow, wanted: Wanted) -> bool:
    return (
        (not wanted.site or row.site == wanted.site)
        and row.bed.casefold().startswith(wanted.bed.casefold())
        and (row.mine or not wanted.mine)
    )
