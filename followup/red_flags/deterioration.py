"""NEWS2 as an alarm: criteria V0 to V3 (clinical-spec 1.3). The score itself stands in `news2`."""

from typing import Any

from followup.red_flags.findings import Recheck
from followup.red_flags.news2 import monitoring_interval_minutes
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle
from followup.red_flags.words import label

# What one unknown part could add at most: oxygen 2, anything else 3.
_MOST_POINTS = {"supplemental_oxygen": 2}


def news2_words(situation: Situation) -> dict[str, Any]:
    news2 = situation.news2
    shown = str(news2.total) if news2.complete else f"at least {news2.lower_bound}"
    return {
        "observed": {"news2": shown, "parts": dict(news2.parts)},
        "total": shown if news2.complete else f"{shown} (set not complete)",
    }


def could_score(situation: Situation) -> int:
    """The highest total that the blank parts of the set allow."""
    return situation.news2.lower_bound + sum(_MOST_POINTS.get(name, 3) for name in situation.news2.missing)


def missing_for(situation: Situation, threshold: int) -> tuple[str, ...]:
    """The blank parts, if with them the score could reach the threshold that it has not reached yet."""
    news2 = situation.news2
    return news2.missing if news2.lower_bound < threshold <= could_score(situation) else ()


def news2_high(situation: Situation) -> Verdict:
    """V3: 7 or more, on the known part if the set is not complete."""
    threshold = situation.ruleset.news2_emergent
    if situation.news2.lower_bound >= threshold:
        interval = monitoring_interval_minutes(situation.news2) or 15
        return met(**news2_words(situation), recheck=Recheck("VITALS", interval))
    return settle(None, missing_for(situation, threshold))


def news2_medium(situation: Situation) -> Verdict:
    """V2: 5 or 6."""
    ruleset = situation.ruleset
    if situation.news2.lower_bound >= ruleset.news2_emergent:
        return not_met()
    if situation.news2.lower_bound >= ruleset.news2_urgent:
        return met(**news2_words(situation))
    return settle(None, missing_for(situation, ruleset.news2_urgent))


def news2_single_three(situation: Situation) -> Verdict:
    """V1: one parameter scores 3 and the aggregate stays below 5."""
    news2, threshold = situation.news2, situation.ruleset.news2_urgent
    if news2.lower_bound >= threshold:
        return not_met()
    if news2.single_three:
        reds = [name for name, points in news2.parts.items() if points == 3]
        return met(**news2_words(situation), what=", ".join(map(label, reds)))
    missing = tuple(name for name in news2.missing if name not in _MOST_POINTS)
    return settle(None, missing if news2.lower_bound + 3 < threshold else ())


def news2_rise(situation: Situation) -> Verdict:
    """V0: two points or more above the last complete set, still in the low band."""
    before, now, ruleset = situation.previous_news2, situation.news2, situation.ruleset
    if before is None or before.total is None or now.single_three or now.lower_bound >= ruleset.news2_urgent:
        return not_met()
    enough = before.total + ruleset.news2_rise_info
    if now.total is None:
        return settle(None, now.missing if enough < ruleset.news2_urgent and could_score(situation) >= enough else ())
    if now.total < enough:
        return not_met()
    return met(**news2_words(situation), reference={"news2": before.total}, before=before.total)
