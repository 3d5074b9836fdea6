"""Short words for building histories in the tests of the rules. Times are minutes after T0."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from followup.red_flags.assess import assess
from followup.red_flags.findings import Assessment
from followup.red_flags.history import (
    Context,
    Dose,
    History,
    MissedCheck,
    Mobilisation,
    Pain,
    Reading,
    Symptoms,
    Vitals,
    Wound,
)
from followup.red_flags.neurology import FULL_FIELDS, MOTOR_FIELDS, SENSORY_FIELDS

T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR, DAY = 60, 24 * 60
HEALTHY_VITALS = Vitals(16, 98, False, 120, 76, 70, "A", Decimal("37.0"))
HEALTHY_EXAM = {
    **dict.fromkeys(MOTOR_FIELDS, "5"),
    **dict.fromkeys(SENSORY_FIELDS, "NORMAL"),
    "saddle_sensation": "NORMAL",
    "voiding": "NORMAL",
    "urinary_incontinence": "NONE",
    "bowel": "NORMAL",
    "gait": "0",
    "anal_tone": "NORMAL",
    "post_void_residual_ml": 30,
    "babinski_R": "DOWN",
    "babinski_L": "DOWN",
    "clonus_R": "NONE",
    "clonus_L": "NONE",
    "tone": "NORMAL",
    "radicular_leg_pain": "NONE",
    "asia_impairment_scale": "E",
    "voided": True,
    "numbness": False,
    "leg_pain": False,
}
NO_SYMPTOMS = Symptoms(**{one.name: False for one in fields(Symptoms)})
CLEAN_WOUND = Wound(site="DRY", **{one.name: False for one in fields(Wound) if one.name != "site"})
assert set(HEALTHY_EXAM) - {"voided", "numbness", "leg_pain"} <= set(FULL_FIELDS)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def baseline(pain: int | None = None, exam: dict | None = None, *, haemoglobin: str | None = None, **vitals) -> Reading:
    score = None if pain is None else Decimal(pain)
    return Reading(
        "baseline",
        at(-180),
        vitals=Vitals(**vitals),
        pain=Pain(at_rest=score, on_movement=score),
        haemoglobin_grams_per_decilitre=None if haemoglobin is None else Decimal(haemoglobin),
        neurology=HEALTHY_EXAM if exam is None else exam,
    )


def reading(
    minutes: float,
    pain: int | None = None,
    *,
    reading_id: str = "",
    source: str = "NURSE",
    scale: int = 1,
    exam: dict | None = None,
    vitals: Vitals | None = None,
    symptoms: Symptoms | None = None,
    wound: Wound | None = None,
    mobilisation: Mobilisation | None = None,
    haemoglobin: str | None = None,
    **pain_facts,
) -> Reading:
    """A reading of pain on movement and whatever else is given; all else is blank."""
    return Reading(
        reading_id or f"at {minutes}",
        at(minutes),
        vitals=vitals or Vitals(),
        pain=Pain(on_movement=None if pain is None else Decimal(pain), **pain_facts),
        symptoms=symptoms or Symptoms(),
        wound=wound or Wound(),
        mobilisation=mobilisation or Mobilisation(),
        haemoglobin_grams_per_decilitre=None if haemoglobin is None else Decimal(haemoglobin),
        neurology=exam or {},
        spo2_scale=scale,
        source=source,
    )


def dose(
    minutes: float, route: str = "PO", drug: str = "OXYCODONE", amount: float | str | None = None, unit: str = "MG"
) -> Dose:
    """A dose; without an amount it has no unit either."""
    known = {} if amount is None else {"amount": Decimal(str(amount)), "unit": unit}
    return Dose(drug=drug, route=route, given_at=at(minutes), **known)


def judge(
    *readings: Reading,
    before: Reading | None = None,
    doses: tuple[Dose, ...] = (),
    missed_checks: tuple[MissedCheck, ...] = (),
    **context,
) -> Assessment:
    known = {"treated_levels": ("L1",), "aetiology": "OSTEOPOROTIC", "mri_safety": "CLEAR"} | context
    return assess(History(Context(T0, **known), before, tuple(readings), doses, missed_checks))


def raised(assessment: Assessment, minutes: float) -> dict[str, str]:
    """Rule code to severity, of the reading at this time."""
    return {finding.rule_code: finding.severity.name for finding in assessment.raised_by(f"at {minutes}")}


def open_questions(assessment: Assessment, minutes: float) -> set[str]:
    return {question.rule_code for question in assessment.undecided_by(f"at {minutes}")}
