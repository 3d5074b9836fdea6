"""What an assessment says: findings that were raised, and questions that stay open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple

from followup.red_flags.words import label

if TYPE_CHECKING:
    from followup.red_flags.news2 import News2Score


# So many blanks are named in a sentence; the pages list them all.
_MANY = 4


class Severity(IntEnum):
    """Smaller is more dangerous, so `min` gives the gravest. EMERGENT and URGENT are red flags (clinical-spec 0)."""

    EMERGENT = 0
    URGENT = 1
    AMBER = 2
    INFO = 3

    @property
    def is_red_flag(self) -> bool:
        return self <= Severity.URGENT


class Category(StrEnum):
    """Which response clocks apply."""

    NEURO = "NEURO"
    CARDIORESPIRATORY = "CARDIORESPIRATORY"
    PAIN = "PAIN"
    CLINICAL_REVIEW = "CLINICAL_REVIEW"
    OTHER = "OTHER"


class Modality(Enum):
    """The scan, with the words a radiologist reads."""

    MRI_AND_CT = "MRI and CT without contrast (cement)"
    MRI_STIR = "MRI with STIR or T2 fat saturation"
    MRI_WITH_GADOLINIUM = "MRI without and with gadolinium"
    MRI_GADOLINIUM_AND_CT = "MRI without and with gadolinium, and CT without contrast (cement)"
    CT_WITHOUT_CONTRAST = "CT without contrast"
    CT_WITH_CONTRAST = "CT with contrast"
    CTPA = "CT pulmonary angiography with an unenhanced phase"
    CT_CHEST = "CT of the chest"
    CHEST_XRAY = "Chest X-ray"
    LEG_ULTRASOUND = "Venous ultrasound of the leg"

    @property
    def label(self) -> str:
        return self.value


@dataclass(frozen=True)
class ImagingPlan:
    """Which scan of what. Region and class decide whether a new finding joins an open task."""

    modality: Modality
    alternative: Modality | None
    body_region: str  # SPINE, CHEST, TRUNK or LEG
    modality_class: str  # CROSS_SECTIONAL, XRAY or ULTRASOUND
    region: str
    with_contrast: bool
    priority: str  # STAT or URGENT
    mri_state: str  # BLOCKED, CONDITIONAL, CLEAR or UNKNOWN
    notes: tuple[str, ...] = ()
    looking_for: str = ""  # the question to the radiologist


@dataclass(frozen=True)
class Recheck:
    """A check that the finding asks for: PAIN, QUICK, FULL, BLADDER_SCAN or VITALS."""

    kind: str
    within_minutes: int


@dataclass(frozen=True)
class Finding:
    """One rule that one reading met, or that a missed check did (N10): `reading_id` is the id of either."""

    rule_code: str
    reading_id: str
    effective_at: datetime
    severity: Severity
    category: str
    reason: str
    evidence: Mapping[str, Mapping[str, object]]
    imaging: ImagingPlan | None = None
    recheck: Recheck | None = None


class Undecided(NamedTuple):
    """One rule that one reading could not rule out, because something was not asked or measured."""

    rule_code: str
    rule_title: str
    reading_id: str
    missing: tuple[str, ...]

    @property
    def reason(self) -> str:
        labels = [label(name) for name in self.missing]
        shown = ", ".join(labels[:_MANY]) + (f" and {len(labels) - _MANY} more" if len(labels) > _MANY else "")
        return f"{self.rule_title} ({self.rule_code}) could not be ruled out: {shown} not asked or measured."


@dataclass(frozen=True)
class Assessment:
    """Everything that the rules say of an episode, in clinical-time order."""

    raised: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    news2: Mapping[str, "News2Score"] = field(default_factory=dict)

    def raised_by(self, reading_id: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.raised if finding.reading_id == reading_id)

    def undecided_by(self, reading_id: str) -> tuple[Undecided, ...]:
        return tuple(question for question in self.undecided if question.reading_id == reading_id)
