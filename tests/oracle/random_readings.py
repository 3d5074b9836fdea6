"""Random readings, drawn close to the thresholds: below, on and above each, with many blanks."""

from datetime import timedelta
from random import Random

from tests.oracle.neurology import BEST_TO_WORST, MOTOR, QUICK_MOTOR, SAID, SENSORY, SIDES, TRUNK_LOWEST_FIRST

SITES = (
    "TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE", "RIB_RIGHT", "RIB_LEFT", "LEG_RIGHT", "LEG_LEFT",
    "GIRDLE", "PUNCTURE_SITE", "OTHER",
)  # fmt: skip
CALM = {
    "respiration_rate": (12, 14, 16, 20),
    "spo2_percent": (96, 97, 98, 99),
    "systolic_mmhg": (111, 120, 135),
    "pulse_per_minute": (51, 70, 90),
    "temperature_celsius": (36.1, 36.8, 37.2),
}
NEAR_THRESHOLDS = {
    "respiration_rate": (8, 9, 11, 12, 20, 21, 22, 24, 25),
    "spo2_percent": (82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 95, 96, 97),
    "systolic_mmhg": (88, 90, 91, 100, 101, 110, 111, 219, 220),
    "pulse_per_minute": (40, 41, 50, 51, 90, 91, 110, 111, 130, 131),
    "temperature_celsius": (35.0, 35.1, 36.0, 36.1, 37.9, 38.0, 38.1, 38.2, 38.4, 38.5, 38.6, 39.0, 39.1),
}
SPO2_NEAR_SCALE_2 = (83, 84, 85, 86, 87, 88, 92, 93, 94, 95, 96, 97)
SYMPTOMS = (
    "dyspnoea", "chest_pain", "haemoptysis", "syncope", "rigors", "rib_tenderness", "calf_swelling_or_pain", "urticaria",
    "wheeze", "lip_swelling",
)  # fmt: skip
WOUND = (
    "redness_over_2_cm", "discharge", "pus", "warmth", "opening", "expanding_swelling", "dressing_soaked_twice",
)  # fmt: skip
# Answers of the items that are neither power nor feeling, the healthy one first.
OTHER_NEUROLOGY = {
    **{f"trunk_sensory_level_{side}": TRUNK_LOWEST_FIRST for side in SIDES},
    "anal_tone": [*BEST_TO_WORST["anal_tone"], "NT"],
    "voiding": ["NORMAL", "HESITANCY", "NO_SENSATION", "UNABLE", "CATHETERISED", "NEW_TROUBLE"],
    "urinary_incontinence": ["NONE", "PRE_EXISTING", "NEW_OR_WORSE"],
    "post_void_residual_ml": [0, 60, 180, 199, 200, 201, 640],
    "bowel": ["NORMAL", "CONSTIPATION", "NEW_INCONTINENCE", "LOSS_OF_RECTAL_FULLNESS"],
    "gait": [*BEST_TO_WORST["gait"], "NT"],
    **{f"babinski_{side}": ["DOWN", "UP", "NT"] for side in SIDES},
    **{f"clonus_{side}": ["NONE", "PRESENT", "NT"] for side in SIDES},
    "tone": ["NORMAL", "SPASTIC", "FLACCID"],
    "radicular_leg_pain": ["NONE", "UNILATERAL", "BILATERAL"],
    "asia_impairment_scale": ["E", "D", "C", "B", "A"],
}
QUICK_ANSWERS = ("numbness", "voided", "leg_pain")


class Dice(Random):
    """`blankness`: how often a value was not asked; `unrest`: how often it is away from calm."""

    blankness = 0.0
    unrest = 0.0
    scale_2 = False  # the episode's SpO2 may be on scale 2

    def maybe(self, chance: float) -> bool:
        return self.random() < chance

    def fill(self, answers: dict) -> dict:
        """The answers with some taken out: left away, or null."""
        kept = {}
        for name, value in answers.items():
            if value is not None and not self.maybe(self.blankness):
                kept[name] = value
            elif self.maybe(0.3):
                kept[name] = None
        return kept

    def yes(self, chance: float) -> bool:
        return self.maybe(chance * self.unrest)


def vitals(dice: Dice, baseline: dict) -> dict:
    found = {name: dice.choice(NEAR_THRESHOLDS[name] if dice.yes(1) else CALM[name]) for name in CALM}
    if dice.scale_2 and dice.maybe(0.6):
        found["spo2_percent"] = dice.choice(SPO2_NEAR_SCALE_2)
    spo2_before = (baseline.get("vitals") or {}).get("spo2_percent")
    if spo2_before and dice.maybe(0.15):
        found["spo2_percent"] = max(40, spo2_before - dice.choice((3, 4, 5)))
    found["diastolic_mmhg"] = found["systolic_mmhg"] - dice.choice((20, 45))
    found["supplemental_oxygen"] = dice.maybe(0.5 if dice.scale_2 else 0.1) or dice.yes(0.3)
    found["consciousness"] = dice.choice("CCCVPU") if dice.yes(0.3) else "A"
    return dice.fill(found)


