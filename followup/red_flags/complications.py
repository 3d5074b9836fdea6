"""Vital signs and the lung: criteria V0 to V3 and C1 to C4 (clinical-spec 1.3 and 4.1)."""

from typing import Any

from followup.red_flags.findings import Recheck
from followup.red_flags.history import Vitals
from followup.red_flags.news2 import monitoring_interval_minutes
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown
from procedures.three_valued import MET, NOT_MET, Truth, any_of, truth

_SYMPTOMS = ("dyspnoea", "chest_pain", "haemoptysis", "syncope")
_SYMPTOM_WORDS = {
    "dyspnoea": "short of breath", "chest_pain": "chest pain", "haemoptysis": "coughing blood", "syncope": "fainted",
}  # fmt: skip
_HOME = ("PATIENT", "PHONE")
# What one unknown part could add at most: oxygen 2, anything else 3.
_MOST_POINTS = {"supplemental_oxygen": 2}


def _news2_words(situation: Situation) -> dict[str, Any]:
    news2 = situation.news2
    shown = str(news2.total) if news2.complete else f"at least {news2.lower_bound}"
    return {
        "observed": {"news2": shown, "parts": dict(news2.parts)},
        "total": shown if news2.complete else f"{shown} (set not complete)",
    }


def _could_reach(situation: Situation, threshold: int) -> bool:
    news2 = situation.news2
    return news2.lower_bound + sum(_MOST_POINTS.get(name, 3) for name in news2.missing) >= threshold


def news2_high(situation: Situation) -> Verdict:
    """V3: 7 or more, on the known part if the set is not complete."""
    if situation.news2.lower_bound >= situation.ruleset.news2_emergent:
        interval = monitoring_interval_minutes(situation.news2) or 15
        return met(**_news2_words(situation), recheck=Recheck("VITALS", interval))
    return not_met()  # V2 says what is missing


def news2_medium(situation: Situation) -> Verdict:
    """V2: 5 or 6."""
    ruleset = situation.ruleset
    if situation.news2.lower_bound >= ruleset.news2_emergent:
        return not_met()
    if situation.news2.lower_bound >= ruleset.news2_urgent:
        return met(**_news2_words(situation))
    return unknown(*situation.news2.missing) if _could_reach(situation, ruleset.news2_urgent) else not_met()


def news2_single_three(situation: Situation) -> Verdict:
    """V1: one parameter scores 3 and the aggregate stays below 5."""
    if situation.news2.single_three and situation.news2.lower_bound < situation.ruleset.news2_urgent:
        reds = [name for name, points in situation.news2.parts.items() if points == 3]
        return met(**_news2_words(situation), what=", ".join(name.replace("_", " ") for name in reds))
    return not_met()  # V2 says what is missing


def news2_rise(situation: Situation) -> Verdict:
    """V0: two points or more above the last complete set, still in the low band."""
    before, now = situation.previous_news2, situation.news2
    if before is None or before.total is None or now.total is None or now.band != "LOW":
        return not_met()
    if now.total - before.total < situation.ruleset.news2_rise_info:
        return not_met()
    return met(**_news2_words(situation), reference={"news2": before.total}, before=before.total)


def _symptoms(situation: Situation) -> dict[str, bool | None]:
    return {name: getattr(situation.current.symptoms, name) for name in _SYMPTOMS}


def _signs(situation: Situation) -> dict[str, Truth]:
    """Each sign that would go with an embolus. SpO2 counts as on air unless oxygen is known to be given."""
    vitals, ruleset = situation.current.vitals, situation.ruleset
    before = situation.history.baseline.vitals if situation.history.baseline else Vitals()
    signs = {
        "respiration_rate": _at_least(vitals.respiration_rate, ruleset.respiration_sign),
        "pulse_per_minute": _at_least(vitals.pulse_per_minute, ruleset.pulse_sign),
        "systolic_mmhg": _at_most(vitals.systolic_mmhg, ruleset.systolic_sign_mmhg),
        "spo2_percent": _low_saturation(situation, before),
        "supplemental_oxygen": truth(vitals.supplemental_oxygen),
    }
    if before.supplemental_oxygen:
        signs["supplemental_oxygen"] = NOT_MET
    return signs


def _at_least(value: int | None, limit: int) -> Truth:
    return truth(None if value is None else value >= limit)


