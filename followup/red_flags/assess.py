"""From an episode's history to what it raises and what stays open. The order of entry does not matter."""

from collections.abc import Mapping
from decimal import Decimal

from followup.red_flags.deficits import best_of
from followup.red_flags.findings import Assessment, Finding, Undecided
from followup.red_flags.history import History, MissedCheck
from followup.red_flags.modality import plan_imaging
from followup.red_flags.neurology import TRUNK_FIELDS, reference_exam
from followup.red_flags.news2 import score
from followup.red_flags.pain import lowest_of
from followup.red_flags.rules import FAILED, MISSED_CHECK, RULES, Rule
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.situation import Situation, Verdict
from followup.red_flags.words import plain
from procedures.three_valued import MET, UNKNOWN

__all__ = ["Assessment", "assess"]


def assess(history: History, ruleset: Ruleset = DEFAULT_RULESET) -> Assessment:
    """Run every rule on every reading, in clinical-time order, each against the readings strictly before it."""
    readings = sorted(history.readings, key=lambda reading: (reading.effective_at, reading.id))
    scores = {reading.id: score(reading.vitals, reading.spo2_scale) for reading in readings}
    reference = reference_exam(history.baseline.neurology if history.baseline else {})
    raised: list[Finding] = []
    undecided: list[Undecided] = []
    first_at_this_time = 0
    best_power: dict[str, str] = {}
    nadirs: dict[str, Decimal] = {}
    for index, reading in enumerate(readings):
        if readings[first_at_this_time].effective_at < reading.effective_at:
            # What was measured at the same instant is not earlier.
            measured = readings[first_at_this_time:index]
            best_power = best_of(best_power, measured)
            nadirs = lowest_of(nadirs, measured, history, ruleset)
            first_at_this_time = index
        earlier = tuple(readings[:first_at_this_time])
        situation = Situation(
            current=reading,
            earlier=earlier,
            history=history,
            ruleset=ruleset,
            news2=scores[reading.id],
            previous_news2=next((scores[one.id] for one in reversed(earlier) if scores[one.id].complete), None),
            reference_exam=reference,
            best_power=best_power,
            nadir=nadirs,
        )
        faults = {rule.code: fault for rule in RULES if (fault := _apply(rule, situation, raised, undecided))}
        if faults:
            raised.append(_not_evaluated(faults, situation))
    raised += [_not_done(check) for check in history.missed_checks]
    raised.sort(key=lambda finding: (finding.effective_at, finding.reading_id))
    return Assessment(tuple(raised), tuple(undecided), scores)


def _apply(rule: Rule, situation: Situation, raised: list[Finding], undecided: list[Undecided]) -> str:
    """Empty, or the name of the error: a fault in one rule must be seen, and must not silence the others."""
    try:
        verdict = situation.said[rule.code] = rule.criterion(situation)
        finding = _finding(rule, verdict, situation) if verdict.truth is MET else None
    except Exception as error:
        situation.said.pop(rule.code, None)
        return type(error).__name__
    if finding:
        raised.append(finding)
    elif verdict.truth is UNKNOWN:
        undecided.append(Undecided(rule.code, rule.title, situation.current.id, verdict.missing))
    return ""


def _not_evaluated(faults: Mapping[str, str], situation: Situation) -> Finding:
    """X0, once a reading: it names every rule that failed, since a flag keeps one finding of a rule for each source."""
    codes = ", ".join(faults)
    observed = {"rule": codes, "error": ", ".join(dict.fromkeys(faults.values()))}
    return _finding(FAILED, Verdict(MET, observed=observed, words={"code": codes}), situation)


def _finding(rule: Rule, verdict: Verdict, situation: Situation) -> Finding:
    severity = rule.severity if verdict.severity is None else verdict.severity
    plan = None
    if rule.imaging is not None and severity.is_red_flag:
        thoracic = any(name in verdict.observed for name in TRUNK_FIELDS)
        context = situation.history.context
        plan = plan_imaging(rule.imaging, severity, context, situation.ruleset, thoracic_deficit=thoracic)
    sentence = rule.reason.format(**{name: plain(word) for name, word in verdict.words.items()})
    return Finding(
        rule_code=rule.code,
        reading_id=situation.current.id,
        effective_at=situation.current.effective_at,
        severity=severity,
        category=rule.category.value,
        reason=sentence[0].upper() + sentence[1:],
        evidence={"observed": dict(verdict.observed), "reference": dict(verdict.reference)},
        imaging=plan,
        recheck=verdict.recheck,
    )


def _not_done(check: MissedCheck) -> Finding:
    """N10 on a check that nobody did: there is no reading to look at, only the time at which it was due."""
    kind = "full" if check.neuro == "FULL" else "quick"
    return Finding(
        rule_code=MISSED_CHECK.code,
        reading_id=check.id,
        effective_at=check.due_at,
        severity=MISSED_CHECK.severity,
        category=MISSED_CHECK.category.value,
        reason=MISSED_CHECK.reason.format(what=f"the {kind} check that was due was not done"),
        evidence={
            "observed": {"check": "not done", "neuro": check.neuro},
            "reference": {"due_at": check.due_at.isoformat()},
        },
    )
