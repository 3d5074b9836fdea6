"""Pain as a trajectory: baseline, nadir, and the criteria P1 to P5 (clinical-spec 2). Like is compared with like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import PAIN_CONTEXTS, Dose, History, Reading
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown

_SCORES = ("pain_at_rest", "pain_on_movement")
_SPINE_GIRDLE_LEG = {
    "TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE", "GIRDLE", "LEG_RIGHT", "LEG_LEFT",
}  # fmt: skip
_RIBS = {"RIB_RIGHT", "RIB_LEFT"}
_WORDS = {"at_rest": "at rest", "on_movement": "on movement"}


@dataclass(frozen=True)
class Trend:
    """The latest pain for the board: its score, and its change since nadir and baseline in the same context."""

    current: Decimal | None = None
    since_nadir: Decimal | None = None
    since_baseline: Decimal | None = None


def baseline_pain(history: History, context: str, ruleset: Ruleset) -> Decimal | None:
    """The score before the procedure, if measured in the last seven days before T0 [DEF]."""
    baseline = history.baseline
    oldest = history.context.time_zero - timedelta(days=ruleset.pain_baseline_max_days)
    if baseline is None or baseline.effective_at < oldest:
        return None
    return baseline.pain.in_context(context)


def nadir(earlier: tuple[Reading, ...], context: str, history: History, ruleset: Ruleset) -> Decimal | None:
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


def trend(history: History, ruleset: Ruleset = DEFAULT_RULESET) -> Trend:
    readings = sorted(history.readings, key=lambda reading: (reading.effective_at, reading.id))
    for index in range(len(readings) - 1, -1, -1):
        pain = readings[index].pain
        if pain.worst is None:
            continue
        context = "on_movement" if pain.on_movement is not None else "at_rest"
        current = pain.in_context(context)
        assert current is not None  # noqa: S101 - the context was chosen for having a score
        low = nadir(tuple(readings[:index]), context, history, ruleset)
        before = baseline_pain(history, context, ruleset)
        return Trend(
            current=pain.worst,
            since_nadir=None if low is None else current - low,
            since_baseline=None if before is None else current - before,
        )
    return Trend()


@dataclass(frozen=True)
class _Rise:
    context: str
    score: Decimal
    nadir: Decimal
    baseline: Decimal | None
    again: bool  # the reading before had risen too

    def verdict(self, recheck: Recheck | None = None) -> Verdict:
        return met(
            observed={f"pain_{self.context}": str(self.score)},
            reference={"nadir": str(self.nadir), "baseline": None if self.baseline is None else str(self.baseline)},
            recheck=recheck,
            context=_WORDS[self.context],
            score=self.score,
            nadir=self.nadir,
        )


def _rises(situation: Situation) -> Iterator[_Rise]:
    """Each context in which pain, after it had got better, rose again by at least the set number of points."""
    for context in PAIN_CONTEXTS:
        readings = [*situation.earlier, situation.current]
        scored = [index for index, one in enumerate(readings) if one.pain.in_context(context) is not None]
        if not scored or scored[-1] != len(readings) - 1:
            continue
        rise = _rise_at(situation, readings, scored[-1], context)
        if rise is None:
            continue
        previous = _rise_at(situation, readings, scored[-2], context) if len(scored) > 1 else None
        yield _Rise(context, rise.score, rise.nadir, rise.baseline, again=previous is not None)


def _rise_at(situation: Situation, readings: list[Reading], index: int, context: str) -> _Rise | None:
    ruleset, history = situation.ruleset, situation.history
    score = readings[index].pain.in_context(context)
    lowest = nadir(tuple(readings[:index]), context, history, ruleset)
    if score is None or lowest is None:
        return None
    before = baseline_pain(history, context, ruleset)
    improved = (
        before - lowest >= ruleset.pain_improvement
        if before is not None
        else lowest <= ruleset.pain_improved_without_baseline
    )
    if not improved or score - lowest < ruleset.pain_rise:
        return None
    return _Rise(context, score, lowest, before, again=False)


def missing_scores(situation: Situation) -> tuple[str, ...]:
    pain = situation.current.pain
    return tuple(name for name, score in zip(_SCORES, (pain.at_rest, pain.on_movement), strict=True) if score is None)


def rise_after_relief(situation: Situation) -> Verdict:
    """P1: after improvement, a rise of 2 or more to at least 4; or a smaller one that the next reading confirms (P1a)."""
    for rise in _rises(situation):
        if rise.score >= situation.ruleset.pain_rise_floor or rise.again:
            return rise.verdict()
    return settle(None, missing_scores(situation))


def small_rise_after_relief(situation: Situation) -> Verdict:
    """P1a: the same rise to less than 4, seen for the first time: ask again within the hour."""
    for rise in _rises(situation):
        if rise.score < situation.ruleset.pain_rise_floor and not rise.again:
            return rise.verdict(Recheck("PAIN", situation.ruleset.pain_small_rise_recheck_minutes))
    return not_met()  # P1 says what is missing


def sudden_or_new(situation: Situation) -> Verdict:
    """P2: sudden onset, or a new site in the spine, round the trunk or down a leg, at any score."""
    pain = situation.current.pain
    if pain.sudden_onset:
        return met(observed={"sudden_onset": True}, what="came on or got worse suddenly")
    # A new site of which nobody noted where it is may be the spine.
    if pain.new_site and (not pain.sites or pain.sites & _SPINE_GIRDLE_LEG):
        return met(
            observed={"new_site": True, "sites": sorted(pain.sites)}, what="is in a place that did not hurt before"
        )
    if pain.at_rest == 0 and pain.on_movement == 0:
        return not_met()
    missing = [name for name in ("sudden_onset", "new_site") if getattr(pain, name) is None]
    return settle(None, tuple(missing))


def new_rib_pain(situation: Situation) -> Verdict:
    """P2r: a new site at the ribs only. With breathlessness it is urgent."""
    pain = situation.current.pain
    if pain.new_site and pain.sites and pain.sites <= _RIBS:
        breathless = bool(situation.current.symptoms.dyspnoea)
        return met(
            observed={"new_site": True, "sites": sorted(pain.sites), "dyspnoea": situation.current.symptoms.dyspnoea},
            severity=Severity.URGENT if breathless else None,
        )
    return not_met()  # P2 says what is missing


def above_baseline(situation: Situation) -> Verdict:
    """P3: 2 or more above the baseline; 1 above on two readings at least 30 min apart; 1 above once is amber."""
    ruleset = situation.ruleset
    missing: list[str] = []
    once: Verdict | None = None
    for context in PAIN_CONTEXTS:
        score = situation.current.pain.in_context(context)
        before = baseline_pain(situation.history, context, ruleset)
        if score is None or before is None:
            missing.append(f"pain_{context}" if score is None else f"baseline_pain_{context}")
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


def _is_severe(reading: Reading, ruleset: Ruleset) -> bool:
    worst = reading.pain.worst
    return worst is not None and worst >= ruleset.pain_severe


def _time_to_effect(dose: Dose, ruleset: Ruleset) -> timedelta:
    if dose.route == "IV":
        return timedelta(minutes=ruleset.reassess_after_iv_minutes)
    if dose.route in ("SC", "IM"):
        return timedelta(minutes=ruleset.reassess_after_sc_im_minutes)
    return timedelta(minutes=ruleset.reassess_after_oral_minutes)


def severe_despite_dose(situation: Situation) -> Verdict:
    """P4: severe, a dose was given, and severe again after the time that its route needs."""
    now, ruleset = situation.current.effective_at, situation.ruleset
    if situation.current.pain.worst is None:
        return unknown(*_SCORES)
    if not _is_severe(situation.current, ruleset):
        return not_met()
    for first in situation.earlier:
        if not _is_severe(first, ruleset):
            continue
        for dose in situation.history.doses:
            if first.effective_at <= dose.given_at <= now - _time_to_effect(dose, ruleset):
                return met(
                    observed={"pain": str(situation.current.pain.worst), "dose": dose.drug, "route": dose.route},
                    reference={
                        "pain_before": str(first.pain.worst),
                        "measured_at": first.effective_at.isoformat(),
                        "given_at": dose.given_at.isoformat(),
                    },
                    score=situation.current.pain.worst,
                    before=first.pain.worst,
                    minutes=int((now - dose.given_at).total_seconds() // 60),
                )
    return not_met()


def severe_without_documented_dose(situation: Situation) -> Verdict:
    """P4b: severe at the bedside twice, an hour or more apart, and no dose was documented in between.

    Bedside only: doses taken at home are no rows, and P4c asks the patient instead.
    """
    now, ruleset = situation.current.effective_at, situation.ruleset
    if situation.current.source != "NURSE" or not _is_severe(situation.current, ruleset):
        return not_met()
    apart = timedelta(minutes=ruleset.undocumented_analgesia_minutes)
    for first in situation.earlier:
        long_enough = now - first.effective_at >= apart
        if not (first.source == "NURSE" and long_enough and _is_severe(first, ruleset)):
            continue
        if not any(first.effective_at <= dose.given_at <= now for dose in situation.history.doses):
            return met(
                observed={"pain": str(situation.current.pain.worst), "doses": "none documented"},
                reference={"pain_before": str(first.pain.worst), "measured_at": first.effective_at.isoformat()},
                score=situation.current.pain.worst,
                before=first.pain.worst,
                minutes=int((now - first.effective_at).total_seconds() // 60),
            )
    return not_met()


def severe_and_medicine_does_not_help(situation: Situation) -> Verdict:
    """P4c: severe, took pain medicine, and it did not help."""
    pain = situation.current.pain
    if not _is_severe(situation.current, situation.ruleset):
        return not_met()
    if pain.took_analgesia and pain.relief == "NONE":
        return met(observed={"pain": str(pain.worst), "took_analgesia": True, "relief": "NONE"}, score=pain.worst)
    if pain.took_analgesia is False or pain.relief in ("PARTIAL", "GOOD"):
        return not_met()
    missing = [
        name for name, value in (("took_analgesia", pain.took_analgesia), ("relief", pain.relief)) if value is None
    ]
    return unknown(*missing)


def severe(situation: Situation) -> Verdict:
    """P5: severe pain: treat it, and score it again when the dose should have worked."""
    if situation.current.pain.worst is None:
        return unknown(*_SCORES)
    if not _is_severe(situation.current, situation.ruleset):
        return not_met()
    since = situation.earlier[-1].effective_at if situation.earlier else situation.history.context.time_zero
    given = [dose for dose in situation.history.doses if dose.given_at >= since]
    latest = max(given, key=lambda dose: dose.given_at, default=Dose(drug="", route="PO", given_at=since))
    minutes = int(_time_to_effect(latest, situation.ruleset).total_seconds() // 60)
    return met(
        observed={"pain": str(situation.current.pain.worst)},
        score=situation.current.pain.worst,
        minutes=minutes,
        recheck=Recheck("PAIN", minutes),
    )
