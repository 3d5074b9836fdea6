"""What the selection criteria are judged by: facts of the patient, facts of one level, and the thresholds. Pure.

Whatever is None or empty is not known; nothing has a normal value as default.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procedures.fracture_measures import FractureAge

OSTEOPOROTIC, CANCER, UNKNOWN_CAUSE = "OSTEOPOROTIC", "CANCER", "UNKNOWN"
YES, NO, CONTRAINDICATED = "YES", "NO", "CONTRAINDICATED"


@dataclass(frozen=True)
class EligibilityLimits:
    """The thresholds, with the defaults of the specification; a site's own come from its ruleset."""

    pain_severe: Decimal = Decimal(7)
    pain_improvement: Decimal = Decimal(2)
    conservative_days: int = 42
    height_loss_minimum_percent: Decimal = Decimal(25)
    height_loss_maximum_percent: Decimal = Decimal("66.7")
    acute_weeks: int = 10
    acute_warning_days: int = 14
    inr_maximum: Decimal = Decimal("1.5")
    platelets_minimum: int = 50


@dataclass(frozen=True)
class TherapyComponent:
    """One part of the non-invasive therapy: YES, NO or CONTRAINDICATED (which needs its reason), None if nobody said."""

    answer: str | None = None
    contraindication: str = ""


@dataclass(frozen=True)
class PatientFacts:
    """What holds for all levels. `on`: the day of the procedure. Exclusions are True where present, None if not asked.

    Pain before the procedure is 0 to 10, platelets are in 10⁹/L.
    """

    on: date
    aetiology: str = UNKNOWN_CAUSE
    pain_at_rest: Decimal | None = None
    pain_on_movement: Decimal | None = None
    therapy_started_on: date | None = None
    therapy_ended_on: date | None = None
    therapy_continues: bool | None = None
    analgesics: TherapyComponent = TherapyComponent()
    physical_therapy: TherapyComponent = TherapyComponent()
    bracing: TherapyComponent = TherapyComponent()
    osteoporosis_medication: TherapyComponent = TherapyComponent()
    refractory: bool | None = None
    active_infection: bool | None = None
    coagulopathy: bool | None = None
    inr: Decimal | None = None
    platelets_per_nanolitre: int | None = None
    cement_or_contrast_allergy: bool | None = None
    contrast_reaction: bool | None = None
    healed_fracture: bool | None = None
    cord_compression: bool | None = None
    pregnant: bool | None = None
    pregnancy_possible: bool | None = None
    cannot_lie_prone: bool | None = None


@dataclass(frozen=True)
class LevelFacts:
    """What holds for one vertebra. `tender`: at the level or next to it. `edema`: on STIR or fat-saturated T2."""

    level: str
    height_loss_percent: Decimal | None = None
    posterior_cortex_intact: bool | None = None
    tender: bool | None = None
    imaging_confirms_level: bool | None = None
    edema: bool | None = None
    no_mri: bool = False
    age: FractureAge | None = None
