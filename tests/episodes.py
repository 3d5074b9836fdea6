"""An episode file in which everything is answered, and ways to change it. Times are invented."""

import json
from typing import Any

from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS

ABSENT = object()

_EXAM: dict[str, Any] = {
    name: item.choices[0][0] if item.kind == "choice" else {"boolean": False, "millilitres": 40}.get(item.kind)
    for name, item in CATALOGUE.items()
} | {"pain_limited": [MOTOR_FIELDS[0]], "last_void_at": "2026-03-10T09:30:00+00:00"}
_READING: dict[str, Any] = {
    "vitals": {
        "respiration_rate": 16, "spo2_percent": 97, "supplemental_oxygen": False, "systolic_mmhg": 128,
        "diastolic_mmhg": 76, "pulse_per_minute": 72, "consciousness": "A", "temperature_celsius": 36.8,
    },
    "pain": {
        "at_rest": 2, "on_movement": 3.5, "scale": "NRS", "sites": ["TREATED_LEVEL"], "characters": ["AXIAL"],
        "new_site": False, "sudden_onset": False, "onset_at": "2026-03-10T08:00:00Z", "trigger": "NONE",
        "took_analgesia": True, "relief": "GOOD", "fall": False,
    },
    "symptoms": dict.fromkeys(
        ("dyspnoea", "chest_pain", "haemoptysis", "syncope", "rigors", "rib_tenderness", "calf_swelling_or_pain",
         "urticaria", "wheeze", "lip_swelling"), False,
    ),
    "wound": {
        "site": "DRY", "redness_over_2_cm": False, "discharge": False, "pus": False, "warmth": False, "opening": False,
        "expanding_swelling": False, "dressing_soaked_twice": False,
    },
    "mobilisation": {"walked": False, "orthostatic_symptoms": False},
    "haemoglobin_grams_per_decilitre": 12.5,
    "neurology": _EXAM,
}  # fmt: skip
FULL_EPISODE: dict[str, Any] = {
    "procedure": {"ended_at": "2026-03-10T09:00:00+00:00", "treated_levels": ["T12", "L1"], "aetiology": "OSTEOPOROTIC"},
    "context": {
        "mri_safety": "CLEAR", "takes_anticoagulants": True,
        "anticoagulants": [{"drug": "APIXABAN", "last_dose_at": "2026-03-07T20:00:00+00:00",
                            "planned_restart_at": "2026-03-12T08:00:00+00:00", "restarted_at": None}],
        "egfr_ml_per_minute": 71.5, "egfr_measured_on": "2026-03-01", "acute_kidney_injury": False,
        "on_dialysis": False, "takes_metformin": False, "contrast_reaction": "NONE", "gadolinium_anaphylaxis": False,
        "pregnancy_possible": False, "allergies": "Penicillin – Ausschlag",
    },
    "baseline": {
        "measured_at": "2026-03-10T06:00:00+00:00", "spo2_scale_2_authorised_by": "Physician One",
        "spo2_scale_2_authorised_at": "2026-03-10T10:30:00+00:00", **_READING,
    },
    "observations": [
        {"id": "o1", "measured_at": "2026-03-10T10:00:00+00:00", "source": "NURSE", **_READING},
        {"id": "o2", "measured_at": "2026-03-10T11:00:00+00:00", "source": "PHONE", **_READING},
    ],
    "doses": [{"drug": "OXYCODONE", "route": "PO", "given_at": "2026-03-10T10:05:00+00:00", "amount": 5, "unit": "MG"}],
    "missed_checks": [{"id": "check-1", "due_at": "2026-03-10T12:00:00+00:00", "neuro": "FULL"}],
}  # fmt: skip


def changed(path: str, value: object) -> dict[str, Any]:
    """The full episode with one value in another's place, or without it. Lists are counted from 0 in the path."""
    document = json.loads(as_text(FULL_EPISODE))
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    target: Any = document
    for part in way:
        target = target[part]
    if value is ABSENT:
        del target[last]
    else:
        target[last] = value
    return document


def as_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)
