"""What an episode file may hold: every key with its kind of value. The names are those of `red_flags.history`.

Parser, JSON Schema and refusals are made from this table; limits come from where the forms take them.
"""

from collections.abc import Mapping
from decimal import Decimal

from followup.episode_file.kinds import (
    By,
    Day,
    Group,
    Kind,
    ManyOf,
    Moment,
    Number,
    OneOf,
    Rows,
    Shared,
    Text,
    Whole,
    YesNo,
)
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, RESIDUAL_LIMITS_MILLILITRES, Field
from followup.red_flags.news2 import HARD_LIMITS
from procedures.vertebrae import LEVELS

VERSION = "1"
BASELINE_MAX_DAYS = 30  # before T0 (clinical-spec 0)

AETIOLOGIES = ("OSTEOPOROTIC", "CANCER", "TRAUMATIC", "HAEMANGIOMA", "OTHER", "UNKNOWN")
MRI_SAFETY = ("BLOCKED", "CONDITIONAL", "CLEAR", "UNKNOWN")
CONTRAST_REACTIONS = ("NONE", "MILD_MODERATE", "SEVERE")
SOURCES = ("NURSE", "PATIENT", "PHONE", "IMPORT")
PAIN_SCALES = ("NRS", "VAS_MM", "VERBAL", "PAINAD")
PAIN_SITES = (
    "TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE", "RIB_RIGHT", "RIB_LEFT", "LEG_RIGHT", "LEG_LEFT",
    "GIRDLE", "PUNCTURE_SITE", "OTHER",
)  # fmt: skip
PAIN_CHARACTERS = ("AXIAL", "RADICULAR", "BURNING", "PLEURITIC")
PAIN_TRIGGERS = ("NONE", "COUGH", "BEND", "FALL", "OTHER")
PAIN_RELIEF = ("NONE", "PARTIAL", "GOOD")
WOUND_SITES = ("DRY", "OOZE", "SWELLING")
DRUGS = (
    "PARACETAMOL", "NSAID", "METAMIZOLE", "CODEINE", "TRAMADOL", "DIHYDROCODEINE", "MORPHINE", "OXYCODONE", "OXYMORPHONE",
    "HYDROCODONE", "HYDROMORPHONE", "FENTANYL", "METHADONE", "BUPRENORPHINE", "TAPENTADOL", "OTHER",
)  # fmt: skip
ROUTES = ("IV", "SC", "IM", "PO", "PR", "TD", "OTHER")
UNITS = ("MG", "GRAM", "MICROGRAM", "MICROGRAM_PER_HOUR")

_ID = Text(100)


def _whole(name: str, unit: str) -> Whole:
    low, high = HARD_LIMITS[name]
    return Whole(int(low), int(high), unit)


def _answer(item: Field) -> Kind:
    """The kind of value of one item of the neurological catalogue."""
    kinds: dict[str, Kind] = {
        "choice": OneOf(tuple(code for code, _words in item.choices)),
        "boolean": YesNo(),
        "motor_fields": ManyOf(MOTOR_FIELDS),
        "millilitres": Whole(*RESIDUAL_LIMITS_MILLILITRES, "mL"),
        "time": Moment(),
    }
    return kinds[item.kind]


def _pain(score: Kind) -> Group:
    return Group(
        {
            "at_rest": score,
            "on_movement": score,
            "scale": OneOf(PAIN_SCALES),
            "sites": ManyOf(PAIN_SITES),
            "characters": ManyOf(PAIN_CHARACTERS),
            "new_site": YesNo(),
            "sudden_onset": YesNo(),
            "onset_at": Moment(),
            "trigger": OneOf(PAIN_TRIGGERS),
            "took_analgesia": YesNo(),
            "relief": OneOf(PAIN_RELIEF),
            "fall": YesNo(),
        }
    )


