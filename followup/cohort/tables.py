"""The rows of each figure: all kyphoplasties, and the same by age, cause and kind, with what is kept back kept back."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from followup.cohort import intervals
from followup.cohort.benchmarks import FIGURES, MISSING, OUTSIDE, Figure, Shape, Split, Value
from followup.cohort.episode import (
    ACUTE,
    CANCER,
    CHRONIC,
    KYPHOPLASTY,
    MIXED,
    OSTEOPOROTIC,
    OTHER,
    UNKNOWN,
    Episode,
    Group,
    Vertebra,
)
from followup.cohort.intervals import Estimate, Wait
from followup.cohort.small_cells import Cell, kept_back, tells_of_few

ALL = "ALL"
AGES = (ACUTE, CHRONIC, MIXED, UNKNOWN)
CAUSES = (OSTEOPOROTIC, CANCER, OTHER)
OTHER_KINDS = ("VERTEBROPLASTY", "IMPLANT")
# Every kyphoplasty is in ALL, in one of the ages and in one of the causes; the other kinds stand beside it.
_PARTS = {Split.AGE: AGES, Split.CAUSE: CAUSES}


@dataclass(frozen=True)
class Row:
    """`group`: ALL, an age, a cause or a kind. Of a row that is kept back nothing is known here either."""

    group: str
    shown: bool
    n: int = 0
    missing: int = 0
    estimates: tuple[Estimate, ...] = ()

    @property
    def missing_percent(self) -> int:
        """Rounded up, so that 0 % means none."""
        return -(-100 * self.missing // (self.n + self.missing)) if self.missing else 0


@dataclass(frozen=True)
class Table:
    figure: Figure
    rows: tuple[Row, ...]


@dataclass
class _Tally:
    values: list[Value] = field(default_factory=list)
    counted: set[int] = field(default_factory=set)
    belonging: set[int] = field(default_factory=set)
    missing: int = 0

    def add(self, patient: int, value: Value) -> None:
        self.belonging.add(patient)
        if value is MISSING:
            self.missing += 1
        else:
            self.values.append(value)
            self.counted.add(patient)

    @property
    def cell(self) -> Cell:
        return Cell(frozenset(self.counted), frozenset(self.belonging))


def tables(episodes: Sequence[Episode]) -> tuple[Table, ...]:
    """One for each figure, in their order."""
    tallies: dict[str, dict[str, _Tally]] = {}
    made = []
    for figure in FIGURES:
        tallies[figure.code] = own = _tally(figure, episodes)
        too_near = _too_near(own, tallies[figure.within]) if figure.within else frozenset()
        made.append(Table(figure, tuple(_rows(figure, own, too_near))))
    return tuple(made)


def _tally(figure: Figure, episodes: Iterable[Episode]) -> dict[str, _Tally]:
    groups = {name: _Tally() for name in (ALL, *AGES, *CAUSES, *OTHER_KINDS)}
    for group, value in _values(figure, episodes):
        if value is OUTSIDE:
            continue
        names = (ALL, group.age, group.cause) if group.kind == KYPHOPLASTY else (group.kind,)
        for name in names:
            groups[name].add(group.patient, value)
    return groups


def _values(figure: Figure, episodes: Iterable[Episode]) -> Iterator[tuple[Group, Value]]:
    if figure.of_episode:
        of_episode = figure.of_episode
        return ((episode.group, of_episode(episode)) for episode in episodes)
    of_vertebra = figure.of_vertebra
    if of_vertebra is None:
        raise ValueError(f"{figure.code} is about nothing.")
    vertebrae: Iterator[Vertebra] = (vertebra for episode in episodes for vertebra in episode.vertebrae)
    return ((vertebra.group, of_vertebra(vertebra)) for vertebra in vertebrae)


def _too_near(own: dict[str, _Tally], wider: dict[str, _Tally]) -> frozenset[str]:
    """Groups in which so few belong to the wider figure alone that the difference of both would tell of them."""
    return frozenset(
        name
        for name, tally in own.items()
        if tells_of_few(
            Cell(
                frozenset(wider[name].counted - tally.counted),
                frozenset(wider[name].belonging - tally.belonging),
            )
        )
    )


def _rows(figure: Figure, tallies: dict[str, _Tally], too_near: Collection[str]) -> Iterator[Row]:
    """Rows without a case are left out, but for that of all."""
    total = tallies[ALL]
    total_is_hidden = tells_of_few(total.cell) or ALL in too_near
    yield _row(figure, ALL, total, shown=not total_is_hidden)
    for split, names in _PARTS.items():
        if split not in figure.splits:
            continue
        parts = [tallies[name].cell for name in names]
        besides = range(len(names)) if total_is_hidden else [i for i, name in enumerate(names) if name in too_near]
        hidden = kept_back(total.cell, parts, besides=besides)
        for place, name in enumerate(names):
            if tallies[name].belonging:
                yield _row(figure, name, tallies[name], shown=place not in hidden)
    if Split.KIND in figure.splits:
        for name in OTHER_KINDS:
            if tallies[name].belonging:
                few = tells_of_few(tallies[name].cell) or name in too_near
                yield _row(figure, name, tallies[name], shown=not few)


def _row(figure: Figure, name: str, tally: _Tally, *, shown: bool) -> Row:
    if not shown:
        return Row(name, shown=False)
    estimates = _estimates(figure.shape, tally.values) if tally.values else ()
    return Row(name, True, len(tally.values), tally.missing, estimates)


def _estimates(shape: Shape, values: Sequence[Value]) -> tuple[Estimate, ...]:
    if shape is Shape.SHARE:
        return (intervals.share(sum(value is True for value in values), len(values)),)
    if shape is Shape.MEDIAN_WAIT:
        return (intervals.median_wait([value for value in values if isinstance(value, Wait)]),)
    columns: Iterator[tuple[Decimal, ...]] = zip(*(value for value in values if isinstance(value, tuple)), strict=True)
    return tuple(intervals.mean([float(one) for one in column]) for column in columns)
