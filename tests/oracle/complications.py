"""Complications (clinical specification, section 4.1) and getting up too early (5.1)."""

from tests.oracle.neurology import is_full_exam, shown_unchanged, steps_worse
from tests.oracle.news2 import has_any_parameter, news2_of
from tests.oracle.pain import LEG_OR_GIRDLE, RIBS, SPINE
from tests.oracle.timeline import HOUR, MINUTE, Look, exact, group, time

CHEST_SYMPTOMS = ("dyspnoea", "chest_pain", "haemoptysis", "syncope")
WOUND_SIGNS = ("redness_over_2_cm", "discharge", "warmth", "opening")
SEVERE_BACK_PAIN = ("P1", "P2", "P3", "P4", "P4b", "P4c")
DEFICITS = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9")


def at_least(value, limit) -> bool:
    return value is not None and exact(value) >= exact(limit)


def at_most(value, limit) -> bool:
    return value is not None and exact(value) <= exact(limit)


def on_air(look: Look) -> bool:
    return look.vital("supplemental_oxygen") is not True


def has_chest_symptom(look: Look) -> bool:
    return any(look.symptom(name) is True for name in CHEST_SYMPTOMS)


def has_chest_sign(look: Look) -> bool:
    spo2, before = look.vital("spo2_percent"), group(look.baseline, "vitals")
    spo2_before = before.get("spo2_percent")
    return (
        (look.spo2_scale == 1 and on_air(look) and at_most(spo2, 93))
        or (spo2_before is not None and at_most(spo2, spo2_before - 4))
        or (not on_air(look) and before.get("supplemental_oxygen") is not True)
        or at_least(look.vital("respiration_rate"), 21)
        or at_least(look.vital("pulse_per_minute"), 111)
        or at_most(look.vital("systolic_mmhg"), 100)
    )


def newly_low_oxygen(look: Look) -> bool:
    limit = 83 if look.spo2_scale == 2 else 91
    low_before = at_most(group(look.baseline, "vitals").get("spo2_percent"), limit)
    return on_air(look) and at_most(look.vital("spo2_percent"), limit) and not low_before


def chest(look: Look) -> dict[str, str]:
    found = {}
    symptom = has_chest_symptom(look)
    if symptom and has_chest_sign(look):
        found["C1"] = "EMERGENT"
    if news2_of(look).lower_bound >= 7 or (newly_low_oxygen(look) and not symptom):
        found["C2"] = "EMERGENT"
    if symptom and "C1" not in found:
        if look.reading.get("source", "NURSE") in ("PATIENT", "PHONE"):
            found["C4"] = "EMERGENT"
        else:
            found["C3"] = "URGENT"
    thoracic = any(level.startswith("T") for level in look.treated_levels)
    if thoracic and ("PLEURITIC" in (look.pain("characters") or ()) or look.symptom("dyspnoea") is True):
        found["PX1"] = "EMERGENT"
    new_rib_pain = look.pain("new_site") is True and look.sites & RIBS
    if new_rib_pain and look.symptom("rib_tenderness") is True and "C1" not in found:
        found["R1"] = "AMBER"
    return found


def infection(look: Look, raised: dict[str, str]) -> dict[str, str]:
    found = {}
    temperature, news2 = look.vital("temperature_celsius"), news2_of(look)
    if at_least(temperature, "38.5") or (at_least(temperature, 38) and look.now >= look.time_zero + 24 * HOUR):
        found["I1"] = "AMBER"
    wound_sign, pus = any(look.wound(sign) is True for sign in WOUND_SIGNS), look.wound("pus") is True
    if wound_sign:
        found["I3"] = "AMBER"
    fever_and_more = at_least(temperature, 38) and (
        "P1" in raised or "P3" in raised or wound_sign or pus or news2.lower_bound >= 5
    )
    if pus or look.symptom("rigors") is True or fever_and_more:
        found["I2"] = "EMERGENT" if news2.lower_bound >= 7 else "URGENT"
    return found


def haemoglobin_fell(look: Look) -> bool:
    name = "haemoglobin_grams_per_decilitre"
    now = exact(look.reading.get(name))
    before = [exact(reading.get(name)) for reading in (look.baseline, *(past.reading for past in look.earlier))]
    known = [value for value in before if value is not None]
    return now is not None and bool(known) and max(known) - now >= 2


def bleeding(look: Look) -> dict[str, str]:
    systolic = look.vital("systolic_mmhg")
    if (
        look.wound("expanding_swelling") is True
        or look.wound("dressing_soaked_twice") is True
        or haemoglobin_fell(look)
        or (at_least(look.vital("pulse_per_minute"), 111) and at_most(systolic, 100))
    ):
        return {"H1": "EMERGENT" if at_most(systolic, 90) else "URGENT"}
    return {}


def anticoagulant_is_active(look: Look) -> bool:
    rows = look.context.get("anticoagulants") or []
    if not rows:
        return look.context.get("takes_anticoagulants") is True
    return any(_is_active(row, look) for row in rows)


def _is_active(row: dict, look: Look) -> bool:
    restarted, planned, last = (row.get(name) for name in ("restarted_at", "planned_restart_at", "last_dose_at"))
    if restarted and time(restarted) <= look.now:
        return True
    if not restarted and planned and time(planned) <= look.now:
        return True
    if not last:
        return not restarted and not planned
    return time(last) >= look.time_zero


def spine(look: Look, raised: dict[str, str]) -> dict[str, str]:
    found = {}
    if any(raised.get(code) == "URGENT" for code in SEVERE_BACK_PAIN) and anticoagulant_is_active(look):
        found["H2"] = "EMERGENT"
    deficit = any(raised.get(code) == "EMERGENT" for code in DEFICITS)
    in_the_spine = not look.sites or look.sites & SPINE
    if any(raised.get(code) == "URGENT" for code in ("P1", "P2", "P8")) and in_the_spine and not deficit:
        found["AF1"] = "URGENT"
    new_in_leg = look.pain("new_site") is True and look.sites & LEG_OR_GIRDLE
    if new_in_leg or steps_worse(look, "radicular_leg_pain"):
        found["LK1"] = "URGENT"
    return found


def others(look: Look) -> dict[str, str]:
    found = {}
    if look.symptom("calf_swelling_or_pain") is True:
        found["D1"] = "URGENT"
    allergic = any(look.symptom(name) is True for name in ("urticaria", "wheeze", "lip_swelling"))
    if allergic or at_most(look.vital("systolic_mmhg"), 90):
        found["AN1"] = "EMERGENT"
    if group(look.reading, "mobilisation").get("walked") is True and not may_get_up(look):
        found["M1"] = "INFO"
    return found


def may_get_up(look: Look) -> bool:
    with_vitals = [past for past in look.so_far if has_any_parameter(past)]
    with_full_exam = [past for past in look.so_far if is_full_exam(past)]
    if look.now < look.time_zero + 60 * MINUTE or not with_vitals or not with_full_exam:
        return False
    return news2_of(with_vitals[-1]).band == "low" and shown_unchanged(with_full_exam[-1])


def complication_rules(look: Look, raised: dict[str, str]) -> dict[str, str]:
    """`raised`: what the rules of pain and neurology said of the same look."""
    return {
        **chest(look),
        **infection(look, raised),
        **bleeding(look),
        **spine(look, raised),
        **others(look),
    }
