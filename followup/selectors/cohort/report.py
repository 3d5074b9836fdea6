"""The whole cohort report of some sites and a period, ready for the page and the file."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.cohort.episode import Episode
from followup.cohort.small_cells import SMALLEST_SHOWN, is_small
from followup.cohort.tables import Row, Table, tables
from followup.imaging_figures import HopFigures
from followup.selectors.cohort.episodes import cohort_episodes
from followup.selectors.cohort.operations import Operations, flags_of, operations
from followup.selectors.cohort.words import (
    FIGURE_WORDS,
    GROUP_WORDS,
    HOP_WORDS,
    KIND_WORDS,
    WITHOUT_SCAN,
    FigureWords,
    Words,
)
from kyphotrack.staff.models import Site, User
from procedures.models import Procedure


@dataclass(frozen=True)
class Line:
    """`beside`: the published number of this group, or empty."""

    words: Words
    row: Row
    beside: Words


@dataclass(frozen=True)
class Section:
    code: str
    words: FigureWords
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class KindCount:
    """`episodes` is None where it would tell of few patients."""

    words: Words
    episodes: int | None


@dataclass(frozen=True)
class HopLine:
    words: Words
    figures: HopFigures


@dataclass(frozen=True)
class CohortReport:
    """`too_few`: kinds that are left out of the operations, so that nobody can work them out from the difference."""

    kinds: tuple[KindCount, ...]
    sections: tuple[Section, ...]
    operations: Operations
    hops: tuple[HopLine, ...]
    too_few: tuple[Words, ...]
    smallest_shown: int = SMALLEST_SHOWN


def cohort_report(
    *, user: User, sites: Collection[Site], starts_at: datetime, ends_at: datetime, now: datetime
) -> CohortReport | None:
    """Of the procedures that ended from `starts_at` until before `ends_at`; None where there are none."""
    scope = Procedure.objects.visible_to(user).filter(
        patient__site__in=sites, ended_at__gte=starts_at, ended_at__lt=ends_at
    )
    flags = flags_of(scope)
    episodes = cohort_episodes(scope, flags)
    if not episodes:
        return None
    patients_of: dict[str, set[int]] = defaultdict(set)
    for _key, episode in episodes:
        patients_of[episode.group.kind].add(episode.group.patient)
    few = [kind for kind, patients in patients_of.items() if is_small(patients)]
    watched = {key: episode.group.patient for key, episode in episodes if episode.group.kind not in few}
    ran = operations(scope.exclude(kind__in=few), patients=watched, flags=flags, sites=sites, now=now)
    return CohortReport(
        kinds=tuple(_counts([episode for _key, episode in episodes], few)),
        sections=tuple(_section(table) for table in tables([episode for _key, episode in episodes])),
        operations=ran,
        hops=tuple(_hops(ran)),
        too_few=tuple(KIND_WORDS[kind] for kind in KIND_WORDS if kind in few),
    )


def _counts(episodes: Sequence[Episode], few: Collection[str]) -> list[KindCount]:
    of_kind: dict[str, int] = defaultdict(int)
    for episode in episodes:
        of_kind[episode.group.kind] += 1
    return [
        KindCount(words, None if kind in few else of_kind[kind]) for kind, words in KIND_WORDS.items() if of_kind[kind]
    ]


def _hops(ran: Operations) -> Iterator[HopLine]:
    for figures in ran.hops:
        yield HopLine(HOP_WORDS[figures.hop.name], figures)
    if ran.without_scan:
        yield HopLine(WITHOUT_SCAN, ran.without_scan)


def _section(table: Table) -> Section:
    words = FIGURE_WORDS[table.figure.code]
    return Section(
        code=table.figure.code,
        words=words,
        lines=tuple(Line(GROUP_WORDS[row.group], row, words.beside.get(row.group, "")) for row in table.rows),
    )
