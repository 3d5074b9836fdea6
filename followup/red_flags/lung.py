"""The lung and the chest wall: criteria C1 to C4, PX1 and R1 (clinical-spec 4.1)."""

from followup.red_flags.deterioration import missing_for, news2_words
from followup.red_flags.history import Vitals
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth, any_of, truth
from procedures.vertebrae import is_thoracic

_SYMPTOM_WORDS = {
    "dyspnoea": "short of breath", "chest_pain": "chest pain", "haemoptysis": "coughing blood", "syncope": "fainted",
}  # fmt: skip
_SIGN_WORDS = {
    "respiration_rate": "respiration rate {}/min", "pulse_per_minute": "pulse {}/min",
    "systolic_mmhg": "systolic pressure {} mmHg", "spo2_percent": "SpO₂ {} %", "supplemental_oxygen": "newly on oxygen",
}  # fmt: skip
_HOME = ("PATIENT", "PHONE")
_RIBS = frozenset({"RIB_RIGHT", "RIB_LEFT"})
_HIGHEST_SPO2 = 100


def _symptoms(situation: Situation) -> dict[str, bool | None]:
    return {name: getattr(situation.current.symptoms, name) for name in _SYMPTOM_WORDS}


def _vitals_before(situation: Situation) -> Vitals:
    return situation.history.baseline.vitals if situation.history.baseline else Vitals()


def _signs(situation: Situation) -> dict[str, Truth]:
    """Each sign that would go with an embolus. SpO2 counts as on air unless oxygen is known to be given."""
    vitals, ruleset, before = situation.current.vitals, situation.ruleset, _vitals_before(situation)
    return {
        "respiration_rate": _at_least(vitals.respiration_rate, ruleset.respiration_sign),
        "pulse_per_minute": _at_least(vitals.pulse_per_minute, ruleset.pulse_sign),
        "systolic_mmhg": _at_most(vitals.systolic_mmhg, ruleset.systolic_sign_mmhg),
        "spo2_percent": _low_saturation(situation, before),
        "supplemental_oxygen": NOT_MET if before.supplemental_oxygen else truth(vitals.supplemental_oxygen),
    }


def _at_least(value: int | None, limit: int) -> Truth:
    return truth(None if value is None else value >= limit)


def _at_most(value: int | None, limit: int) -> Truth:
    return truth(None if value is None else value <= limit)


def _low_saturation(situation: Situation, before: Vitals) -> Truth:
    spo2, ruleset = situation.current.vitals.spo2_percent, situation.ruleset
    if spo2 is None:
        return UNKNOWN
    on_air = situation.current.vitals.supplemental_oxygen is not True
    if situation.current.spo2_scale == 1 and on_air and spo2 <= ruleset.spo2_sign_percent:
        return MET
    if before.spo2_percent is None:
        return UNKNOWN if _HIGHEST_SPO2 - spo2 >= ruleset.spo2_drop_points else NOT_MET
    return truth(before.spo2_percent - spo2 >= ruleset.spo2_drop_points)


def embolism(situation: Situation) -> Verdict:
    """C1: short of breath, chest pain, coughing blood or fainting, together with a sign: SpO₂ low on air or well below the
    baseline, newly on oxygen, or a respiration rate, pulse or systolic pressure past its threshold. Vital signs that were
    not measured do not clear a symptom: then it is C3.
    """
    symptoms = _symptoms(situation)
    any_symptom = any_of(truth(value) for value in symptoms.values())
    if any_symptom is NOT_MET:
        return not_met()
    signs = _signs(situation)
    any_sign = any_of(signs.values())
    if any_symptom is MET and any_sign is MET:
        named = [_SYMPTOM_WORDS[name] for name, value in symptoms.items() if value]
        abnormal = [name for name, value in signs.items() if value is MET]
        vitals, before = situation.current.vitals, _vitals_before(situation)
        return met(
            observed={"symptoms": named, **{name: getattr(vitals, name) for name in abnormal}},
            reference={name: getattr(before, name) for name in abnormal},
            symptoms=", ".join(named),
            signs=", ".join(_SIGN_WORDS[name].format(getattr(vitals, name)) for name in abnormal),
        )
    if any_sign is NOT_MET:
        return not_met()
    blank_symptoms = [name for name, value in symptoms.items() if value is None]
    blank_signs = [
        f"baseline_{name}" if name == "spo2_percent" and situation.current.vitals.spo2_percent is not None else name
        for name, value in signs.items()
        if value is UNKNOWN
    ]
    return unknown(*(blank_symptoms if any_symptom is not MET else ()), *(blank_signs if any_sign is not MET else ()))


