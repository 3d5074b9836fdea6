"""What is looked at before a bone-health drug is given, and how laboratory and scan values read (clinical-spec 8). Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from followup.bone_health import BISPHOSPHONATES, DRUGS, day_words
from followup.red_flags.findings import Severity

# mL/min/1.73 m²; below it zoledronate and alendronate are warned about [OK].
EGFR_LOWEST = 35
NMOL_PER_LITRE_IN_ONE_NG_PER_MILLILITRE = Decimal("2.5")
VITAMIN_D_TARGET_NG_PER_MILLILITRE = Decimal(20)
_T_SCORE_OSTEOPOROSIS, _T_SCORE_LOW = Decimal("-2.5"), Decimal("-1.0")

NG_PER_MILLILITRE, NMOL_PER_LITRE = "NG_PER_ML", "NMOL_PER_L"


@dataclass(frozen=True)
class Known:
    """What is known of the patient; None where nobody asked or measured."""

    egfr_ml_per_minute: Decimal | None = None
    egfr_on: date | None = None
    calcium: str = ""
    dental_checked_on: date | None = None
    pregnancy_possible: bool | None = None
    prior_bone_radiotherapy: bool | None = None
    bone_metastasis: bool | None = None
    hypercalcaemia: bool | None = None


@dataclass(frozen=True)
class Check:
    """AMBER: it speaks against the drug. INFO: it is to be looked at first."""

    severity: Severity
    text: str


def checks_before(drug: str, known: Known) -> tuple[Check, ...]:
    """What to look at before this drug; warnings first. It warns and never forbids: a physician decides."""
    checks = [
        *(_kidney(known) if drug in ("ZOLEDRONATE", "ALENDRONATE") else ()),
        *(_calcium(known) if drug in ("ZOLEDRONATE", "DENOSUMAB") else ()),
        *(_against_teriparatide(known) if drug in ("TERIPARATIDE", "ABALOPARATIDE") else ()),
        *(_teeth(known) if drug in BISPHOSPHONATES | {"DENOSUMAB", "ROMOSOZUMAB"} else ()),
        *_pregnancy(known),
    ]
    return tuple(sorted(checks, key=lambda check: check.severity)) if drug in DRUGS else ()


def _kidney(known: Known) -> list[Check]:
    if known.egfr_ml_per_minute is None:
        return [Check(Severity.INFO, "eGFR is not known: measure it first.")]
    measured = f" ({day_words(known.egfr_on)})" if known.egfr_on else ""
    words = f"eGFR {known.egfr_ml_per_minute.normalize():f} mL/min/1.73 m²{measured}"
    if known.egfr_ml_per_minute < EGFR_LOWEST:
        return [Check(Severity.AMBER, f"{words} is below {EGFR_LOWEST}.")]
    return []


def _calcium(known: Known) -> list[Check]:
    if known.calcium:
        return [Check(Severity.INFO, f"Calcium {known.calcium}: it must not be low.")]
    return [Check(Severity.INFO, "Calcium is not known: measure it first.")]


def _teeth(known: Known) -> list[Check]:
    return [] if known.dental_checked_on else [Check(Severity.INFO, "No dental check is entered.")]


def _pregnancy(known: Known) -> list[Check]:
    if known.pregnancy_possible is None:
        return [Check(Severity.INFO, "Whether a pregnancy is possible was not asked.")]
    return [Check(Severity.AMBER, "A pregnancy is possible.")] if known.pregnancy_possible else []


def _against_teriparatide(known: Known) -> list[Check]:
    questions = (
        (known.prior_bone_radiotherapy, "Radiotherapy of bone before"),
        (known.bone_metastasis, "Bone metastasis"),
        (known.hypercalcaemia, "Hypercalcaemia"),
    )
    against = [Check(Severity.AMBER, f"{words}: contraindicated.") for answer, words in questions if answer]
    unasked = [Check(Severity.INFO, f"{words}: not asked.") for answer, words in questions if answer is None]
    return against + unasked


# --- values as they read -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VitaminD:
    """A level in both units: the one that was typed, and what it is in the other."""

    ng_per_millilitre: Decimal
    nmol_per_litre: Decimal
    typed_unit: str

    @property
    def is_below_target(self) -> bool:
        return self.ng_per_millilitre < VITAMIN_D_TARGET_NG_PER_MILLILITRE

    @property
    def words(self) -> str:
        ng, nmol = f"{_shown(self.ng_per_millilitre)} ng/mL", f"{_shown(self.nmol_per_litre)} nmol/L"
        first, second = (ng, nmol) if self.typed_unit == NG_PER_MILLILITRE else (nmol, ng)
        return f"{first} (= {second}), {'below' if self.is_below_target else 'at or above'} the target of 20 ng/mL"


def vitamin_d(level: Decimal, unit: str) -> VitaminD:
    """A 25-OH vitamin D level from the unit that it was typed in. Raises ValueError for an unknown unit."""
    factor = NMOL_PER_LITRE_IN_ONE_NG_PER_MILLILITRE
    if unit == NG_PER_MILLILITRE:
        return VitaminD(level, level * factor, unit)
    if unit == NMOL_PER_LITRE:
        return VitaminD(level / factor, level, unit)
    raise ValueError(f"{unit!r} is no unit of vitamin D.")


def _shown(level: Decimal) -> str:
    return f"{level.quantize(Decimal('0.1'), ROUND_HALF_UP).normalize():f}"


class TScore(Enum):
    """A vertebral fragility fracture is osteoporosis whatever the T-score says."""

    OSTEOPOROSIS = "osteoporosis"
    LOW = "low bone mass"
    NORMAL = "not low"

    @property
    def label(self) -> str:
        return self.value


def t_score_class(t_score: Decimal) -> TScore:
    if t_score <= _T_SCORE_OSTEOPOROSIS:
        return TScore.OSTEOPOROSIS
    return TScore.LOW if t_score <= _T_SCORE_LOW else TScore.NORMAL
