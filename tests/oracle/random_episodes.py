"""Random episodes in the JSON format, the same for the same seed.

`python -m tests.oracle.random_episodes 3000` counts how often each rule is raised over that many.
"""

import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

from tests.oracle.answers import VARIANTS, expected
from tests.oracle.random_readings import (
    CALM,
    Dice,
    baseline_neurology,
    pain,
    reading,
    ready_to_get_up,
    vitals,
    walking_on_one_value,
    with_last_void,
)

LEVELS = (["L1"], ["L3", "L4"], ["T12"], ["T7", "T8"], ["T12", "L1"], ["L5"])
# Minutes from one reading to the next, around every window that a rule has.
MINUTES_BETWEEN = (0, 5, 14, 15, 16, 29, 30, 31, 45, 59, 60, 61, 65, 120, 240, 359, 360, 361, 1439, 1440, 1441)
MINUTES_TO_THE_FIRST = (0, 5, 15, 30, 59, 60, 61, 90, 120, 359, 360, 361, 600, 1439, 1440, 1441, 4319, 4320, 4321)
DRUGS = (
    "PARACETAMOL", "NSAID", "METAMIZOLE", "CODEINE", "TRAMADOL", "DIHYDROCODEINE", "MORPHINE", "OXYCODONE", "OXYMORPHONE",
    "HYDROCODONE", "HYDROMORPHONE", "FENTANYL", "METHADONE", "BUPRENORPHINE", "TAPENTADOL", "OTHER",
)  # fmt: skip
ROUTES = ("IV", "SC", "IM", "PO", "PR", "TD", "OTHER")
UNITS = ("MG", "MG", "GRAM", "MICROGRAM", "MICROGRAM_PER_HOUR", None)
# One of these a day, in milligrams by mouth: for each opioid on both sides of 10 MME, and morphine also on both sides of
# half as much again.
DAILY_DOSES = (
    ("MORPHINE", 5), ("MORPHINE", 10), ("MORPHINE", 19), ("MORPHINE", 20), ("MORPHINE", 29), ("MORPHINE", 30),
    ("MORPHINE", 31), ("MORPHINE", 44), ("MORPHINE", 45), ("MORPHINE", 60), ("CODEINE", 66), ("CODEINE", 67),
    ("HYDROCODONE", 9.9), ("HYDROCODONE", 10), ("HYDROMORPHONE", 1.9), ("HYDROMORPHONE", 2), ("METHADONE", 2.1),
    ("METHADONE", 2.2), ("OXYCODONE", 6.6), ("OXYCODONE", 6.7), ("OXYMORPHONE", 3.3), ("OXYMORPHONE", 3.4),
    ("TAPENTADOL", 24), ("TAPENTADOL", 25), ("TRAMADOL", 49), ("TRAMADOL", 50), ("DIHYDROCODEINE", 60),
    ("BUPRENORPHINE", 0.4), ("OTHER", 1), ("FENTANYL", 1), *(("PARACETAMOL", 1000), ("NSAID", 400), ("METAMIZOLE", 500)) * 3,
)  # fmt: skip
PER_MILLIGRAM = {"MG": 1, "GRAM": 0.001, "MICROGRAM": 1000}
SOURCES = ("NURSE", "NURSE", "NURSE", "PATIENT", "PHONE", "IMPORT")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def random_episode(seed: int) -> dict:
    dice = Dice(seed)
    dice.blankness = dice.choice((0.0, 0.05, 0.2, 0.5, 0.8))
    dice.unrest = dice.choice((0.03, 0.1, 0.2, 0.5))
    zone = dice.choice((UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5, minutes=-30))))
    dice.scale_2 = dice.maybe(0.25)
    time_zero = datetime(2025, 1, 1, tzinfo=zone) + minutes(dice.randrange(500_000))
    baseline = _baseline(dice, time_zero)
    times = _times(dice, time_zero)
    observations = _observations(dice, times, baseline, time_zero)
    episode = {
        "procedure": {
            "ended_at": time_zero.isoformat(),
            "treated_levels": dice.choice(LEVELS),
            "aetiology": dice.choice(("OSTEOPOROTIC", "CANCER", "TRAUMATIC", "HAEMANGIOMA", "OTHER", "UNKNOWN")),
        },
        "baseline": baseline,
        "observations": observations,
        "doses": _doses(dice, times, time_zero),
    }
    if dice.maybe(0.8):
        episode["context"] = _context(dice, times, time_zero)
    if dice.maybe(0.15):
        episode["missed_checks"] = [
            {"id": f"m{number}", "due_at": (time_zero + minutes(15 * number)).isoformat(), "neuro": kind}
            for number, kind in enumerate(dice.choice((["FULL"], ["QUICK"], ["QUICK", "FULL"])), start=1)
        ]
    return episode


