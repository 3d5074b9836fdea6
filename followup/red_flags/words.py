"""Names of values in the words that nurses and physicians use."""

from decimal import Decimal

from followup.red_flags.neurology import CATALOGUE

_LABELS = {
    "pain_at_rest": "pain at rest",
    "pain_on_movement": "pain on movement",
    "pain_sites": "where it hurts",
    "pain_characters": "what the pain is like",
    "pain_trigger": "what it came on with",
    "sudden_onset": "sudden onset",
    "new_pain_site": "a new place of pain",
    "took_analgesia": "whether pain medicine was taken",
    "pain_relief": "whether it helped",
    "fall": "a fall",
    "dose_amount": "how much of each pain medicine",
    "dyspnoea": "shortness of breath",
    "haemoptysis": "coughing blood",
    "syncope": "fainting",
    "rigors": "shaking chills",
    "rib_tenderness": "a tender rib",
    "calf_swelling_or_pain": "a swollen or painful calf",
    "urticaria": "hives",
    "lip_swelling": "swollen lips or tongue",
    "wound_redness_over_2_cm": "redness of the wound",
    "wound_discharge": "discharge of the wound",
    "wound_pus": "pus",
    "wound_warmth": "warmth of the wound",
    "wound_opening": "an open wound",
    "expanding_swelling": "a swelling that grows",
    "dressing_soaked_twice": "a dressing soaked twice",
    "haemoglobin_grams_per_decilitre": "haemoglobin",
    "takes_anticoagulants": "whether a blood thinner is taken",
    "walked": "getting up",
    "spo2_percent": "SpO₂",
    "systolic_mmhg": "systolic pressure",
    "pulse_per_minute": "pulse",
    "temperature_celsius": "temperature",
}
_BEFORE = "baseline_"


def label(name: str) -> str:
    """The words for a column or an item of the exam; `baseline_…` is the same before the procedure."""
    if name.startswith(_BEFORE):
        return f"{label(name.removeprefix(_BEFORE))} before the procedure"
    return CATALOGUE[name].label if name in CATALOGUE else _LABELS.get(name, name.replace("_", " "))


def plain(word: object) -> object:
    """A score without a needless ".0"."""
    return f"{word.normalize():f}" if isinstance(word, Decimal) else word
