"""The words of the board's lines, made once a row: the loop over the rows is what a large board costs."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from followup.selectors.board import Board, BoardRow, Change, Lateness
from followup.templatetags.clinical_display import ago_exactly, due_words, hours_since, score

_BANDS = {"HIGH": "high", "MEDIUM": "medium", "LOW_MEDIUM": "low–medium", "LOW": "low", None: ""}
_ARROWS = {"up": "▲", "down": "▼", "same": "="}
_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class Words:
    """A phrase, and the style class that only underlines what the phrase already says."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class BoardLine:
    """One row in words. `ticks_to` is the time that the browser counts to; empty where nothing ticks."""

    row: BoardRow
    chart_url: str
    log_url: str
    place: str
    since_zero: str
    time_zero: str
    procedure: str
    next_check: Words
    ticks_to: str
    next_check_at: str
    news2: Words
    news2_band: str
    news2_measured: str
    pain: str
    pain_changes: tuple[Words, ...]
    neurology: Words
    neurology_checked: str


def board_lines(board: Board, rows: Iterable[BoardRow]) -> list[BoardLine]:
    chart_url, log_url = _addresses("chart"), _addresses("log_observation")
    zones = {name: ZoneInfo(name) for name in {row.time_zone for row in board.rows}}
    return [
        BoardLine(
            row=row,
            chart_url=chart_url(row.procedure_id),
            log_url=log_url(row.procedure_id) if row.may_log else "",
            place="At home" if row.at_home else f"Bed {row.bed}" if row.bed else "No bed",
            since_zero=hours_since(row.time_zero, board.as_of),
            time_zero=f"{row.time_zero.astimezone(zones[row.time_zone]):%Y-%m-%d %H:%M}",
            procedure=f"{row.kind} {', '.join(row.levels)}",
            next_check=_next_check(row, board.as_of),
            ticks_to=row.next_due_at.isoformat() if row.next_due_at and row.lateness is not Lateness.DUE else "",
            next_check_at=_next_check_at(row, zones[row.time_zone]),
            news2=_news2(row),
            news2_band=_BANDS[row.news2_band],
            news2_measured=_ago(row.news2_measured_at, zones[row.time_zone], board.as_of),
            pain=score(row.pain) if row.pain is not None else "",
            pain_changes=tuple(_pain_changes(row)) if row.pain is not None else (),
            neurology=_NEUROLOGY[row.neurology],
            neurology_checked=_ago(row.neurology_checked_at, zones[row.time_zone], board.as_of),
        )
        for row in rows
    ]


def for_template(line: BoardLine) -> dict[str, object]:
    """The same as dictionaries: a template asks for `line["place"]` before `line.place`, and a thousand times forty
    refusals are a fifth of what the board costs.
    """
    in_words = {name: vars(getattr(line, name)) for name in ("next_check", "news2", "neurology")}
    return vars(line) | in_words | {"row": vars(line.row), "pain_changes": [vars(one) for one in line.pain_changes]}


def _addresses(url_name: str) -> Callable[[uuid.UUID], str]:
    """The addresses of one page for many patients, resolved once."""
    pattern = reverse(url_name, args=[_NOBODY])
    return lambda public_id: pattern.replace(str(_NOBODY), str(public_id))


def _ago(moment: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    return ago_exactly(moment.astimezone(zone), now) if moment else ""


def _next_check(row: BoardRow, now: datetime) -> Words:
    if row.next_due_at is None:
        return Words("nothing due", "muted")
    if row.lateness is Lateness.DUE:
        return Words("due now", "clock-soon")
    return Words(due_words(row.next_due_at, now), "clock-late" if row.lateness is Lateness.LATE else "")


def _next_check_at(row: BoardRow, zone: ZoneInfo) -> str:
    if row.next_due_at is None:
        return ""
    before = {Lateness.LATE: "was due ", Lateness.DUE: "since "}.get(row.lateness, "")
    return f"{before}{row.next_due_at.astimezone(zone):%H:%M}"


def _news2(row: BoardRow) -> Words:
    if row.news2 is not None:
        return Words(str(row.news2), f"news2-{row.news2_band}")
    if row.news2_at_least is not None:
        return Words(f"≥{row.news2_at_least}", f"news2-{row.news2_band or 'OPEN'}")
    return Words("")


def _pain_changes(row: BoardRow):
    if row.since_nadir:
        lower = row.since_nadir.direction == "down"
        yield _change(row.since_nadir, ", a new lowest" if lower else " from lowest", "lowest")
    if row.since_baseline:
        yield _change(row.since_baseline, " from baseline", "baseline")
    else:
        yield Words("no baseline", "muted")


def _change(change: Change, moved: str, same: str) -> Words:
    arrow = _ARROWS[change.direction]
    text = f"{arrow} {same}" if change.direction == "same" else f"{arrow} {score(change.points)}{moved}"
    return Words(text, "worse" if change.direction == "up" else "muted")


_NEUROLOGY = {
    "WORSE": Words("▲ worse than baseline", "worse"),
    "SAME": Words("= as baseline"),
    "NOT_CHECKED": Words("not checked", "muted"),
}
