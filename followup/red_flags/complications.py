"""Infection, bleeding, clot and allergy: criteria I1 to I3, H1, H2, D1 and AN1 (clinical-spec 4.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from followup.red_flags.deterioration import missing_for
from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import Anticoagulant
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth, all_of, any_of, truth

_WOUND_SIGNS = ("redness_over_2_cm", "discharge", "warmth", "opening")
_WOUND_WORDS = {
    "redness_over_2_cm": "red over more than 2 cm", "discharge": "discharge", "warmth": "warm", "opening": "open",
}  # fmt: skip
_ALLERGY_WORDS = {"urticaria": "hives", "wheeze": "wheeze", "lip_swelling": "lips or tongue swollen"}
_RISING_PAIN = ("P1", "P3")
_SEVERE_BACK_PAIN = ("P1", "P2", "P3", "P4", "P4b", "P4c")
# Above the highest that the form takes no baseline can stand.
_HIGHEST_HAEMOGLOBIN = Decimal(25)


def _wound_signs(situation: Situation) -> dict[str, bool | None]:
    return {name: getattr(situation.current.wound, name) for name in _WOUND_SIGNS}


def fever(situation: Situation) -> Verdict:
    """I1: 38.0 °C once a day has passed since the procedure, or 38.5 °C at any time: look at the wound, repeat in 4 hours."""
    ruleset, celsius = situation.ruleset, situation.current.vitals.temperature_celsius
    if celsius is None:
        return settle(None, ("temperature_celsius",))
    since = situation.current.effective_at - situation.history.context.time_zero
    late = since >= timedelta(hours=ruleset.fever_after_hours)
    if celsius < (ruleset.fever_celsius if late else ruleset.fever_any_time_celsius):
        return not_met()
    return met(
        observed={"temperature_celsius": str(celsius)},
        celsius=celsius,
        recheck=Recheck("VITALS", ruleset.fever_recheck_minutes),
    )


def infection(situation: Situation) -> Verdict:
    """I2: pus, shaking chills, or fever together with rising pain (P1, P3), a wound sign or a NEWS2 of 5.

    EMERGENT from a NEWS2 of 7.
    """
    vitals, wound, ruleset = situation.current.vitals, situation.current.wound, situation.ruleset
    celsius, pus, rigors = vitals.temperature_celsius, wound.pus, situation.current.symptoms.rigors
    signs = _wound_signs(situation)
    medium_gap = missing_for(situation, ruleset.news2_urgent)
    beside_fever = {
        "rising pain": any_of(situation.rule(code) for code in _RISING_PAIN),
        "a wound sign": any_of(truth(sign) for sign in signs.values()),
        "a high NEWS2": _reached(situation.news2.lower_bound >= ruleset.news2_urgent, medium_gap),
    }
    with_fever = all_of(
        [truth(None if celsius is None else celsius >= ruleset.fever_celsius), any_of(beside_fever.values())]
    )
    decided = any_of([truth(pus), truth(rigors), with_fever])
    if decided is MET:
        seen = ["pus"] * bool(pus) + ["shaking chills"] * bool(rigors)
        if with_fever is MET:
            seen.append(f"{celsius} °C with " + ", ".join(name for name, value in beside_fever.items() if value is MET))
        emergent = situation.news2.lower_bound >= ruleset.news2_emergent
        return met(
            observed={
                "temperature_celsius": None if celsius is None else str(celsius),
                "rigors": rigors,
                "wound_pus": pus,
                **{f"wound_{name}": True for name, value in signs.items() if value},
                "news2": situation.news2.lower_bound,
            },
            what="; ".join(seen),
            severity=Severity.EMERGENT if emergent else None,
        )
    if decided is NOT_MET:
        return not_met()
    missing = [*_names_of_blanks({"wound_pus": pus, "rigors": rigors})]
    if with_fever is UNKNOWN:
        missing += _names_of_blanks({"temperature_celsius": celsius})
        if any_of(beside_fever.values()) is UNKNOWN:
            missing += _names_of_blanks({f"wound_{name}": value for name, value in signs.items()})
            missing += [name for name in medium_gap if name not in missing]
            if beside_fever["rising pain"] is UNKNOWN:
                scores = (
                    name for code in _RISING_PAIN if code in situation.said for name in situation.said[code].missing
                )
                missing += dict.fromkeys(scores)
    return settle(None, tuple(missing))


def _reached(is_reached: bool, gap: tuple[str, ...]) -> Truth:
    if is_reached:
        return MET
    return UNKNOWN if gap else NOT_MET


def _names_of_blanks(answers: Mapping[str, object]) -> list[str]:
    return [name for name, value in answers.items() if value is None]


def wound(situation: Situation) -> Verdict:
    """I3: the puncture site is red over more than 2 cm, warm, open, or discharges."""
    signs = _wound_signs(situation)
    seen = [name for name, value in signs.items() if value]
    if not seen:
        return settle(None, tuple(f"wound_{name}" for name in _names_of_blanks(signs)))
    return met(
        observed={f"wound_{name}": True for name in seen},
        what=", ".join(_WOUND_WORDS[name] for name in seen),
    )


def bleeding(situation: Situation) -> Verdict:
    """H1: a swelling that grows, a dressing soaked twice within an hour, haemoglobin down by 2 g/dL, or a fast pulse with a
    low pressure. EMERGENT if the systolic pressure is 90 mmHg or less.
    """
    vitals, site, ruleset = situation.current.vitals, situation.current.wound, situation.ruleset
    pulse, systolic = vitals.pulse_per_minute, vitals.systolic_mmhg
    fast = truth(None if pulse is None else pulse >= ruleset.pulse_sign)
    low = truth(None if systolic is None else systolic <= ruleset.systolic_sign_mmhg)
    drop, highest = _haemoglobin_drop(situation)
    found = {
        "a swelling that grows": truth(site.expanding_swelling),
        "the dressing soaked twice within an hour": truth(site.dressing_soaked_twice),
        "haemoglobin fell": drop,
        "a fast pulse with a low pressure": all_of([fast, low]),
    }
    decided = any_of(found.values())
    haemoglobin = situation.current.haemoglobin_grams_per_decilitre
    if decided is MET:
        shock = systolic is not None and systolic <= ruleset.systolic_shock_mmhg
        return met(
            observed={
                "expanding_swelling": site.expanding_swelling,
                "dressing_soaked_twice": site.dressing_soaked_twice,
                "haemoglobin_grams_per_decilitre": None if haemoglobin is None else str(haemoglobin),
                "pulse_per_minute": pulse,
                "systolic_mmhg": systolic,
            },
            reference={"haemoglobin_grams_per_decilitre": None if highest is None else str(highest)},
            what=", ".join(name for name, value in found.items() if value is MET),
            severity=Severity.EMERGENT if shock else None,
        )
    missing = _names_of_blanks(
        {"expanding_swelling": site.expanding_swelling, "dressing_soaked_twice": site.dressing_soaked_twice}
    )
    if drop is UNKNOWN:
        missing.append(
            "haemoglobin_grams_per_decilitre" if haemoglobin is None else "baseline_haemoglobin_grams_per_decilitre"
        )
    if all_of([fast, low]) is UNKNOWN:
        missing += _names_of_blanks({"pulse_per_minute": pulse, "systolic_mmhg": systolic})
    return settle(None, tuple(missing))


def _haemoglobin_drop(situation: Situation) -> tuple[Truth, Decimal | None]:
    """Against the highest value known before; with it, that value."""
    baseline, current = situation.history.baseline, situation.current.haemoglobin_grams_per_decilitre
    before = baseline.haemoglobin_grams_per_decilitre if baseline else None
    known = [one.haemoglobin_grams_per_decilitre for one in situation.earlier]
    highest = max((value for value in (before, *known) if value is not None), default=None)
    if current is None:
        return UNKNOWN, highest
    fall = situation.ruleset.haemoglobin_drop_grams_per_decilitre
    if highest is not None and highest - current >= fall:
        return MET, highest
    may_have_been_higher = before is None and _HIGHEST_HAEMOGLOBIN - current >= fall
    return (UNKNOWN if may_have_been_higher else NOT_MET), highest


def haematoma_risk(situation: Situation) -> Verdict:
    """H2: a red flag of back pain (P1 to P4) while a blood thinner acts: blood on the cord, even with normal neurology."""
    red = {code: situation.raised_red(code) for code in _SEVERE_BACK_PAIN}
    pain, thinned = any_of(red.values()), _blood_is_thinned(situation)
    decided = all_of([pain, thinned])
    context = situation.history.context
    if decided is MET:
        now = situation.current.effective_at
        acting = [one.drug for one in context.anticoagulants if acts_at(one, context.time_zero, now)]
        return met(
            observed={"rules": [code for code, value in red.items() if value is MET]},
            reference={"anticoagulants": acting or ["not named"]},
            drugs=", ".join(drug.replace("_", " ").lower() for drug in acting) or "a blood thinner",
        )
    if decided is NOT_MET:
        return not_met()
    missing = ["takes_anticoagulants"] if thinned is UNKNOWN else []
    if pain is UNKNOWN:
        blanks = (name for code in red if code in situation.said for name in situation.said[code].missing)
        missing += dict.fromkeys(blanks)
    return settle(None, tuple(missing))


def _blood_is_thinned(situation: Situation) -> Truth:
    context, now = situation.history.context, situation.current.effective_at
    if any(acts_at(one, context.time_zero, now) for one in context.anticoagulants):
        return MET
    if context.takes_anticoagulants and not context.anticoagulants:
        return MET
    return UNKNOWN if context.takes_anticoagulants is None else NOT_MET


def acts_at(one: Anticoagulant, time_zero: datetime, now: datetime) -> bool:
    """Restarted, presumed restarted as planned, taken after the procedure, or never known to have been stopped."""
    if one.restarted_at is not None and one.restarted_at <= now:
        return True
    if one.restarted_at is None and one.planned_restart_at is not None and one.planned_restart_at <= now:
        return True
    if one.last_dose_at is None:
        return one.restarted_at is None and one.planned_restart_at is None
    return one.last_dose_at >= time_zero


def leg_clot(situation: Situation) -> Verdict:
    """D1: one calf is newly swollen or painful."""
    calf = situation.current.symptoms.calf_swelling_or_pain
    if calf is None:
        return settle(None, ("calf_swelling_or_pain",))
    return met(observed={"calf_swelling_or_pain": True}) if calf else not_met()


def allergy(situation: Situation) -> Verdict:
    """AN1: hives, wheeze or swollen lips, or a systolic pressure of 90 mmHg or less."""
    symptoms, systolic = situation.current.symptoms, situation.current.vitals.systolic_mmhg
    answers = {name: getattr(symptoms, name) for name in _ALLERGY_WORDS}
    seen = [words for name, words in _ALLERGY_WORDS.items() if answers[name]]
    low = systolic is not None and systolic <= situation.ruleset.systolic_shock_mmhg
    if seen or low:
        return met(
            observed={**{name: value for name, value in answers.items() if value}, "systolic_mmhg": systolic},
            what=", ".join([*seen, *([f"systolic {systolic} mmHg"] if low else [])]),
        )
    return settle(None, tuple(_names_of_blanks({**answers, "systolic_mmhg": systolic})))
