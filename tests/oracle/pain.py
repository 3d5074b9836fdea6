"""Pain (clinical specification, section 2), but the analgesic ladder: rules P1 to P6 and P8."""

from datetime import timedelta
from decimal import Decimal

from tests.oracle.timeline import DAY, MINUTE, Look, group, time

CONTEXTS = ("at_rest", "on_movement")
SPINE = {"TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE"}
RIBS = {"RIB_RIGHT", "RIB_LEFT"}
LEG_OR_GIRDLE = {"LEG_RIGHT", "LEG_LEFT", "GIRDLE"}
MINUTES_UNTIL_A_DOSE_WORKS = {"IV": 15, "SC": 30, "IM": 30}  # every other route: 60


def score(reading: dict, context: str) -> Decimal | None:
    """On 0-10, whatever the scale."""
    pain = group(reading, "pain")
    if pain.get(context) is None:
        return None
    return Decimal(str(pain[context])) / (10 if pain.get("scale") == "VAS_MM" else 1)


def worst(look: Look) -> Decimal | None:
    known = [value for value in (score(look.reading, context) for context in CONTEXTS) if value is not None]
    return max(known) if known else None


def is_severe(look: Look) -> bool:
    value = worst(look)
    return value is not None and value >= 7


def baseline_score(look: Look, context: str) -> Decimal | None:
    if not look.baseline:
        return None
    measured_at = time(look.baseline["measured_at"])
    return score(look.baseline, context) if look.time_zero - 7 * DAY <= measured_at <= look.time_zero else None


def nadir(look: Look, context: str) -> Decimal | None:
    valid = [
        score(before.reading, context)
        for before in look.earlier
        if before.now >= look.time_zero + 60 * MINUTE and before.vital("consciousness") in (None, "A")
    ]
    return min((value for value in valid if value is not None), default=None)


def has_risen(look: Look, context: str) -> bool:
    """Improved once, and now 2 or more above the best since."""
    now, lowest, before = score(look.reading, context), nadir(look, context), baseline_score(look, context)
    if now is None or lowest is None:
        return False
    improved = lowest <= 3 if before is None else before - lowest >= 2
    return improved and now - lowest >= 2


def had_risen_last_time(look: Look, context: str) -> bool:
    with_score = [before for before in look.earlier if score(before.reading, context) is not None]
    return bool(with_score) and has_risen(with_score[-1], context)


def rise_after_improvement(look: Look) -> dict[str, str]:
    found = {}
    for context in CONTEXTS:
        if has_risen(look, context):
            if score(look.reading, context) >= 4 or had_risen_last_time(look, context):
                found["P1"] = "URGENT"
            else:
                found["P1a"] = "AMBER"
    return found


def new_or_sudden(look: Look) -> dict[str, str]:
    found = {}
    new, sites = look.pain("new_site") is True, look.sites
    if look.pain("sudden_onset") is True or (new and (not sites or sites & (SPINE | LEG_OR_GIRDLE))):
        found["P2"] = "URGENT"
    if new and sites and sites <= RIBS:
        found["P2r"] = "URGENT" if look.symptom("dyspnoea") is True else "AMBER"
    return found


def above_baseline(look: Look) -> dict[str, str]:
    severities = set()
    for context in CONTEXTS:
        now, before = score(look.reading, context), baseline_score(look, context)
        if now is None or before is None or now < before + 1:
            continue
        as_high_earlier = any(
            score(past.reading, context) is not None
            and score(past.reading, context) >= before + 1
            and look.now - past.now >= 30 * MINUTE
            for past in look.earlier
        )
        severities.add("URGENT" if now >= before + 2 or as_high_earlier else "AMBER")
    if not severities:
        return {}
    return {"P3": "URGENT" if "URGENT" in severities else "AMBER"}


def _works_after(route: str) -> timedelta:
    return MINUTES_UNTIL_A_DOSE_WORKS.get(route, 60) * MINUTE


def severe(look: Look) -> dict[str, str]:
    if not is_severe(look):
        return {}
    found = {"P5": "AMBER"}
    for before in filter(is_severe, look.earlier):
        since = [(given_at, dose) for given_at, dose in look.doses if given_at >= before.now]
        if any(look.now - given_at >= _works_after(dose["route"]) for given_at, dose in since):
            found["P4"] = "URGENT"
        both_by_nurse = {look.reading.get("source", "NURSE"), before.reading.get("source", "NURSE")} == {"NURSE"}
        if both_by_nurse and look.now - before.now >= 60 * MINUTE and not since:
            found["P4b"] = "URGENT"
    if look.pain("took_analgesia") is True and look.pain("relief") == "NONE":
        found["P4c"] = "URGENT"
    return found


def no_response(look: Look) -> dict[str, str]:
    if not 10 <= (look.now - look.time_zero) // DAY <= 18:
        return {}
    for context in CONTEXTS:
        now, before = score(look.reading, context), baseline_score(look, context)
        if now is not None and before is not None and before - now < 2:
            return {"P6": "AMBER"}
    return {}


def fall(look: Look) -> dict[str, str]:
    by_trigger = look.pain("trigger") == "FALL"
    if not by_trigger and look.pain("fall") is not True:
        return {}
    highest = worst(look)
    if (highest is not None and highest > 0) or look.sites & SPINE:
        return {"P8": "URGENT"}
    return {"P8": "AMBER" if by_trigger or highest is None else "INFO"}


def pain_rules(look: Look) -> dict[str, str]:
    return {
        **rise_after_improvement(look),
        **new_or_sudden(look),
        **above_baseline(look),
        **severe(look),
        **no_response(look),
        **fall(look),
    }
