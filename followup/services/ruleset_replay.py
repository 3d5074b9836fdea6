"""What a draft would have raised, missed and changed in the past episodes of its site. It writes nothing about patients."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from followup.models import SiteRuleset
from followup.red_flags.findings import Finding
from followup.red_flags.replay import Replay, compare
from followup.red_flags.rules import RULES_BY_CODE
from followup.red_flags.ruleset import Ruleset
from followup.services.history import history_of, read_episodes
from followup.services.rulesets import check_may_be_replayed, newest_live, ruleset_from, store_replay
from kyphotrack.staff.models import User
from procedures.models import Procedure

DAYS = 90
# So that the page answers in time; how many were left out is shown.
MOST_EPISODES = 500
_BATCH = 200
_EXAMPLES = 10
_KINDS = ("raised", "missed", "changed")


@transaction.atomic
def replay_ruleset(
    *, ruleset: SiteRuleset, by: User, now: datetime, days: int = DAYS, most: int = MOST_EPISODES
) -> SiteRuleset:
    """Run a draft and the thresholds in force over the site's newest episodes, by T0, and keep what came out.

    Raises the errors of `rulesets.store_replay`.
    """
    check_may_be_replayed(ruleset)
    since = now - timedelta(days=days)
    episodes = Procedure.objects.filter(patient__site=ruleset.site, ended_at__gt=since, ended_at__lte=now)
    keys = list(episodes.order_by("-ended_at", "-pk").values_list("pk", flat=True))
    summary = _Summary()
    old, new = newest_live(ruleset.site), ruleset_from(ruleset)
    for procedure, replay in _replayed(keys[:most], old, new):
        summary.add(str(procedure.public_id), replay)
    shown = summary.as_json() | {
        "days": days,
        "since": since.isoformat(),
        "until": now.isoformat(),
        "episodes_in_period": len(keys),
        "episodes_left_out": len(keys) - summary.episodes,
        "old_version": old.version,
        "new_version": new.version,
    }
    return store_replay(ruleset=ruleset, replay=shown, by=by, now=now)


def _replayed(keys: Sequence[int], old: Ruleset, new: Ruleset) -> Iterator[tuple[Procedure, Replay]]:
    """One batch in memory at a time, each in a fixed number of statements."""
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        for rows in read_episodes(
            list(Procedure.objects.filter(pk__in=batch).order_by("-ended_at", "-pk")), ruleset=old
        ):
            yield rows.procedure, compare(history_of(rows), old, new)


class _Summary:
    """Totals a rule, with a few episodes as examples."""

    def __init__(self) -> None:
        self.episodes = 0
        self.left_without_red_flag: list[str] = []
        self.findings: dict[str, Counter[str]] = {}
        self.examples: dict[str, dict[str, list[str]]] = {}
        self.what: dict[str, Counter[str]] = {}

    def add(self, episode: str, replay: Replay) -> None:
        self.episodes += 1
        if _has_red_flag(replay.raised_by_old) and not _has_red_flag(replay.raised_by_new):
            self.left_without_red_flag.append(episode)
        before = {finding.rule_code for finding in replay.raised_by_old}
        after = {finding.rule_code for finding in replay.raised_by_new}
        for code in before | after:
            self._count(code, "newly_flagged_episodes" if code not in before else "")
            self._count(code, "no_longer_flagged_episodes" if code not in after else "")
        self._note(episode, "raised", (finding.rule_code for finding in replay.raised_only_by_new))
        self._note(episode, "missed", (finding.rule_code for finding in replay.raised_only_by_old))
        self._note(episode, "changed", (one.new.rule_code for one in replay.changed))
        for one in replay.changed:
            self.what.setdefault(one.new.rule_code, Counter()).update(one.what)
        for finding in replay.unchanged:
            self._count(finding.rule_code, "unchanged")

    def _count(self, code: str, what: str) -> None:
        counts = self.findings.setdefault(code, Counter())
        if what:
            counts[what] += 1

    def _note(self, episode: str, kind: str, codes: Iterable[str]) -> None:
        for code in codes:
            self._count(code, kind)
            shown = self.examples.setdefault(code, {}).setdefault(kind, [])
            if episode not in shown and len(shown) < _EXAMPLES:
                shown.append(episode)

    def as_json(self) -> dict[str, Any]:
        counted = (*_KINDS, "unchanged", "newly_flagged_episodes", "no_longer_flagged_episodes")
        return {
            "episodes": self.episodes,
            "missed": sum(counts["missed"] for counts in self.findings.values()),
            "left_without_red_flag": len(self.left_without_red_flag),
            "left_without_red_flag_examples": self.left_without_red_flag[:_EXAMPLES],
            "rules": [
                {
                    "code": code,
                    "title": RULES_BY_CODE[code].title,
                    **{what: self.findings[code][what] for what in counted},
                    "what_changed": dict(self.what.get(code, {})),
                    "examples": {kind: self.examples.get(code, {}).get(kind, []) for kind in _KINDS},
                }
                for code in RULES_BY_CODE
                if code in self.findings
            ],
        }


def _has_red_flag(findings: Iterable[Finding]) -> bool:
    return any(finding.severity.is_red_flag for finding in findings)