def pain(dice: Dice, level: int) -> dict:
    """`level`: about how bad it is, on 0-10."""
    scale = dice.choices(("NRS", "VAS_MM", "VERBAL", "PAINAD"), (10, 3, 1, 1))[0]
    found = {"at_rest": max(0, level - dice.choice((0, 1, 2))), "on_movement": level}
    if scale == "VAS_MM":
        found = {name: min(100, max(0, 10 * value + dice.choice((-1, 0, 0, 0, 1)))) for name, value in found.items()}
    new = dice.yes(0.3)
    sites: list[str] = []
    if dice.maybe(0.6):
        kinds = (SITES[:4], SITES[4:6], SITES[4:6], SITES[6:9], SITES)
        sites = sorted({dice.choice(dice.choice(kinds)) for _ in range(dice.choice((1, 1, 1, 2)))})
    new = new or (bool(sites) and set(sites) <= {"RIB_RIGHT", "RIB_LEFT"} and dice.maybe(0.4))
    found |= {
        "scale": None if scale == "NRS" and dice.maybe(0.5) else scale,
        "sites": sites or dice.choice((None, [])),
        "characters": [one for one in ("AXIAL", "RADICULAR", "BURNING", "PLEURITIC") if dice.yes(0.2)],
        "new_site": new,
        "sudden_onset": dice.yes(0.1),
        "trigger": "FALL" if dice.yes(0.08) else dice.choice(("NONE", "COUGH", "BEND", "OTHER")),
        "took_analgesia": dice.maybe(0.5),
        "relief": dice.choice(("NONE", "PARTIAL", "GOOD")),
        "fall": dice.yes(0.15),
    }
    answers = dice.fill(found)
    if scale == "VAS_MM":  # without it the score would be another one, and no score at all
        answers["scale"] = scale
    return answers


def neurology(dice: Dice, previous: dict, baseline: dict) -> dict:
    """An exam that is much like the last one, or like the baseline."""
    styles = ("none", "quick", "full", "tracts", "sparse", "said", "not testable")
    style = dice.choices(styles, (22, 22, 28, 14, 9, 5, 5))[0]
    if style == "none":
        return {}
    if style == "not testable":
        names = [*MOTOR, *SENSORY] if dice.maybe(0.7) else dice.sample([*MOTOR, *SENSORY], 3)
        return dict.fromkeys(names, "NT")
    if style == "said":
        return in_the_patients_words(dice)
    names = {
        "quick": [*QUICK_MOTOR, *QUICK_ANSWERS, "voiding"],
        "full": [*MOTOR, *SENSORY, "saddle_sensation", *OTHER_NEUROLOGY],
        "tracts": [*OTHER_NEUROLOGY, "saddle_sensation"],
        "sparse": dice.sample([*MOTOR, *SENSORY, "saddle_sensation", *OTHER_NEUROLOGY, *QUICK_ANSWERS], 6),
    }[style]
    model = {**healthy(), **{name: value for name, value in baseline.items() if value not in (None, "NT")}}
    if dice.maybe(0.5):
        model |= {name: value for name, value in previous.items() if value is not None}
    exam = {name: model.get(name) for name in names}
    for name in MOTOR:
        if exam.get(name) in ("2", "3", "4") and dice.maybe(0.4):
            exam[name] = str(min(5, int(exam[name]) + dice.choice((-2, -1, 1, 2))))
    for name in dice.sample(names, min(len(names), _number_of_changes(dice))):
        exam[name] = changed(dice, name, exam[name])
    rare = [name for name in ("asia_impairment_scale", "radicular_leg_pain", "bowel", "gait") if name in names]
    if rare and dice.yes(0.6):
        name = dice.choice(rare)
        exam[name] = changed(dice, name, exam[name])
    if "voiding" in exam and dice.maybe(0.1):
        exam["voiding"] = "CATHETERISED"
    exam |= {name: dice.maybe(0.5) if name == "voided" else dice.yes(0.15) for name in QUICK_ANSWERS if name in names}
    lowered = [name for name in MOTOR if str(exam.get(name)) in "01234"]
    if lowered and dice.maybe(0.5):
        exam["pain_limited"] = lowered
    elif dice.maybe(0.1):
        exam["pain_limited"] = dice.sample(MOTOR, 2)
    exam["residual_anaesthetic"] = dice.choice((True, False, None))
    if dice.maybe(0.1):  # asked beside an exam
        exam |= {name: dice.choice(answers) for name, answers in SAID.items()}
    if style == "full" and dice.maybe(0.6):
        return {name: value for name, value in exam.items() if value is not None}
    return dice.fill(exam)