def _times(dice: Dice, time_zero: datetime) -> list[datetime]:
    """Close together after the procedure, one or more a day, or around the second week."""
    style = dice.choices(("hours", "days", "weeks"), (60, 30, 10))[0]
    count = dice.choice((1, 2, 3, 3, 4, 5, 6, 8))
    if style == "days":
        days = sorted(dice.choice(range(8)) for _ in range(count))
        return sorted(time_zero + timedelta(days=day) + minutes(dice.choice((0, 1, 600, 720, 1439))) for day in days)
    now = time_zero + minutes(dice.choice(MINUTES_TO_THE_FIRST))
    found = [now]
    for _ in range(count - 1):
        now += minutes(dice.choice(MINUTES_BETWEEN))
        found.append(now)
    if style == "weeks":
        late = (9, 1439), (10, 0), (10, 1), (14, 300), (18, 0), (18, 1439), (19, 0), (35, 10)
        for day, minute in dice.sample(late, 2):
            found.append(time_zero + timedelta(days=day) + minutes(minute))
    return sorted(found)


def _baseline(dice: Dice, time_zero: datetime) -> dict | None:
    if dice.maybe(0.15):
        return None
    before = dice.choice((60, 600, 600, 3000, 7 * 1440 - 1, 7 * 1440, 7 * 1440 + 1, 20_000))
    found = {
        "measured_at": (time_zero - minutes(before)).isoformat(),
        "vitals": vitals(dice, {}),
        "pain": pain(dice, dice.randint(2, 9)),
        "neurology": baseline_neurology(dice),
        "haemoglobin_grams_per_decilitre": dice.choice((None, 11.4, 13.1)),
    }
    if dice.maybe(0.4):
        spo2 = dice.choice((*CALM["spo2_percent"], 83, 84, 90, 91, 92, 95))
        found["vitals"] |= {"spo2_percent": spo2, "supplemental_oxygen": dice.maybe(0.5)}
    if dice.scale_2:
        found["spo2_scale_2_authorised_by"] = "A. Physician"
        at = time_zero + minutes(dice.choice((-600, -600, 0, 15, 60, 360)))
        found["spo2_scale_2_authorised_at"] = at.isoformat()
    return {name: value for name, value in found.items() if not (name in ("vitals", "pain") and dice.maybe(0.15))}


def _observations(dice: Dice, times: list[datetime], baseline: dict | None, time_zero: datetime) -> list[dict]:
    level, haemoglobin, exam = dice.randint(1, 9), 13.1, {}
    getting_up = dice.randint(1, len(times)) if dice.maybe(0.2) else None
    found = []
    for number, now in enumerate(times, start=1):
        level = min(10, max(0, level + dice.choice((-4, -3, -2, -1, 0, 0, 1, 2, 2, 3))))
        haemoglobin -= dice.choice((0, 0, 0, 0.1, 1.9, 2.0, 2.1)) if dice.yes(0.5) else 0
        one = reading(
            dice, level=level, haemoglobin=haemoglobin, previous_exam=exam, baseline=baseline or {}
        )  # fmt: skip
        if getting_up == number:
            one |= ready_to_get_up(dice, baseline or {})
        elif getting_up == number - 1 and dice.maybe(0.5):
            one |= walking_on_one_value(dice)
        with_last_void(dice, one, now, time_zero)
        exam = {**exam, **(one.get("neurology") or {})}
        source = dice.choice(SOURCES)
        found.append({"id": f"r{number}", "measured_at": now.isoformat(), **one})
        if source != "NURSE" or dice.maybe(0.5):
            found[-1]["source"] = source
    dice.shuffle(found)
    return found


