"""Patients at the edge of what the system holds: names of every script and length, no value at all, every flag at once."""

from decimal import Decimal

from procedures.models import Procedure
from tests import cast

NAMES = [
    "Ñandú-Ørsted", "Δημητρίου", "محمد عبد الله", "李小龍", "कृष्णमूर्ति", "ภาษาไทย", "<b>&amp;\"'", "{{ x }}{% x %}", "W" * 200,
    "م" * 200, "漢" * 200, "Z\u0334\u0351\u0357\u0313\u0325a\u0321\u033el\u0315\u0320g\u0310\u031fo\u0334" * 10,
    "\u202eevil\u202e\u2066abc", "👩‍⚕️" * 40, "a\u200b\ufeff\u00adb", "ﷺ" * 50,
]  # fmt: skip
EVERY_SIGN = cast.a_routine_set(
    respiration_rate=30, spo2_percent=80, supplemental_oxygen=True, systolic_mmhg=80, pulse_per_minute=140,
    consciousness="C", temperature_celsius=Decimal("39.4"), pain_at_rest=Decimal(10), pain_on_movement=Decimal(10),
    sudden_onset=True, new_pain_site=True, pain_sites=["TREATED_LEVEL", "ADJACENT_ABOVE", "RIB_LEFT", "OTHER"],
    dyspnoea=True, chest_pain=True, haemoptysis=True, syncope=True, puncture_site="SWELLING", rigors=True,
    urticaria=True, wheeze=True, lip_swelling=True, calf_swelling_or_pain=True, expanding_swelling=True,
    dressing_soaked_twice=True, wound_pus=True, fall=True, pain_trigger="FALL", rib_tenderness=True,
    neurology=cast.NORMAL_FULL_NEUROLOGY | {
        "motor_L4_R": "0", "saddle_sensation": "ABSENT", "voiding": "UNABLE", "bowel": "NEW_INCONTINENCE",
        "urinary_incontinence": "NEW_OR_WORSE", "gait": "5", "babinski_R": "UP", "clonus_L": "PRESENT",
        "trunk_sensory_level_R": "T8", "radicular_leg_pain": "BILATERAL", "asia_impairment_scale": "B",
    },
)  # fmt: skip


def raise_every_flag(procedure: Procedure) -> None:
    """Everything that one set can raise, after one in which nothing was wrong."""
    cast.log(procedure, minutes=70, **cast.a_routine_set())
    cast.log(procedure, minutes=130, **EVERY_SIGN)
