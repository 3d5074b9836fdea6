"""What two rulesets say of the same episode: raised only by one, raised by both but otherwise, or the same.

Both look at the same rows at the same clinical times, as if each had been live when they were measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from followup.red_flags.assess import assess
from followup.red_flags.findings import Finding
from followup.red_flags.history import History
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import clocks


@dataclass(frozen=True)
class ChangedFinding:
    """Raised by both. `what` differs: severity, scan, re-check or response times."""

    old: Finding
    new: Finding
    what: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """`raised_only_by_old` is what the new ruleset would have missed."""

    raised_only_by_new: tuple[Finding, ...]
    raised_only_by_old: tuple[Finding, ...]
    changed: tuple[ChangedFinding, ...]
    unchanged: tuple[Finding, ...]

    @property
    def raised_by_old(self) -> tuple[Finding, ...]:
        return (*self.raised_only_by_old, *(one.old for one in self.changed), *self.unchanged)

    @property
    def raised_by_new(self) -> tuple[Finding, ...]:
        return (*self.raised_only_by_new, *(one.new for one in self.changed), *self.unchanged)


def compare(history: History, old: Ruleset, new: Ruleset) -> Replay:
    """Assess an episode with both, and pair what they raised by rule and reading."""
    before, after = _by_rule_and_reading(assess(history, old).raised), _by_rule_and_reading(assess(history, new).raised)
    in_both = [
        (before[key], after[key], _what_differs(before[key], old, after[key], new)) for key in before if key in after
    ]
    return Replay(
        raised_only_by_new=tuple(finding for key, finding in after.items() if key not in before),
        raised_only_by_old=tuple(finding for key, finding in before.items() if key not in after),
        changed=tuple(ChangedFinding(was, becomes, what) for was, becomes, what in in_both if what),
        unchanged=tuple(becomes for _was, becomes, what in in_both if not what),
    )


def _by_rule_and_reading(raised: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
    return {(finding.rule_code, finding.reading_id): finding for finding in raised}


def _what_differs(was: Finding, old: Ruleset, becomes: Finding, new: Ruleset) -> tuple[str, ...]:
    pairs = {
        "severity": (was.severity, becomes.severity),
        "scan": (was.imaging, becomes.imaging),
        "re-check": (was.recheck, becomes.recheck),
        "response times": (clocks(was.severity, was.category, old), clocks(becomes.severity, becomes.category, new)),
    }
    return tuple(name for name, (before, after) in pairs.items() if before != after)
