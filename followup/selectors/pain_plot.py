"""Where everything stands on the plot of pain against time since T0. Pure geometry; the template draws it.

Coordinates are units of the drawing's own viewBox. A score that was not asked for is a gap: the line stops before it
and starts again after it, so that nothing looks measured that was not (law 3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

HIGHEST_SCORE = 10

_WIDTH = 720
_SCORE_AXIS_X = 34
_BEFORE_X = 92  # the column of what was measured before the procedure
_TIME_ZERO_X = 150
_END_X = 648
_UNITS_A_POINT = 22
_FLAG_ROW, _DOSE_LANE = 24, 24
_TOP_MARGIN, _AXIS_HEIGHT = 12, 52
_CODE_UNITS, _FLAG_SYMBOL = 9, 20  # room for a letter of a rule code, and for its symbol

# The time axis: its length and the distance of its ticks. Longer ones go on by weeks.
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
_AXES = (
    (2 * _HOUR, _HOUR / 2, "minutes"),
    (6 * _HOUR, _HOUR, "hours"),
    (12 * _HOUR, 2 * _HOUR, "hours"),
    (24 * _HOUR, 4 * _HOUR, "hours"),
    (48 * _HOUR, 6 * _HOUR, "hours"),
    (7 * _DAY, _DAY, "days"),
    (14 * _DAY, 2 * _DAY, "days"),
)
_UNIT = {"minutes": timedelta(minutes=1), "hours": _HOUR, "days": _DAY, "weeks": _WEEK}
_WATCHED = timedelta(hours=48)
_MOST_TICKS = 10


@dataclass(frozen=True)
class PainScore:
    """One pain assessment, 0 to 10; None where that score was not asked for.

    `may_be_nadir`: false of scores that sedation or drowsiness lowers (clinical-spec 2).
    """

    at: datetime
    at_rest: Decimal | None
    on_movement: Decimal | None
    scale: str = "NRS"
    may_be_nadir: bool = True


@dataclass(frozen=True)
class DoseGiven:
    at: datetime
    drug_and_route: str
    amount: str = ""


@dataclass(frozen=True)
class FlagRaised:
    """`at` is when the finding was measured, so that the mark stands over the score that raised it."""

    at: datetime
    rule_code: str
    severity: str
    title: str


@dataclass(frozen=True)
class Tick:
    position: float
    amount: int


@dataclass(frozen=True)
class Mark:
    """One score on the drawing."""

    x: float
    y: float
    at: datetime
    score: Decimal


@dataclass(frozen=True)
class Series:
    """The scores of one context (at rest or on movement), and the stretches of them that a line may join."""

    context: str
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    baseline: Mark | None
    nadir: Mark | None

    @property
    def first(self) -> Mark | None:
        return self.marks[0] if self.marks else None

    @property
    def lowest(self) -> Mark | None:
        return min(self.marks, key=lambda mark: mark.score, default=None)

    @property
    def last(self) -> Mark | None:
        return self.marks[-1] if self.marks else None


@dataclass(frozen=True)
class FlagMark:
    x: float
    y: float
    row: int
    flag: FlagRaised


@dataclass(frozen=True)
class DoseMark:
    x: float
    dose: DoseGiven


@dataclass(frozen=True)
class DoseLane:
    """One drug by one route: a row of marks under the time axis."""

    y: float
    drug_and_route: str
    marks: tuple[DoseMark, ...]


@dataclass(frozen=True)
class TableRow:
    """The same content for reading instead of looking; one row a score, a dose or a flag."""

    at: datetime
    score: PainScore | None = None
    dose: DoseGiven | None = None
    flag: FlagRaised | None = None


@dataclass(frozen=True)
class PainPlot:
    width: float
    height: float
    top: float
    bottom: float
    score_axis_x: float
    before_x: float
    time_zero_x: float
    end_x: float
    severe_score: Decimal
    severe_y: float
    rise_floor: Decimal
    rise_floor_y: float
    time_unit: str
    time_ticks: tuple[Tick, ...]
    score_ticks: tuple[Tick, ...]
    now_x: float | None
    series: tuple[Series, ...]
    flags: tuple[FlagMark, ...]
    dose_lanes: tuple[DoseLane, ...]
    table: tuple[TableRow, ...]

    @property
    def is_empty(self) -> bool:
        """No score was ever given, not even before the procedure."""
        return not any(series.marks or series.baseline for series in self.series)


@dataclass(frozen=True)
class _Frame:
    """How times and scores become coordinates."""

    time_zero: datetime
    length: timedelta
    flag_rows: int = 1

    @property
    def top(self) -> float:
        return _TOP_MARGIN + _FLAG_ROW * self.flag_rows

    def x(self, at: datetime) -> float:
        """A time before T0 stands in the column "before", one beyond the axis at its end."""
        if at < self.time_zero:
            return _BEFORE_X
        share = min((at - self.time_zero) / self.length, 1)
        return round(_TIME_ZERO_X + share * (_END_X - _TIME_ZERO_X), 1)

    def y(self, score: Decimal | int) -> float:
        return round(self.top + (HIGHEST_SCORE - float(score)) * _UNITS_A_POINT, 1)


def pain_plot(
    *,
    time_zero: datetime,
    now: datetime,
    scores: Iterable[PainScore],
    baseline: PainScore | None,
    doses: Iterable[DoseGiven] = (),
    flags: Iterable[FlagRaised] = (),
    severe_score: Decimal,
    rise_floor: Decimal,
) -> PainPlot:
    """Lay out the plot: the axis reaches to the last score, dose or flag, and to `now` within the first 48 hours."""
    scores = sorted(scores, key=lambda score: score.at)
    doses = sorted(doses, key=lambda dose: dose.at)
    flags = sorted(flags, key=lambda flag: flag.at)
    past = [one.at for one in (*scores, *doses, *flags) if one.at <= now]
    length, step, unit = _axis(max([*past, min(now, time_zero + _WATCHED)]) - time_zero)
    flag_marks = _flag_marks(_Frame(time_zero, length), flags)
    frame = _Frame(time_zero, length, flag_rows=max((mark.row for mark in flag_marks), default=0) + 1)
    lanes = _dose_lanes(frame, doses, below=frame.y(0) + _AXIS_HEIGHT)
    return PainPlot(
        width=_WIDTH,
        height=frame.y(0) + _AXIS_HEIGHT + _DOSE_LANE * len(lanes),
        top=frame.top,
        bottom=frame.y(0),
        score_axis_x=_SCORE_AXIS_X,
        before_x=_BEFORE_X,
        time_zero_x=_TIME_ZERO_X,
        end_x=_END_X,
        severe_score=severe_score,
        severe_y=frame.y(severe_score),
        rise_floor=rise_floor,
        rise_floor_y=frame.y(rise_floor),
        time_unit=unit,
        time_ticks=tuple(
            Tick(frame.x(time_zero + step * number), round(step * number / _UNIT[unit]))
            for number in range(round(length / step) + 1)
        ),
        score_ticks=tuple(Tick(frame.y(score), score) for score in range(0, HIGHEST_SCORE + 1, 2)),
        now_x=frame.x(now) if timedelta(0) <= now - time_zero <= length else None,
        series=(
            _series("rest", frame, [(one, one.at_rest) for one in scores], baseline, baseline and baseline.at_rest),
            _series(
                "movement",
                frame,
                [(one, one.on_movement) for one in scores],
                baseline,
                baseline and baseline.on_movement,
            ),
        ),
        flags=flag_marks,
        dose_lanes=lanes,
        table=_table(scores, doses, flags),
    )


def _axis(elapsed: timedelta) -> tuple[timedelta, timedelta, str]:
    """Length of the axis, distance of its ticks, and the unit they are counted in."""
    for length, step, unit in _AXES:
        if elapsed <= length:
            return length, step, unit
    step = _WEEK
    while elapsed > _MOST_TICKS * step:
        step *= 2
    return ceil(elapsed / step) * step, step, "weeks"


def _series(
    context: str,
    frame: _Frame,
    scored: Sequence[tuple[PainScore, Decimal | None]],
    baseline: PainScore | None,
    score_before: Decimal | None,
) -> Series:
    marks: list[Mark] = []
    valid: list[Mark] = []
    stretches: list[list[Mark]] = [[]]
    scale = None
    for one, score in scored:
        # Scores on different scales are different measurements, so no line joins them either.
        if score is None or one.scale != scale:
            stretches.append([])
        scale = one.scale
        if score is not None:
            marks.append(Mark(frame.x(one.at), frame.y(score), one.at, score))
            stretches[-1].append(marks[-1])
            if one.may_be_nadir:
                valid.append(marks[-1])
    return Series(
        context=context,
        marks=tuple(marks),
        lines=tuple(" ".join(f"{mark.x},{mark.y}" for mark in stretch) for stretch in stretches if len(stretch) > 1),
        baseline=Mark(_BEFORE_X, frame.y(score_before), baseline.at, score_before)
        if baseline and score_before is not None
        else None,
        # Of equal ones the last: what came after it is the rise.
        nadir=min(reversed(valid), key=lambda mark: mark.score, default=None),
    )


def _flag_marks(frame: _Frame, flags: Sequence[FlagRaised]) -> tuple[FlagMark, ...]:
    """Each flag in the first row where its code does not cover the one before it."""
    free_from: list[float] = []
    marks = []
    for flag in flags:
        x = frame.x(flag.at)
        row = next((row for row, free in enumerate(free_from) if free <= x), len(free_from))
        free_from[row : row + 1] = [x + _FLAG_SYMBOL + _CODE_UNITS * len(flag.rule_code)]
        marks.append(FlagMark(x=x, y=_TOP_MARGIN + _FLAG_ROW * (row + 0.5), row=row, flag=flag))
    return tuple(marks)


def _dose_lanes(frame: _Frame, doses: Sequence[DoseGiven], below: float) -> tuple[DoseLane, ...]:
    names = list(dict.fromkeys(dose.drug_and_route for dose in doses))
    return tuple(
        DoseLane(
            y=below + _DOSE_LANE * (number + 0.5),
            drug_and_route=name,
            marks=tuple(DoseMark(frame.x(dose.at), dose) for dose in doses if dose.drug_and_route == name),
        )
        for number, name in enumerate(names)
    )


def _table(
    scores: Sequence[PainScore], doses: Sequence[DoseGiven], flags: Sequence[FlagRaised]
) -> tuple[TableRow, ...]:
    rows = [
        *(TableRow(at=score.at, score=score) for score in scores),
        *(TableRow(at=dose.at, dose=dose) for dose in doses),
        *(TableRow(at=flag.at, flag=flag) for flag in flags),
    ]
    return tuple(sorted(rows, key=lambda row: row.at))
