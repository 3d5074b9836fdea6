"""What a criterion looks at, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import History, Reading
from followup.red_flags.neurology import steps_worse
from followup.red_flags.news2 import News2Score
from followup.red_flags.ruleset import Ruleset
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth


@dataclass(frozen=True)
class Situation:
    """One reading with everything that was measured before it."""

    current: Reading
    earlier: tuple[Reading, ...]  # strictly earlier, oldest first
    history: History
    ruleset: Ruleset
    news2: News2Score
    previous_news2: News2Score | None
    # What each graded item of the exam is compared with: the same for every reading of an episode.
    reference_exam: Mapping[str, object]
    # The best grade that an alert patient reached since the procedure, before this reading, by motor item.
    best_power: Mapping[str, str] = field(default_factory=dict)
    # The lowest valid score since the procedure, before this reading, by pain context.
    nadir: Mapping[str, Decimal] = field(default_factory=dict)
    # What the rules above in the table said of this reading, by code: some rules build on others.
    said: dict[str, "Verdict"] = field(default_factory=dict)

    @property
    def exam(self) -> Mapping[str, object]:
        return self.current.neurology

    @property
    def exam_before(self) -> Mapping[str, object]:
        """The neurological exam before the procedure; what is not in it counts as healthy."""
        return self.history.baseline.neurology if self.history.baseline else {}

    @cached_property
    def worse(self) -> dict[str, int]:
        """Each item of this exam that is worse than its reference, by how many steps."""
        reference = self.reference_exam
        steps = {
            name: steps_worse(name, answer, reference[name]) for name, answer in self.exam.items() if name in reference
        }
        return {name: count for name, count in steps.items() if count is not None and count > 0}

    def blank(self, names: Iterable[str]) -> tuple[str, ...]:
        """Items of the exam that were not asked; "not testable" is an answer."""
        exam = self.current.neurology
        return tuple([name for name in names if exam.get(name) in (None, "")])

    def rule(self, code: str) -> Truth:
        """What a rule above in the table said of this reading; unknown if it failed."""
        verdict = self.said.get(code)
        return verdict.truth if verdict else UNKNOWN

    def raised_red(self, code: str) -> Truth:
        """The same, where only a red flag counts: a rule that was met as amber may still be more with what is blank."""
        verdict = self.said.get(code)
        if verdict is None or verdict.truth is not MET:
            return verdict.truth if verdict else UNKNOWN
        if verdict.severity is None or verdict.severity.is_red_flag:
            return MET
        return UNKNOWN if verdict.missing else NOT_MET


_NOTHING: Mapping[str, object] = MappingProxyType({})


class Verdict(NamedTuple):
    """Met, not met or unknown; with what was seen, against what, and the words for the reason sentence.

    A tuple, because some thousand are made in one assessment, and it costs a fifth of a frozen dataclass.
    """

    truth: Truth
    observed: Mapping[str, object] = _NOTHING
    reference: Mapping[str, object] = _NOTHING
    words: Mapping[str, object] = _NOTHING
    missing: tuple[str, ...] = ()  # of a met one: what could make it graver
    severity: Severity | None = None  # where it differs from the rule's own
    recheck: Recheck | None = None


def not_met() -> Verdict:
    return _NOT_MET


_NOT_MET = Verdict(NOT_MET)


def unknown(*missing: str) -> Verdict:
    """Not decided, for want of these fields."""
    return Verdict(UNKNOWN, missing=missing)


def met(
    *,
    observed: Mapping[str, object],
    reference: Mapping[str, object] | None = None,
    severity: Severity | None = None,
    recheck: Recheck | None = None,
    **words: object,
) -> Verdict:
    return Verdict(
        MET,
        observed=observed,
        reference=reference or {},
        words=words,
        severity=severity,
        recheck=recheck,
    )


def settle(fired: Verdict | None, missing: tuple[str, ...]) -> Verdict:
    """A rule whose known part meets its criterion fires, with what could make it graver; else blanks leave it open (law 3)."""
    if fired:
        return fired._replace(missing=missing)
    return unknown(*missing) if missing else not_met()
