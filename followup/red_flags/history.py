"""What the rules read: an episode as plain values. `None`, or an absent key, means not asked or not measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Vitals:
    respiration_rate: int | None = None
    spo2_percent: int | None = None
    supplemental_oxygen: bool | None = None
    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    pulse_per_minute: int | None = None
    consciousness: str | None = None  # A, C, V, P or U
    temperature_celsius: Decimal | None = None


@dataclass(frozen=True)
class Pain:
    """Scores are on 0-10 whatever the scale; a VAS in millimetres is divided by ten before it comes here."""

    at_rest: Decimal | None = None
    on_movement: Decimal | None = None
    scale: str = "NRS"
    sites: frozenset[str] = frozenset()
    new_site: bool | None = None
    sudden_onset: bool | None = None
    onset_at: datetime | None = None
    trigger: str | None = None
    characters: frozenset[str] = frozenset()  # AXIAL, RADICULAR, BURNING, PLEURITIC; empty: not asked
    took_analgesia: bool | None = None
    relief: str | None = None  # NONE, PARTIAL or GOOD
    fall: bool | None = None  # fell since the last contact

    @property
    def worst(self) -> Decimal | None:
        """The higher of the known scores: what the red flags go by (clinical-spec 2.1)."""
        return max((score for score in (self.at_rest, self.on_movement) if score is not None), default=None)

    def in_context(self, context: str) -> Decimal | None:
        return self.at_rest if context == "at_rest" else self.on_movement


PAIN_CONTEXTS = ("at_rest", "on_movement")


@dataclass(frozen=True)
class Symptoms:
    dyspnoea: bool | None = None
    chest_pain: bool | None = None
    haemoptysis: bool | None = None
    syncope: bool | None = None
    rigors: bool | None = None
    rib_tenderness: bool | None = None
    calf_swelling_or_pain: bool | None = None  # new, one side
    urticaria: bool | None = None
    wheeze: bool | None = None
    lip_swelling: bool | None = None


@dataclass(frozen=True)
class Wound:
    """The puncture site, beyond dry or not."""

    site: str | None = None  # DRY, OOZE or SWELLING
    redness_over_2_cm: bool | None = None
    discharge: bool | None = None
    pus: bool | None = None
    warmth: bool | None = None
    opening: bool | None = None
    expanding_swelling: bool | None = None
    dressing_soaked_twice: bool | None = None  # within an hour


@dataclass(frozen=True)
class Mobilisation:
    """Getting up at this reading. `walked`: out of bed and walked, with or without help."""

    walked: bool | None = None
    orthostatic_symptoms: bool | None = None


@dataclass(frozen=True)
class Reading:
    """One observation, or the baseline. `neurology`: the fields of the catalogue in `neurology`."""

    id: str
    effective_at: datetime
    vitals: Vitals = Vitals()
    pain: Pain = Pain()
    symptoms: Symptoms = Symptoms()
    wound: Wound = Wound()
    mobilisation: Mobilisation = Mobilisation()
    haemoglobin_grams_per_decilitre: Decimal | None = None
    neurology: Mapping[str, object] = field(default_factory=dict)
    spo2_scale: int = 1
    source: str = "NURSE"  # NURSE, PATIENT, PHONE or IMPORT

    @property
    def is_exam_reliable(self) -> bool:
        """An exam of a patient who is confused or drowsy cannot be relied on (N11); not knowing counts as alert."""
        return self.vitals.consciousness in (None, "A")


@dataclass(frozen=True)
class Dose:
    """One dose that was given or taken. `amount` in `unit`: MG, MICROGRAM, GRAM or MICROGRAM_PER_HOUR (a patch)."""

    drug: str  # as in followup.red_flags.analgesics
    route: str  # IV, SC, IM, PO, PR, TD or OTHER
    given_at: datetime
    amount: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Anticoagulant:
    """A blood thinner or antiplatelet as it stood around the procedure; an unknown last dose counts as still taken."""

    drug: str
    last_dose_at: datetime | None = None
    planned_restart_at: datetime | None = None
    restarted_at: datetime | None = None


@dataclass(frozen=True)
class MissedCheck:
    """A planned neurological check that was not done before the next one fell due (clinical-spec 5.1)."""

    id: str
    due_at: datetime
    neuro: str  # FULL or QUICK


@dataclass(frozen=True)
class Context:
    """What stays the same over an episode."""

    time_zero: datetime
    treated_levels: tuple[str, ...] = ()
    aetiology: str = "UNKNOWN"
    mri_safety: str = "UNKNOWN"  # BLOCKED, CONDITIONAL, CLEAR or UNKNOWN
    takes_anticoagulants: bool | None = None
    anticoagulants: tuple[Anticoagulant, ...] = ()
    egfr_ml_per_minute: Decimal | None = None
    egfr_measured_on: date | None = None
    acute_kidney_injury: bool | None = None
    on_dialysis: bool | None = None
    takes_metformin: bool | None = None
    contrast_reaction: str | None = None  # NONE, MILD_MODERATE or SEVERE
    gadolinium_anaphylaxis: bool | None = None
    pregnancy_possible: bool | None = None
    allergies: str = ""


@dataclass(frozen=True)
class History:
    """An episode: its baseline, and its current readings, doses and missed checks in any order."""

    context: Context
    baseline: Reading | None = None
    readings: tuple[Reading, ...] = ()
    doses: tuple[Dose, ...] = ()
    missed_checks: tuple[MissedCheck, ...] = ()