def in_the_patients_words(dice: Dice) -> dict:
    """As by phone: what is said, now and then with a few items that somebody examined all the same."""
    said = {name: dice.choice(answers[1:]) if dice.yes(0.4) else answers[0] for name, answers in SAID.items()}
    examined = dice.sample([*MOTOR, *SENSORY], dice.choice((0, 0, 0, 2)))
    return dice.fill(said | dict.fromkeys(examined, "NT"))


def _number_of_changes(dice: Dice) -> int:
    if not dice.yes(0.8):
        return 0
    return dice.choice((1, 1, 1, 2, 4))


def healthy() -> dict:
    found = {name: order[0] for name, order in BEST_TO_WORST.items()}
    return found | {name: answers[0] for name, answers in OTHER_NEUROLOGY.items()}


def changed(dice: Dice, name: str, answer):
    """Mostly the answer next to it, sometimes any."""
    answers = OTHER_NEUROLOGY.get(name) or [*BEST_TO_WORST.get(name, [False, True]), "NT"]
    if answer in answers and dice.maybe(0.6):
        place = answers.index(answer) + dice.choice((-1, 1, 1, 2))
        return answers[min(len(answers) - 1, max(0, place))]
    return dice.choice(answers)


def baseline_neurology(dice: Dice) -> dict:
    if dice.maybe(0.25):
        return {}
    exam = healthy()
    for name in dice.sample(sorted(exam), dice.choice((0, 0, 1, 3, 8))):
        exam[name] = changed(dice, name, exam[name])
    if dice.maybe(0.4):  # weak legs, which may get better and worse again
        exam |= {name: dice.choice("2334") for name in dice.sample(MOTOR, 4)}
    return dice.fill(exam)


def reading(dice: Dice, *, level: int, haemoglobin: float, previous_exam: dict, baseline: dict) -> dict:
    """All groups of one observation; some are left away, some empty, some null."""
    symptoms = {name: dice.yes(0.12) for name in SYMPTOMS}
    symptoms |= {"rib_tenderness": dice.maybe(0.3), "dyspnoea": dice.maybe(0.05) or symptoms["dyspnoea"]}
    wound = {"site": dice.choice(("DRY", "OOZE", "SWELLING")), **{name: dice.yes(0.05) for name in WOUND}}
    groups = {
        "vitals": vitals(dice, baseline),
        "pain": pain(dice, level),
        "symptoms": dice.fill(symptoms),
        "wound": dice.fill(wound),
        "mobilisation": dice.fill({"walked": dice.maybe(0.4), "orthostatic_symptoms": dice.yes(0.5)}),
        "neurology": neurology(dice, previous_exam, baseline.get("neurology") or {}),
        "haemoglobin_grams_per_decilitre": round(haemoglobin, 1) if dice.maybe(0.5) else None,
    }
    kept = {}
    for name, values in groups.items():
        if not dice.maybe(0.2):
            kept[name] = values
        elif dice.maybe(0.3):
            kept[name] = None
    return kept


def ready_to_get_up(dice: Dice, baseline: dict) -> dict:
    """All that must be known, and mostly well, before a patient walks."""
    before = baseline.get("neurology") or {}
    exam = {**healthy(), **{name: value for name, value in before.items() if value not in (None, "NT")}}
    if dice.maybe(0.3):
        name = dice.choice([*MOTOR, *SENSORY, "saddle_sensation"])
        exam[name] = changed(dice, name, exam[name])
    calm = {name: dice.choice(values) for name, values in CALM.items()}
    return {
        "vitals": {**calm, "supplemental_oxygen": False, "consciousness": "A"},
        "neurology": exam,
        "mobilisation": {"walked": True},
    }


def walking_on_one_value(dice: Dice) -> dict:
    """Up again, with a single vital sign measured and nothing examined."""
    name = dice.choice((*CALM, "supplemental_oxygen", "consciousness"))
    value = {"supplemental_oxygen": False, "consciousness": "A"}.get(name) if name not in CALM else CALM[name][0]
    return {"vitals": {name: value}, "neurology": {}, "mobilisation": {"walked": True}}


def with_last_void(dice: Dice, found: dict, measured_at, time_zero) -> None:
    """Notes when urine was last passed, about six hours before."""
    exam = found.get("neurology")
    if exam and dice.maybe(0.3):
        minutes = dice.choice((30, 120, 359, 360, 361, 500))
        exam["last_void_at"] = max(time_zero, measured_at - timedelta(minutes=minutes)).isoformat()
