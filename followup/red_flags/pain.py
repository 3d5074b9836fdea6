"""Pain as a trajectory: baseline, nadir, and the criteria P1, P1a, P3 and P6 (clinical-spec 2). Like is compared with like.

Where a score was not asked for, now or before the procedure, a criterion stays open if any score from 0 to 10 would meet
it. It is enough to try those that go farthest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import PAIN_CONTEXTS, History, Reading
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle

LOWEST_SCORE, HIGHEST_SCORE = Decimal(0), Decimal(10)
_MODERATE = Decimal(4)
_WORDS = {"at_rest": "at rest", "on_movement": "on movement"}


def band(score: Decimal, ruleset: Ruleset = DEFAULT_RULESET) -> str:
    """NONE, MILD, MODERATE or SEVERE: 0, 1-3, 4-6 and 7-10 [OK]. Tenths (VAS) belong to the band below the next edge."""
    if score >= ruleset.pain_severe:
        return "SEVERE"
    if score >= _MODERATE:
        return "MODERATE"
    return "MILD" if score > LOWEST_SCORE else "NONE"


@dataclass(frozen=True)
class Trend:
    """The latest pain for the board: its score, and its change since nadir and baseline in the same context."""

    current: Decimal | None = None
    since_nadir: Decimal | None = None
    since_baseline: Decimal | None = None


def baseline_pain(history: History, context: str, ruleset: Ruleset) -> Decimal | None:
    """The score before the procedure, if measured in the last seven days before T0 [DEF]."""
    baseline, time_zero = history.baseline, history.context.time_zero
    oldest = time_zero - timedelta(days=ruleset.pain_baseline_max_days)
    if baseline is None or not oldest <= baseline.effective_at <= time_zero:
        return None
    return baseline.pain.in_context(context)


def nadir(earlier: Iterable[Reading], context: str, history: History, ruleset: Ruleset) -> Decimal | None:
    """The lowest valid score before now. Scores of the first hour, or of a drowsy patient, would feign a rise [DEF].

    Not knowing the consciousness counts as alert: a lower nadir can only raise more.
    """
    first_valid = history.context.time_zero + timedelta(minutes=ruleset.pain_nadir_after_minutes)
    scores = (
        reading.pain.in_context(context)
        for reading in earlier
        if reading.effective_at >= first_valid and reading.vitals.consciousness in (None, "A")
    )
    return min((score for score in scores if score is not None), default=None)


def lowest_of(
    before: Mapping[str, Decimal], readings: Iterable[Reading], history: History, ruleset: Ruleset
) -> dict[str, Decimal]:
    """The nadirs so far, by context, with the valid scores of further readings."""
    lowest = dict(before)
    for context in PAIN_CONTEXTS:
        score = nadir(readings, context, history, ruleset)
        if score is not None:
            lowest[context] = min(score, lowest.get(context, score))
    return lowest


def trend(history: History, ruleset: Ruleset = DEFAULT_RULESET) -> Trend:
    scored = [reading for reading in history.readings if reading.pain.worst is not None]
    latest = max(scored, key=lambda reading: (reading.effective_at, reading.id), default=None)
    if latest is None:
        return Trend()
    context = "on_movement" if latest.pain.on_movement is not None else "at_rest"
    current = latest.pain.in_context(context)
    assert current is not None  # noqa: S101 - the context was chosen for having a score
    low = nadir(_before(latest, scored), context, history, ruleset)
    before = baseline_pain(history, context, ruleset)
    return Trend(
        current=latest.pain.worst,
        since_nadir=None if low is None else current - low,
        since_baseline=None if before is None else current - before,
    )


def _before(reading: Reading, readings: Iterable[Reading]) -> list[Reading]:
    return [one for one in readings if one.effective_at < reading.effective_at]


def missing_scores(situation: Situation) -> tuple[str, ...]:
    """The scores that were not asked for."""
    pain = situation.current.pain
    return tuple(f"pain_{context}" for context in PAIN_CONTEXTS if pain.in_context(context) is None)


def rise_after_relief(situation: Situation) -> Verdict:
    """P1: after improvement, a rise of 2 or more to at least 4; or a smaller one that the next reading confirms (P1a)."""
    return _rise(situation, Severity.URGENT)


def small_rise_after_relief(situation: Situation) -> Verdict:
    """P1a: the same rise to less than 4, seen for the first time: ask again within the hour."""
    return _rise(situation, Severity.AMBER, Recheck("PAIN", situation.ruleset.pain_small_rise_recheck_minutes))


def _rise(situation: Situation, wanted: Severity, recheck: Recheck | None = None) -> Verdict:
    """Whether a context has a rise of this severity, or could have one with other scores in its blanks."""
    ruleset = situation.ruleset
    missing: list[str] = []
    for context in PAIN_CONTEXTS:
        lowest = situation.nadir.get(context)
        if lowest is None:
            continue  # nothing that is answered now gives it one
        score = situation.current.pain.in_context(context)
        before = baseline_pain(situation.history, context, ruleset)
        if score is not None and _severity(situation, context, score, lowest, before) is wanted:
            return met(
                observed={f"pain_{context}": str(score)},
                reference={"nadir": str(lowest), "baseline": None if before is None else str(before)},
                recheck=recheck,
                context=_WORDS[context],
                score=score,
                nadir=lowest,
            )
        scores = _could_be(score, lowest + ruleset.pain_rise, HIGHEST_SCORE)
        for baseline in dict.fromkeys((before, *_could_be(before, lowest + ruleset.pain_improvement))):
            if any(_severity(situation, context, one, lowest, baseline) is wanted for one in scores):
                if score is None:
                    missing.append(f"pain_{context}")
                if baseline is not before:
                    missing.append(f"baseline_pain_{context}")
                break
    return settle(None, tuple(missing))


def _could_be(known: Decimal | None, *guesses: Decimal) -> tuple[Decimal, ...]:
    """The score that is known, or else those of the guesses that are on the scale."""
    return tuple(guess for guess in guesses if guess <= HIGHEST_SCORE) if known is None else (known,)


def _severity(
    situation: Situation, context: str, score: Decimal, lowest: Decimal, baseline: Decimal | None
) -> Severity | None:
    """How grave it would be if pain in this context were so now, and had been so before the procedure."""
    ruleset = situation.ruleset
    if not _is_rise(score, lowest, baseline, ruleset):
        return None
    if score >= ruleset.pain_rise_floor or _had_risen(situation, context, baseline):
        return Severity.URGENT
    return Severity.AMBER


def _is_rise(score: Decimal, lowest: Decimal, baseline: Decimal | None, ruleset: Ruleset) -> bool:
    if baseline is None:
        improved = lowest <= ruleset.pain_improved_without_baseline
    else:
        improved = baseline - lowest >= ruleset.pain_improvement
    return improved and score - lowest >= ruleset.pain_rise


def _had_risen(situation: Situation, context: str, baseline: Decimal | None) -> bool:
    """Whether the last score of this context was itself such a rise, against the nadir of its own time."""
    previous = next(one for one in reversed(situation.earlier) if one.pain.in_context(context) is not None)
    score = previous.pain.in_context(context)
    lowest = nadir(_before(previous, situation.earlier), context, situation.history, situation.ruleset)
    return score is not None and lowest is not None and _is_rise(score, lowest, baseline, situation.ruleset)


def above_baseline(situation: Situation) -> Verdict:
    """P3: 2 or more above the baseline; 1 above on two readings at least 30 min apart; 1 above once is amber."""
    ruleset = situation.ruleset
    least = min(ruleset.pain_above_baseline, ruleset.pain_above_baseline_twice)
    missing: list[str] = []
    once: Verdict | None = None
    for context in PAIN_CONTEXTS:
        score = situation.current.pain.in_context(context)
        before = baseline_pain(situation.history, context, ruleset)
        if score is None or before is None:
            if _highest(score) - _lowest(before) >= least:
                missing += _blanks(context, score, before)
            continue
        above = score - before
        if above >= ruleset.pain_above_baseline:
            return _above(context, score, before, "clearly above")
        if above >= ruleset.pain_above_baseline_twice:
            if _above_before(situation, context, before):
                return _above(context, score, before, "again above")
            recheck = Recheck("PAIN", ruleset.pain_twice_apart_minutes)
            once = _above(context, score, before, "a point above", Severity.AMBER, recheck)
    return settle(once, tuple(missing))


def _above(
    context: str,
    score: Decimal,
    baseline: Decimal,
    how: str,
    severity: Severity | None = None,
    recheck: Recheck | None = None,
) -> Verdict:
    return met(
        observed={f"pain_{context}": str(score)},
        reference={"baseline": str(baseline)},
        severity=severity,
        recheck=recheck,
        context=_WORDS[context],
        score=score,
        baseline=baseline,
        how=how,
    )


def _above_before(situation: Situation, context: str, baseline: Decimal) -> bool:
    ruleset = situation.ruleset
    latest = situation.current.effective_at - timedelta(minutes=ruleset.pain_twice_apart_minutes)
    scores = (one.pain.in_context(context) for one in situation.earlier if one.effective_at <= latest)
    return any(score is not None and score - baseline >= ruleset.pain_above_baseline_twice for score in scores)


def no_relief_after_two_weeks(situation: Situation) -> Verdict:
    """P6: on day 10 to 18 pain is less than 2 points below the baseline: a physician reviews, and considers imaging."""
    ruleset = situation.ruleset
    day = (situation.current.effective_at - situation.history.context.time_zero) // timedelta(days=1)
    if not ruleset.pain_no_response_from_day <= day <= ruleset.pain_no_response_to_day:
        return not_met()
    missing: list[str] = []
    for context in PAIN_CONTEXTS:
        score = situation.current.pain.in_context(context)
        before = baseline_pain(situation.history, context, ruleset)
        if _lowest(before) - _highest(score) >= ruleset.pain_improvement:
            continue  # relief, whatever the blanks hold
        if score is None or before is None:
            missing += _blanks(context, score, before)
            continue
        return met(
            observed={f"pain_{context}": str(score), "day": day},
            reference={"baseline": str(before), "relief_from": str(ruleset.pain_improvement)},
            context=_WORDS[context],
            score=score,
            baseline=before,
            day=day,
            relief=ruleset.pain_improvement,
        )
    return settle(None, tuple(missing))


def _highest(score: Decimal | None) -> Decimal:
    return HIGHEST_SCORE if score is None else score


def _lowest(score: Decimal | None) -> Decimal:
    return LOWEST_SCORE if score is None else score


def _blanks(context: str, score: Decimal | None, baseline: Decimal | None) -> list[str]:
    names = {f"pain_{context}": score, f"baseline_pain_{context}": baseline}
    return [name for name, value in names.items() if value is None]
