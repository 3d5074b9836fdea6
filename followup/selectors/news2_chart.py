"""The NEWS2 observation chart: a row a band, a column a set, and each value in its band.

The bands are read off the scoring functions of followup.red_flags.news2 and typed nowhere, so chart and score cannot differ.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby

from followup.models import Observation
from followup.red_flags.history import Vitals
from followup.red_flags.news2 import HARD_LIMITS, PARAMETERS, score
from followup.services.history import vitals_of
from procedures.models import MeasuredState

SETS_A_PAGE = 12
_RISK_WORDS = {"LOW": "low", "LOW_MEDIUM": "low-medium", "MEDIUM": "medium", "HIGH": "high"}
_LABELS = {
    "respiration_rate": "Respirations /min",
    "supplemental_oxygen": "Air or oxygen",
    "systolic_mmhg": "Blood pressure mmHg, scored by systolic",
    "pulse_per_minute": "Pulse /min",
    "consciousness": "Consciousness",
    "temperature_celsius": "Temperature °C",
}
_STEPS = {"temperature_celsius": Decimal("0.1")}


@dataclass(frozen=True)
class Band:
    """Values that score the same. `holds` are they; `on_oxygen` is given where it depends on that (SpO₂ scale 2)."""

    words: str
    points: int
    holds: frozenset
    on_oxygen: bool | None = None


@dataclass(frozen=True)
class ChartCell:
    """What stands in one band under one set; empty where the value lies in another band or was not measured."""

    text: str


@dataclass(frozen=True)
class BandRow:
    band: Band
    cells: tuple[ChartCell, ...]


@dataclass(frozen=True)
class Parameter:
    """One measured quantity. `gaps` says of each set why its value stands in no band; empty where it does."""

    label: str
    rows: tuple[BandRow, ...]
    gaps: tuple[str, ...]

    @property
    def has_gaps(self) -> bool:
        return any(self.gaps)


@dataclass(frozen=True)
class ChartSet:
    """The head and foot of one column. `total` as it was said when the set was saved; with "≥" it was not complete."""

    at: datetime
    total: str
    complete: bool
    risk: str
    scale: int
    points: int


@dataclass(frozen=True)
class News2Chart:
    """One page of the sets, the oldest on the left; page 1 holds the newest."""

    sets: tuple[ChartSet, ...]
    parameters: tuple[Parameter, ...]
    count: int
    page: int
    pages: int

    @property
    def older_page(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None

    @property
    def newer_page(self) -> int | None:
        return self.page - 1 if self.page > 1 else None


def news2_chart(current: Sequence[Observation], *, page: int = 1) -> News2Chart:
    """`current`: the observations that count, the newest last. A page out of range is the nearest there is."""
    rows = [row for row in current if any(getattr(row, name) not in (None, "") for name in PARAMETERS)]
    pages = max(-(-len(rows) // SETS_A_PAGE), 1)
    page = min(max(page, 1), pages)
    end = len(rows) - SETS_A_PAGE * (page - 1)
    shown = rows[max(end - SETS_A_PAGE, 0) : end]
    return News2Chart(
        sets=tuple(_set(row) for row in shown),
        parameters=tuple(_parameters(shown)),
        count=len(rows),
        page=page,
        pages=pages,
    )


def _set(row: Observation) -> ChartSet:
    scored = score(vitals_of(row), row.spo2_scale)
    complete = row.news2_total is not None
    said = row.news2_total if row.news2_total is not None else row.news2_lower_bound
    return ChartSet(
        at=row.effective_at,
        total=f"{said}" if complete else f"≥{said}",
        complete=complete,
        risk=_RISK_WORDS[scored.band] if scored.band else "not known",
        scale=row.spo2_scale,
        points=said,
    )


def _parameters(rows: Sequence[Observation]) -> Iterator[Parameter]:
    for name in PARAMETERS:
        if name != "spo2_percent":
            yield _parameter(_LABELS[name], bands(name), rows, name, lambda _row: True)
            continue
        for scale in sorted({row.spo2_scale for row in rows}) or [1]:
            label = f"SpO₂ %, scale {scale}"
            yield _parameter(label, bands(name, scale), rows, name, lambda row, scale=scale: row.spo2_scale == scale)


def _parameter(
    label: str, of: Sequence[Band], rows: Sequence[Observation], name: str, concerns: Callable[[Observation], bool]
) -> Parameter:
    def cell(band: Band, row: Observation) -> ChartCell:
        return ChartCell(_value(row, name) if concerns(row) and _lies_in(band, row, name) else "")

    lines = tuple(BandRow(band, tuple(cell(band, row) for row in rows)) for band in of)
    gaps = [
        _why_in_no_band(row, name) if concerns(row) and not any(line.cells[number].text for line in lines) else ""
        for number, row in enumerate(rows)
    ]
    return Parameter(label, lines, tuple(gaps))


def _why_in_no_band(row: Observation, name: str) -> str:
    """On scale 2 a high SpO₂ that was measured has no band until it is known whether that was on air or on oxygen."""
    value = getattr(row, name)
    return "not measured" if value in (None, "") else f"{value}, air or oxygen not known"


def _lies_in(band: Band, row: Observation, name: str) -> bool:
    value = getattr(row, name)
    if value not in band.holds:
        return False
    return band.on_oxygen is None or row.supplemental_oxygen is band.on_oxygen


def _value(row: Observation, name: str) -> str:
    value = getattr(row, name)
    if name == "systolic_mmhg":
        return f"{value}/{'?' if row.diastolic_mmhg is None else row.diastolic_mmhg}"
    if name == "supplemental_oxygen":
        if not value:
            return "air"
        flow = row.oxygen_flow_litres_per_minute
        return "oxygen" if flow is None else f"{flow.normalize():f} L/min"
    return str(value)


@cache
def bands(name: str, spo2_scale: int = 1) -> tuple[Band, ...]:
    """From the highest value to the lowest, as the RCP's chart has them."""
    if name == "supplemental_oxygen":
        return tuple(
            Band(words, _points(name, value), frozenset([value])) for value, words in ((False, "air"), (True, "oxygen"))
        )
    if name == "consciousness":
        return tuple(_consciousness_bands())
    values = list(_values(name))
    if name != "spo2_percent" or spo2_scale == 1:
        return tuple(reversed(_ranges(name, values, lambda value: _points(name, value))))
    on_air, on_oxygen = (
        {value: score(Vitals(spo2_percent=value, supplemental_oxygen=oxygen), 2).parts[name] for value in values}
        for oxygen in (False, True)
    )
    either = [value for value in values if on_air[value] == on_oxygen[value]]
    depends = [value for value in values if on_air[value] != on_oxygen[value]]
    return (
        *reversed(_ranges(name, depends, on_oxygen.__getitem__, on_oxygen=True)),
        *reversed(_ranges(name, depends, on_air.__getitem__, on_oxygen=False)),
        *reversed(_ranges(name, either, on_air.__getitem__)),
    )


