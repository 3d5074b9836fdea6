"""Rows into the values that the pure rules read. The only place that knows both shapes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from followup.models import MedicationDose, MonitoringSlot, Observation
from followup.red_flags.history import (
    Anticoagulant,
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
from followup.red_flags.ruleset import Ruleset
from procedures.models import AnticoagulantUse, Baseline, MeasuredState, Procedure, TreatedLevel

BASELINE_ID = "baseline"
Row = TypeVar("Row", Baseline, TreatedLevel, AnticoagulantUse, Observation, MonitoringSlot)


@dataclass(frozen=True)
class EpisodeRows:
    """One read of everything that the assessment of an episode depends on, with the thresholds in force at its site."""

    procedure: Procedure
    ruleset: Ruleset
    baseline: Baseline | None
    treated_levels: tuple[TreatedLevel, ...]
    anticoagulants: tuple[AnticoagulantUse, ...]
    observations: tuple[Observation, ...]
    doses: tuple[MedicationDose, ...]
    # Those that an observation may still complete: open ones, and missed ones for a late entry.
    slots: tuple[MonitoringSlot, ...] = ()


def read_episode(procedure: Procedure, *, ruleset: Ruleset) -> EpisodeRows:
    """Read the current rows: no superseded baseline or observation, no row that was entered in error."""
    return read_episodes([procedure], ruleset=ruleset)[0]


def read_episodes(procedures: Sequence[Procedure], *, ruleset: Ruleset) -> list[EpisodeRows]:
    """The same for many episodes, in their order, in six statements however many they are."""
    baselines = _by_episode(Baseline.objects.current().filter(procedure__in=procedures))
    levels = _by_episode(TreatedLevel.objects.filter(procedure__in=procedures))
    anticoagulants = _by_episode(AnticoagulantUse.objects.filter(procedure__in=procedures))
    observations = _by_episode(Observation.objects.current().filter(procedure__in=procedures))
    slots = _by_episode(MonitoringSlot.objects.open_or_missed().filter(procedure__in=procedures))
    doses: dict[int, list[MedicationDose]] = defaultdict(list)
    for dose in MedicationDose.objects.filter(
        observation__procedure__in=procedures,
        observation__superseded_by__isnull=True,
        observation__entered_in_error=False,
    ):
        doses[dose.observation_id].append(dose)
    return [
        EpisodeRows(
            procedure=procedure,
            ruleset=ruleset,
            baseline=next(iter(baselines[procedure.pk]), None),
            treated_levels=tuple(levels[procedure.pk]),
            anticoagulants=tuple(anticoagulants[procedure.pk]),
            observations=tuple(observations[procedure.pk]),
            doses=tuple(dose for row in observations[procedure.pk] for dose in doses[row.pk]),
            slots=tuple(slots[procedure.pk]),
        )
        for procedure in procedures
    ]


def _by_episode(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.procedure_id].append(row)
    return found


def history_of(rows: EpisodeRows) -> History:
    baseline = rows.baseline
    context = Context(
        time_zero=rows.procedure.time_zero,
        treated_levels=tuple(treated.level for treated in rows.treated_levels),
        aetiology=rows.procedure.aetiology,
        mri_safety=(baseline.mri_safety if baseline else "") or Baseline.MriSafety.UNKNOWN,
        takes_anticoagulants=rows.procedure.takes_anticoagulants,
        anticoagulants=tuple(
            Anticoagulant(use.drug, use.last_dose_at, use.planned_restart_at, use.restarted_at)
            for use in rows.anticoagulants
        ),
        **(_safety(baseline) if baseline else {}),
    )
    return History(
        context=context,
        baseline=_reading(baseline, BASELINE_ID, spo2_scale=1) if baseline else None,
        readings=tuple(_observed(observation, baseline) for observation in rows.observations),
        doses=tuple(dose_value(dose) for dose in rows.doses),
        missed_checks=tuple(
            MissedCheck(missed_check_id(slot), slot.due_at, slot.neuro)
            for slot in rows.slots
            if slot.is_missed_neurology
        ),
    )


def missed_check_id(slot: MonitoringSlot) -> str:
    return f"check-{slot.pk}"


def _safety(baseline: Baseline) -> dict[str, Any]:
    """What decides about contrast, beside the name of the column in both shapes."""
    same = (
        "egfr_ml_per_minute", "egfr_measured_on", "acute_kidney_injury", "on_dialysis", "takes_metformin",
        "gadolinium_anaphylaxis", "pregnancy_possible", "allergies",
    )  # fmt: skip
    return {name: getattr(baseline, name) for name in same} | {"contrast_reaction": baseline.contrast_reaction or None}


def spo2_scale_at(baseline: Baseline | None, effective_at: datetime) -> int:
    """Scale 2 from the moment that a named clinician authorised it; else scale 1 (clinical-spec 1.1)."""
    authorised_at = baseline.spo2_scale_2_authorised_at if baseline else None
    return 2 if authorised_at and authorised_at <= effective_at else 1


def _observed(row: Observation, baseline: Baseline | None) -> Reading:
    pain = _pain(
        row,
        new_site=row.new_pain_site,
        sudden_onset=row.sudden_onset,
        onset_at=row.pain_onset_at,
        trigger=row.pain_trigger or None,
        took_analgesia=row.took_analgesia,
        relief=row.pain_relief or None,
        fall=row.fall,
    )
    return _reading(
        row,
        str(row.public_id),
        # By what is known now, and not as the row was stored: a scale 2 that was authorised for somebody else, or noted late,
        # must not depend on which of the two was typed first (law 4).
        spo2_scale=spo2_scale_at(baseline, row.effective_at),
        pain=pain,
        symptoms=Symptoms(**{one.name: getattr(row, one.name) for one in fields(Symptoms)}),
        wound=Wound(
            site=row.puncture_site or None,
            redness_over_2_cm=row.wound_redness_over_2_cm,
            discharge=row.wound_discharge,
            pus=row.wound_pus,
            warmth=row.wound_warmth,
            opening=row.wound_opening,
            expanding_swelling=row.expanding_swelling,
            dressing_soaked_twice=row.dressing_soaked_twice,
        ),
        mobilisation=Mobilisation(walked=row.walked, orthostatic_symptoms=row.orthostatic_symptoms),
        source=row.source,
    )


def _reading(row: MeasuredState, reading_id: str, *, spo2_scale: int, pain: Pain | None = None, **more) -> Reading:
    return Reading(
        id=reading_id,
        effective_at=row.effective_at,
        vitals=vitals_of(row),
        pain=pain or _pain(row),
        haemoglobin_grams_per_decilitre=row.haemoglobin_grams_per_decilitre,
        neurology=row.neurology,
        spo2_scale=spo2_scale,
        **more,
    )


def _pain(row: MeasuredState, **more) -> Pain:
    return Pain(
        at_rest=row.pain_at_rest,
        on_movement=row.pain_on_movement,
        scale=row.pain_scale or "NRS",
        sites=frozenset(row.pain_sites),
        characters=frozenset(row.pain_characters),
        **more,
    )


def dose_value(row: MedicationDose) -> Dose:
    return Dose(drug=row.drug, route=row.route, given_at=row.given_at, amount=row.amount, unit=row.unit or None)


def with_observation(
    rows: EpisodeRows,
    observation: Observation,
    doses: Iterable[MedicationDose],
    slots: Iterable[MonitoringSlot],
) -> EpisodeRows:
    """The same episode with one more observation, in place of the one that it supersedes, and the slots it changed."""
    replaced = observation.supersedes_id
    return replace(
        rows,
        observations=(
            *(row for row in rows.observations if row.pk != replaced),
            *(() if observation.entered_in_error else (observation,)),
        ),
        doses=(*(row for row in rows.doses if replaced is None or row.observation_id != replaced), *doses),
        slots=tuple(dict.fromkeys([*rows.slots, *slots])),
    )


def vitals_of(row: MeasuredState) -> Vitals:
    return Vitals(
        respiration_rate=row.respiration_rate,
        spo2_percent=row.spo2_percent,
        supplemental_oxygen=row.supplemental_oxygen,
        systolic_mmhg=row.systolic_mmhg,
        diastolic_mmhg=row.diastolic_mmhg,
        pulse_per_minute=row.pulse_per_minute,
        consciousness=row.consciousness or None,
        temperature_celsius=row.temperature_celsius,
    )