def _doses(dice: Dice, times: list[datetime], time_zero: datetime) -> list[dict]:
    style = dice.choices(("none", "some", "daily", "morphine"), (25, 35, 25, 15))[0]
    found = []
    if style == "some":
        for _ in range(dice.randint(1, 5)):
            around = {"IV": 15, "SC": 30, "IM": 30}
            route = dice.choice(ROUTES)
            before = dice.choice((-10, 0, 5, 90, *(around.get(route, 60) + step for step in (-1, -1, 0, 0, 1))))
            found.append(_any_dose(dice, dice.choice(times) - minutes(before), route))
    last = min(10, (times[-1] - time_zero).days)
    if style == "morphine":  # one dose a day, on both sides of half as much again; or a patch and its three days
        for day in range(last + 1):
            given_at = time_zero + timedelta(days=day) + minutes(dice.choice((0, 1)))
            if dice.maybe(0.2):
                found.append(_dose("FENTANYL", "TD", given_at, dice.choice((12.5, 24.9, 25)), "MICROGRAM_PER_HOUR"))
            elif dice.maybe(0.8):
                found.append(_dose("MORPHINE", "PO", given_at, dice.choice((30, 40, 44, 45, 46, 59, 60, 61)), "MG"))
            else:
                found.append(_dose("PARACETAMOL", "PO", given_at, 1000, "MG"))
    if style == "daily":
        for day in range(-1, last + 1):
            for _ in range(dice.choice((0, 1, 1, 1, 2))):
                given_at = time_zero + timedelta(days=day) + minutes(dice.choice((0, 0, 1, 300, 700, 1439)))
                drug, amount = dice.choice(DAILY_DOSES)
                unit = dice.choices(tuple(PER_MILLIGRAM), (6, 1, 1))[0] if 2 <= amount < 1000 else "MG"
                found.append(_dose(drug, "PO", given_at, round(amount * PER_MILLIGRAM[unit], 3), unit))
        if dice.maybe(0.25):
            start = time_zero + timedelta(days=dice.randint(-2, max(0, last))) + minutes(dice.choice((0, 1, 600)))
            found.append(_dose("FENTANYL", "TD", start, dice.choice((12, 25, 50)), "MICROGRAM_PER_HOUR"))
        if dice.maybe(0.2):
            found.append(_any_dose(dice, dice.choice(times), dice.choice(ROUTES)))
    dice.shuffle(found)
    return found


def _any_dose(dice: Dice, given_at: datetime, route: str) -> dict:
    return _dose(dice.choice(DRUGS), route, given_at, dice.choice((None, 5, 10, 12.5, 20, 60)), dice.choice(UNITS))


def _dose(drug: str, route: str, given_at: datetime, amount, unit: str | None) -> dict:
    return {"drug": drug, "route": route, "given_at": given_at.isoformat(), "amount": amount, "unit": unit}


def _context(dice: Dice, times: list[datetime], time_zero: datetime) -> dict:
    def about(moment: datetime) -> str:
        return (moment + minutes(dice.choice((-1, 0, 1)))).isoformat()

    found = {
        "mri_safety": dice.choice(("BLOCKED", "CONDITIONAL", "CLEAR", "UNKNOWN")),
        "takes_anticoagulants": dice.choice((True, False, False)),
        "egfr_ml_per_minute": dice.choice((29, 30, 44, 45, 80)),
        "egfr_measured_on": time_zero.date().isoformat(),
        "acute_kidney_injury": dice.maybe(0.2),
        "on_dialysis": dice.maybe(0.1),
        "takes_metformin": dice.maybe(0.2),
        "contrast_reaction": dice.choice(("NONE", "MILD_MODERATE", "SEVERE")),
        "gadolinium_anaphylaxis": dice.maybe(0.1),
        "pregnancy_possible": dice.maybe(0.1),
        "allergies": dice.choice(("latex", None)),
    }
    found = dice.fill(found)
    if dice.maybe(0.5):
        found["anticoagulants"] = [
            {
                "drug": "apixaban",
                "last_dose_at": dice.choice((None, about(time_zero), about(time_zero - timedelta(days=3)))),
                "planned_restart_at": dice.choice((None, None, about(dice.choice(times)))),
                "restarted_at": dice.choice((None, None, about(dice.choice(times)))),
            }
            for _ in range(dice.choice((0, 1, 1, 2)))
        ]
    return found


def coverage(episodes: int) -> Counter[tuple[str, str]]:
    """How often each rule is raised at each severity over that many episodes."""
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(episodes):
        found.update((code, severity) for _, code, severity in expected(random_episode(seed)))
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--show"]:
        print(json.dumps(random_episode(int(sys.argv[2])), indent=1))
    else:
        counted = coverage(int(sys.argv[1]))
        for code, severity in sorted(VARIANTS | set(counted)):
            print(f"{code:4} {severity:9} {counted[code, severity]:7}")