def silent_embolism(situation: Situation) -> Verdict:
    """C2: SpO₂ of 91 % or less on air (scale 2: 83 %) that is new, with no symptom recorded; or NEWS2 of 7 or more."""
    vitals, ruleset = situation.current.vitals, situation.ruleset
    if situation.news2.lower_bound >= ruleset.news2_emergent:
        words = news2_words(situation)
        return met(observed=words["observed"], what=f"NEWS2 {words['total']}")
    limit = ruleset.spo2_silent_percent if situation.current.spo2_scale == 1 else ruleset.spo2_silent_scale_2_percent
    before = _vitals_before(situation).spo2_percent
    may_count = (
        (before is None or before > limit)
        and vitals.supplemental_oxygen is not True
        and not any(_symptoms(situation).values())
    )
    if vitals.spo2_percent is not None and vitals.spo2_percent <= limit and may_count:
        return met(
            observed={"spo2_percent": vitals.spo2_percent},
            reference={"spo2_percent": before},
            what=f"SpO₂ {vitals.spo2_percent} % on air",
        )
    missing = missing_for(situation, ruleset.news2_emergent)
    if vitals.spo2_percent is None and may_count and "spo2_percent" not in missing:
        missing = ("spo2_percent", *missing)
    return settle(None, missing)


def chest_symptom_on_ward(situation: Situation) -> Verdict:
    """C3: short of breath, chest pain, coughing blood or fainting on the ward, without a sign that would make it C1."""
    return _chest_symptom(situation, at_home=False)


def chest_symptom_at_home(situation: Situation) -> Verdict:
    """C4: short of breath, chest pain, coughing blood or fainting at home, where no one can measure."""
    return _chest_symptom(situation, at_home=True)


def _chest_symptom(situation: Situation, *, at_home: bool) -> Verdict:
    if (situation.current.source in _HOME) != at_home or situation.rule("C1") is MET:
        return not_met()
    symptoms = _symptoms(situation)
    named = [_SYMPTOM_WORDS[name] for name, value in symptoms.items() if value]
    if named:
        return met(observed={"symptoms": named}, symptoms=", ".join(named))
    return settle(None, tuple(name for name, value in symptoms.items() if value is None))


def pneumothorax(situation: Situation) -> Verdict:
    """PX1: after a thoracic level was treated: pain that is worse on breathing in, or shortness of breath."""
    if not any(is_thoracic(level) for level in situation.history.context.treated_levels):
        return not_met()
    characters, dyspnoea = situation.current.pain.characters, situation.current.symptoms.dyspnoea
    seen: dict[str, object] = {}
    if "PLEURITIC" in characters:
        seen["pain_characters"] = sorted(characters)
    if dyspnoea:
        seen["dyspnoea"] = True
    if not seen:
        missing = (*(() if characters else ("pain_characters",)), *(("dyspnoea",) if dyspnoea is None else ()))
        return settle(None, missing)
    words = ["pain worse on breathing in"] * ("PLEURITIC" in characters) + ["short of breath"] * bool(dyspnoea)
    return met(
        observed=seen,
        reference={"treated_levels": list(situation.history.context.treated_levels)},
        what=" and ".join(words),
    )


def rib_fracture(situation: Situation) -> Verdict:
    """R1: new pain at the ribs and a rib that is tender to touch, while nothing points to an embolism (C1)."""
    pain, tender = situation.current.pain, situation.current.symptoms.rib_tenderness
    elsewhere = bool(pain.sites) and not pain.sites & _RIBS
    if pain.new_site is False or tender is False or elsewhere or situation.rule("C1") is MET:
        return not_met()
    if pain.new_site and pain.sites and tender:
        return met(observed={"new_site": True, "sites": sorted(pain.sites), "rib_tenderness": True})
    missing = {"new_pain_site": pain.new_site, "pain_sites": pain.sites or None, "rib_tenderness": tender}
    return unknown(*(name for name, value in missing.items() if value is None))
