"""How the watching ran for the episodes of a cohort: checks on time, contacts answered, flags for each rule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from followup.cohort import intervals
from followup.cohort.intervals import Estimate
from followup.cohort.small_cells import SMALLEST_SHOWN, Cell, is_small, kept_back


@dataclass(frozen=True)
class Share:
    """Of `n` things, the share that went well. `shown`: False where it would tell of few; then nothing is known here."""

    name: str
    shown: bool
    n: int = 0
    share: Estimate | None = None


def share_of(name: str, *, well: int, judged: int, patients: int) -> Share:
    """`patients`: whose things they are."""
    if 0 < patients < SMALLEST_SHOWN:
        return Share(name, shown=False)
    return Share(name, True, judged, intervals.share(well, judged) if judged else None)


@dataclass(frozen=True)
class FlagFact:
    """One flag. `confirmed`: a scan was reported, and the physician closed the flag as a complication that it confirmed.

    None: no scan was reported, or the flag is not closed yet.
    """

    rule_code: str
    rule_title: str
    patient: int
    confirmed: bool | None


@dataclass(frozen=True)
class RuleRow:
    """`rule_code` is empty in the row of all. `scanned`: flags that a scan answered; `confirmed` is of these."""

    rule_code: str
    rule_title: str
    shown: bool
    flags: int = 0
    per_100_episodes: float = 0
    scanned_shown: bool = False
    scanned: int = 0
    confirmed: Estimate | None = None


def rule_rows(flags: Iterable[FlagFact], *, episodes: int) -> tuple[RuleRow, ...]:
    """The row of all rules first, then each rule that raised a flag, the most frequent first."""
    of_rule: dict[str, list[FlagFact]] = defaultdict(list)
    for flag in flags:
        of_rule[flag.rule_code].append(flag)
    rules = sorted(of_rule, key=lambda code: (-len(of_rule[code]), code))
    every = [flag for code in rules for flag in of_rule[code]]
    raised = [_patients(of_rule[code]) for code in rules]
    hidden = kept_back(_same(_patients(every)), [_same(patients) for patients in raised])
    answered = [_patients(_answered(of_rule[code])) for code in rules]
    not_shared = kept_back(
        _same(_patients(_answered(every))), [_same(patients) for patients in answered], besides=hidden
    )
    few, few_answered = is_small(_patients(every)), is_small(_patients(_answered(every)))
    rows = [_rule_row("", every, episodes, shown=not few, scanned_shown=not few_answered)]
    for place, code in enumerate(rules):
        shown, scanned_shown = place not in hidden, place not in not_shared
        rows.append(_rule_row(code, of_rule[code], episodes, shown=shown, scanned_shown=scanned_shown))
    return tuple(rows)


def _rule_row(code: str, flags: Sequence[FlagFact], episodes: int, *, shown: bool, scanned_shown: bool) -> RuleRow:
    title = flags[-1].rule_title if code else ""
    if not shown:
        return RuleRow(code, title, shown=False)
    row = RuleRow(code, title, True, len(flags), 100 * len(flags) / episodes if episodes else 0, scanned_shown)
    answered = _answered(flags)
    if not scanned_shown or not answered:
        return row
    share = intervals.share(sum(flag.confirmed is True for flag in answered), len(answered))
    return RuleRow(
        code, title, True, row.flags, row.per_100_episodes, scanned_shown=True, scanned=len(answered), confirmed=share
    )


def _answered(flags: Iterable[FlagFact]) -> list[FlagFact]:
    return [flag for flag in flags if flag.confirmed is not None]


def _patients(flags: Iterable[FlagFact]) -> frozenset[int]:
    return frozenset(flag.patient for flag in flags)


def _same(patients: frozenset[int]) -> Cell:
    return Cell(patients, patients)