def _points(name: str, value: object) -> int:
    return score(Vitals(**{name: value})).parts[name]  # type: ignore[arg-type]


def _values(name: str) -> Iterator[int | Decimal]:
    low, high = HARD_LIMITS[name]
    step = _STEPS.get(name, 1)
    value = low if name in _STEPS else int(low)
    while value <= high:
        yield value
        value += step


def _ranges(name: str, values: Sequence, points_of: Callable[..., int], *, on_oxygen: bool | None = None) -> list[Band]:
    """Neighbouring values of the same points as one band, from the lowest. The outermost have no end of their own."""
    low, high = (limit if name in _STEPS else int(limit) for limit in HARD_LIMITS[name])
    made = []
    for points, group in groupby(values, key=points_of):
        held = list(group)
        if held[0] == low:
            words = f"≤{held[-1]}"
        elif held[-1] == high:
            words = f"≥{held[0]}"
        else:
            words = f"{held[0]}–{held[-1]}"
        if on_oxygen is not None:
            words += " on oxygen" if on_oxygen else " on air"
        made.append(Band(words, points, frozenset(held), on_oxygen))
    return made


def _consciousness_bands() -> Iterable[Band]:
    states = list(MeasuredState.Consciousness.choices)
    for points, group in groupby(states, key=lambda state: _points("consciousness", state[0])):
        held = list(group)
        yield Band("".join(code for code, _words in held), points, frozenset(code for code, _words in held))