VITALS = Group(
    {
        "respiration_rate": _whole("respiration_rate", "/min"),
        "spo2_percent": _whole("spo2_percent", "%"),
        "supplemental_oxygen": YesNo(),
        "systolic_mmhg": _whole("systolic_mmhg", "mmHg"),
        "diastolic_mmhg": _whole("diastolic_mmhg", "mmHg"),
        "pulse_per_minute": _whole("pulse_per_minute", "/min"),
        "consciousness": OneOf(("A", "C", "V", "P", "U")),
        "temperature_celsius": Number(*HARD_LIMITS["temperature_celsius"], "°C"),
    }
)
PAIN = By("scale", "VAS_MM", special=_pain(Whole(0, 100, "mm")), usual=_pain(Number(Decimal(0), Decimal(10))))
SYMPTOMS = Group(
    dict.fromkeys(
        (
            "dyspnoea", "chest_pain", "haemoptysis", "syncope", "rigors", "rib_tenderness", "calf_swelling_or_pain",
            "urticaria", "wheeze", "lip_swelling",
        ),
        YesNo(),
    )
)  # fmt: skip
WOUND = Group(
    {"site": OneOf(WOUND_SITES)}
    | dict.fromkeys(
        ("redness_over_2_cm", "discharge", "pus", "warmth", "opening", "expanding_swelling", "dressing_soaked_twice"),
        YesNo(),
    )
)
MOBILISATION = Group({"walked": YesNo(), "orthostatic_symptoms": YesNo()})
NEUROLOGY = Group({name: _answer(item) for name, item in CATALOGUE.items()})

_GROUPS: Mapping[str, Kind] = {
    "vitals": VITALS,
    "pain": PAIN,
    "symptoms": SYMPTOMS,
    "wound": WOUND,
    "mobilisation": MOBILISATION,
    "haemoglobin_grams_per_decilitre": Number(Decimal(2), Decimal(25), "g/dL"),
    "neurology": NEUROLOGY,
}
READING_GROUPS = {name: Shared(name, kind) for name, kind in _GROUPS.items()}

BASELINE = Group(
    {
        "measured_at": Moment(),
        "spo2_scale_2_authorised_by": Text(200),
        "spo2_scale_2_authorised_at": Moment(),
        **READING_GROUPS,
    },
    required=("measured_at",),
    notes={
        "measured_at": f"{Moment.allowed}; at most {BASELINE_MAX_DAYS} days before procedure.ended_at and not after it",
        "spo2_scale_2_authorised_by": "the clinician who authorised SpO2 scale 2; goes together with the time",
    },
)
OBSERVATIONS = Rows(
    "observation",
    Group(
        {"id": _ID, "measured_at": Moment(), "source": OneOf(SOURCES), **READING_GROUPS},
        required=("id", "measured_at"),
        notes={
            "id": "text of its own; no other observation or missed check has it, and it is not “baseline”",
            "measured_at": f"{Moment.allowed}; not before procedure.ended_at",
            "source": f"{OneOf(SOURCES).allowed}; NURSE if absent",
        },
    ),
    most=500,
)
DOSES = Rows(
    "dose",
    Group(
        {
            "drug": OneOf(DRUGS),
            "route": OneOf(ROUTES),
            "given_at": Moment(),
            "amount": Number(Decimal("0.001"), Decimal("999999.999"), decimals=3),
            "unit": OneOf(UNITS),
        },
        required=("drug", "route", "given_at"),
    ),
    most=1000,
)
MISSED_CHECKS = Rows(
    "missed check",
    Group(
        {"id": _ID, "due_at": Moment(), "neuro": OneOf(("FULL", "QUICK"))},
        required=("id", "due_at", "neuro"),
        notes={"due_at": f"{Moment.allowed}; not before procedure.ended_at"},
    ),
    most=500,
)
CONTEXT = Group(
    {
        "mri_safety": OneOf(MRI_SAFETY),
        "takes_anticoagulants": YesNo(),
        "anticoagulants": Rows(
            "anticoagulant",
            Group(
                {
                    "drug": Text(60),
                    "last_dose_at": Moment(),
                    "planned_restart_at": Moment(),
                    "restarted_at": Moment(),
                },
                required=("drug",),
            ),
            most=50,
        ),
        "egfr_ml_per_minute": Number(Decimal(0), Decimal(999), "mL/min/1.73 m²"),
        "egfr_measured_on": Day(),
        "acute_kidney_injury": YesNo(),
        "on_dialysis": YesNo(),
        "takes_metformin": YesNo(),
        "contrast_reaction": OneOf(CONTRAST_REACTIONS),
        "gadolinium_anaphylaxis": YesNo(),
        "pregnancy_possible": YesNo(),
        "allergies": Text(400),
    }
)
PROCEDURE = Group(
    {"ended_at": Moment(), "treated_levels": ManyOf(LEVELS), "aetiology": OneOf(AETIOLOGIES)},
    required=("ended_at",),
    notes={"ended_at": f"T0: {Moment.allowed}"},
)
EPISODE = Group(
    {
        "procedure": PROCEDURE,
        "context": CONTEXT,
        "baseline": BASELINE,
        "observations": OBSERVATIONS,
        "doses": DOSES,
        "missed_checks": MISSED_CHECKS,
    },
    required=("procedure",),
)
