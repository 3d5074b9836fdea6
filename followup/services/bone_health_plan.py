"""Rows into the plan that the pure care gaps read. Bones belong to the patient: rows of all his episodes count together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from followup.bone_health import Adherence, BoneHealthPlan, Therapy
from followup.bone_health_checks import Known
from followup.models import BoneHealthFacts, BoneHealthTherapy
from kyphotrack.language import stored
from procedures.models import Baseline, Procedure


@dataclass(frozen=True)
class BoneHealthRows:
    """The current rows of one patient, the oldest first."""

    therapies: tuple[BoneHealthTherapy, ...] = ()
    facts: tuple[BoneHealthFacts, ...] = ()


def read_bone_health(patient_ids: Iterable[int]) -> dict[int, BoneHealthRows]:
    """By patient; two statements however many patients."""
    patients = list(patient_ids)
    therapies: dict[int, list[BoneHealthTherapy]] = defaultdict(list)
    facts: dict[int, list[BoneHealthFacts]] = defaultdict(list)
    of_patients = {"procedure__patient__in": patients}
    for therapy in (
        BoneHealthTherapy._default_manager.filter(superseded_by__isnull=True, entered_in_error=False, **of_patients)
        .select_related("procedure", "recorded_by")
        .order_by("status_on", "recorded_at", "pk")
    ):
        therapies[therapy.procedure.patient_id].append(therapy)
    for row in (
        BoneHealthFacts._default_manager.filter(superseded_by__isnull=True, entered_in_error=False, **of_patients)
        .select_related("procedure", "recorded_by")
        .order_by("known_on", "recorded_at", "pk")
    ):
        facts[row.procedure.patient_id].append(row)
    return {patient: BoneHealthRows(tuple(therapies[patient]), tuple(facts[patient])) for patient in patients}


def site_day(procedure: Procedure, moment: datetime) -> date:
    """The calendar day of a moment at the patient's site."""
    return moment.astimezone(procedure.patient.site.zone).date()


def plan_of(procedure: Procedure, rows: BoneHealthRows) -> BoneHealthPlan:
    time_zero_on = site_day(procedure, procedure.time_zero)
    return BoneHealthPlan(
        aetiology=procedure.aetiology,
        age_years=procedure.patient.age_on(time_zero_on),
        time_zero_on=time_zero_on,
        therapies=tuple(
            Therapy(
                one.drug, one.status, one.status_on, one.deferred_until, one.reason, one.physician, name=one.other_drug
            )
            for one in rows.therapies
        ),
        denosumab_given_on=tuple(row.denosumab_given_on for row in rows.facts if row.denosumab_given_on),
        dxa_on=tuple(row.dxa_on for row in rows.facts if row.dxa_on),
        dxa_ordered_on=tuple(row.dxa_ordered_on for row in rows.facts if row.dxa_ordered_on),
        adherence=tuple(
            Adherence(row.known_on, row.taking_as_prescribed)
            for row in rows.facts
            if row.taking_as_prescribed is not None
        ),
    )


def newest_with(facts: Sequence[BoneHealthFacts], name: str) -> BoneHealthFacts | None:
    """The newest row in which this column is known."""
    return next((row for row in reversed(facts) if getattr(row, name) not in (None, "")), None)


def known_of(facts: Sequence[BoneHealthFacts], baseline: Baseline | None) -> Known:
    """What the checks before a drug read; the kidney's value may come from the baseline."""

    def newest(name: str) -> Any:
        row = newest_with(facts, name)
        return getattr(row, name) if row else None

    kidney, calcium = newest_with(facts, "egfr_ml_per_minute"), newest_with(facts, "calcium")
    egfr, egfr_on = (kidney.egfr_ml_per_minute, kidney.known_on) if kidney else (None, None)
    if baseline and egfr is None:
        egfr, egfr_on = baseline.egfr_ml_per_minute, baseline.egfr_measured_on
    return Known(
        egfr_ml_per_minute=egfr,
        egfr_on=egfr_on,
        calcium=f"{calcium.calcium} {stored(calcium.get_calcium_unit_display())}" if calcium else "",
        dental_checked_on=newest("dental_checked_on"),
        pregnancy_possible=baseline.pregnancy_possible if baseline else None,
        prior_bone_radiotherapy=newest("prior_bone_radiotherapy"),
        bone_metastasis=newest("bone_metastasis"),
        hypercalcaemia=newest("hypercalcaemia"),
    )
