"""From an episode's history to what it raises and what stays open. The order of entry does not matter."""

from decimal import Decimal

from followup.red_flags.findings import Assessment, Finding, Undecided
from followup.red_flags.history import History, Reading
from followup.red_flags.modality import plan_imaging
from followup.red_flags.neurology import CATALOGUE
from followup.red_flags.news2 import News2Score, score
from followup.red_flags.rules import FAILED, RULES, Rule
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.situation import Situation, Verdict
from procedures.three_valued import MET, UNKNOWN

__all__ = ["Assessment", "assess"]

_LABELS = {
    "pain_at_rest": "pain at rest",
    "pain_on_movement": "pain on movement",
    "baseline_pain_at_rest": "pain at rest before the procedure",
    "baseline_pain_on_movement": "pain on movement before the procedure",
    "sudden_onset": "sudden onset",
    "new_site": "a new place of pain",
    "took_analgesia": "whether pain medicine was taken",
    "relief": "whether it helped",
    "dyspnoea": "shortness of breath",
    "haemoptysis": "coughing blood",
    "syncope": "fainting",
    "spo2_percent": "SpO₂",
}
_MANY = 4


def assess(history: History, ruleset: Ruleset = DEFAULT_RULESET) -> Assessment:
    """Run every rule on every reading, in clinical-time order, each against the readings strictly before it."""
    readings = sorted(history.readings, key=lambda reading: (reading.effective_at, reading.id))
    scores = {reading.id: score(reading.vitals, reading.spo2_scale) for reading in readings}
    raised: list[Finding] = []
    undecided: list[Undecided] = []
    for index, reading in enumerate(readings):
        earlier = tuple(one for one in readings[:index] if one.effective_at < reading.effective_at)
        situation = Situation(
            current=reading,
            earlier=earlier,
            history=history,
            ruleset=ruleset,
            news2=scores[reading.id],
            previous_news2=_last_complete(earlier, scores),
        )
        for rule in RULES:
            _apply(rule, situation, raised, undecided)
    return Assessment(tuple(raised), tuple(undecided), scores)


def _last_complete(earlier: tuple[Reading, ...], scores: dict[str, News2Score]) -> News2Score | None:
    return next((scores[one.id] for one in reversed(earlier) if scores[one.id].complete), None)


def _apply(rule: Rule, situation: Situation, raised: list[Finding], undecided: list[Undecided]) -> None:
    try:
        verdict = situation.said[rule.code] = rule.criterion(situation)
        finding = _finding(rule, verdict, situation) if verdict.truth is MET else None
    except Exception as error:  # a fault in one rule must be seen, and must not silence the others
        failed = Verdict(MET, observed={"rule": rule.code, "error": type(error).__name__}, words={"code": rule.code})
        raised.append(_finding(FAILED, failed, situation))
        return
    if finding:
        raised.append(finding)
    elif verdict.truth is UNKNOWN:
        undecided.append(_question(rule, verdict, situation))


def _finding(rule: Rule, verdict: Verdict, situation: Situation) -> Finding:
    severity = rule.severity if verdict.severity is None else verdict.severity
    wants_scan = rule.imaging is not None and severity.is_red_flag
    sentence = rule.reason.format(**{name: _plain(word) for name, word in verdict.words.items()})
    return Finding(
        rule_code=rule.code,
        reading_id=situation.current.id,
        effective_at=situation.current.effective_at,
        severity=severity,
        category=rule.category.value,
        reason=sentence[0].upper() + sentence[1:],
        evidence={"observed": dict(verdict.observed), "reference": dict(verdict.reference)},
        imaging=plan_imaging(rule.imaging, severity, situation.history.context)
        if wants_scan and rule.imaging
        else None,
        recheck=verdict.recheck,
    )


def _plain(word: object) -> object:
    """A score without a needless ".0"."""
    return f"{word.normalize():f}" if isinstance(word, Decimal) else word


def _question(rule: Rule, verdict: Verdict, situation: Situation) -> Undecided:
    labels = [
        CATALOGUE[name].label if name in CATALOGUE else _LABELS.get(name, name.replace("_", " "))
        for name in verdict.missing
    ]
    shown = ", ".join(labels[:_MANY]) + (f" and {len(labels) - _MANY} more" if len(labels) > _MANY else "")
    return Undecided(
        rule_code=rule.code,
        reading_id=situation.current.id,
        missing=verdict.missing,
        reason=f"{rule.title} ({rule.code}) could not be ruled out: {shown} not asked or measured.",
    )
