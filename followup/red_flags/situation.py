"""What a criterion looks at, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import History, Reading
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
    # What the rules above in the table said of this reading, by code: some rules build on others.
    said: dict[str, "Verdict"] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Met, not met or unknown; with what was seen, against what, and the words for the reason sentence."""

    truth: Truth
    observed: Mapping[str, object] = field(default_factory=dict)
    reference: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, object] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    severity: Severity | None = None  # where it differs from the rule's own
    recheck: Recheck | None = None


def not_met() -> Verdict:
    return Verdict(NOT_MET)


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
    return Verdict(MET, observed=observed, reference=reference or {}, words=words, severity=severity, recheck=recheck)


def settle(fired: Verdict | None, missing: tuple[str, ...]) -> Verdict:
    """A rule whose known part meets its criterion fires; else blank fields leave it open (law 3)."""
    if fired:
        return fired
    return unknown(*missing) if missing else not_met()