def _at_most(value: int | None, limit: int) -> Truth:
    return truth(None if value is None else value <= limit)


def _low_saturation(situation: Situation, before: Vitals) -> Truth:
    vitals, ruleset = situation.current.vitals, situation.ruleset
    if vitals.spo2_percent is None:
        return truth(None)
    low_on_air = (
        situation.current.spo2_scale == 1
        and vitals.supplemental_oxygen is not True
        and vitals.spo2_percent <= ruleset.spo2_sign_percent
    )
    dropped = before.spo2_percent is not None and before.spo2_percent - vitals.spo2_percent >= ruleset.spo2_drop_points
    return truth(low_on_air or dropped)


def embolism(situation: Situation) -> Verdict:
    """C1: short of breath, chest pain, coughing blood or fainting, together with a sign: SpO₂ low on air or well below the
    baseline, newly on oxygen, or a respiration rate, pulse or systolic pressure past its threshold. Vital signs that were
    not measured do not clear a symptom: then it is C3.
    """
    symptoms, signs = _symptoms(situation), _signs(situation)
    any_symptom, any_sign = any_of(truth(value) for value in symptoms.values()), any_of(signs.values())
    if any_symptom is MET and any_sign is MET:
        named = [_SYMPTOM_WORDS[name] for name, value in symptoms.items() if value]
        abnormal = [name for name, value in signs.items() if value is MET]
        vitals = situation.current.vitals
        before = situation.history.baseline.vitals if situation.history.baseline else Vitals()
        return met(
            observed={"symptoms": named, **{name: getattr(vitals, name) for name in abnormal}},
            reference={name: getattr(before, name) for name in abnormal},
            symptoms=", ".join(named),
            signs=", ".join(f"{name.replace('_', ' ')} {getattr(vitals, name)}" for name in abnormal),
        )
    if any_symptom is NOT_MET or any_sign is NOT_MET:
        return not_met()
    blank_symptoms = [name for name, value in symptoms.items() if value is None]
    blank_signs = [name for name, value in signs.items() if value not in (MET, NOT_MET)]
    return unknown(*(blank_symptoms if any_symptom is not MET else ()), *(blank_signs if any_sign is not MET else ()))


def silent_embolism(situation: Situation) -> Verdict:
    """C2: SpO₂ of 91 % or less on air (scale 2: 83 %) that is new, with no symptom recorded; or NEWS2 of 7 or more."""
    vitals, ruleset = situation.current.vitals, situation.ruleset
    if situation.news2.lower_bound >= ruleset.news2_emergent:
        words = _news2_words(situation)
        return met(observed=words["observed"], what=f"NEWS2 {words['total']}")
    limit = ruleset.spo2_silent_percent if situation.current.spo2_scale == 1 else ruleset.spo2_silent_scale_2_percent
    if vitals.spo2_percent is None:
        return unknown("spo2_percent")
    before = situation.history.baseline.vitals.spo2_percent if situation.history.baseline else None
    new = before is None or before > limit
    symptom = any(_symptoms(situation).values())
    if vitals.spo2_percent <= limit and new and vitals.supplemental_oxygen is not True and not symptom:
        return met(
            observed={"spo2_percent": vitals.spo2_percent},
            reference={"spo2_percent": before},
            what=f"SpO₂ {vitals.spo2_percent} % on air",
        )
    return not_met()


def chest_symptom_on_ward(situation: Situation) -> Verdict:
    """C3: short of breath, chest pain, coughing blood or fainting on the ward, without a sign that would make it C1."""
    return _chest_symptom(situation, at_home=False)


def chest_symptom_at_home(situation: Situation) -> Verdict:
    """C4: short of breath, chest pain, coughing blood or fainting at home, where no one can measure."""
    return _chest_symptom(situation, at_home=True)


def _chest_symptom(situation: Situation, *, at_home: bool) -> Verdict:
    if (situation.current.source in _HOME) != at_home or embolism(situation).truth is MET:
        return not_met()
    symptoms = _symptoms(situation)
    named = [_SYMPTOM_WORDS[name] for name, value in symptoms.items() if value]
    fired = met(observed={"symptoms": named}, symptoms=", ".join(named)) if named else None
    return settle(fired, tuple(name for name, value in symptoms.items() if value is None))
