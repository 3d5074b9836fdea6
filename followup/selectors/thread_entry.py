"""One line of the chart's thread, as the page shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from followup.selectors.measured_summary import Line


class Kind(Enum):
    """What an entry is; the value is the word that the page shows with its sign."""

    PROCEDURE = "Procedure"
    BASELINE = "Baseline"
    OBSERVATION = "Observation"
    DOSE = "Dose"
    FLAG = "Flag"
    FLAG_HANDLED = "Flag handled"
    IMAGING = "Imaging"
    ESCALATION = "Escalation"
    CHECK = "Due check"
    DISCHARGE = "Discharge"
    SELECTION = "Selection criteria"
    OUTCOME = "Outcome scores"
    HEIGHTS = "Vertebral heights"
    BONE_HEALTH = "Bone health"
    CONTACT = "Follow-up contact"

    @property
    def label(self) -> str:
        return self.value


@dataclass(frozen=True)
class Link:
    """A page by the name and id of its URL, with the words to show."""

    url_name: str
    public_id: UUID
    words: str


@dataclass(frozen=True)
class Struck:
    """Why an entry no longer counts. `replaced_by` is the id of the entry that does, or empty if none does."""

    reason: str
    by: str
    at: datetime
    replaced_by: str


@dataclass(frozen=True)
class FoundFlag:
    """What one assessment said of one flag. `measured_at` is given where the alarm came late.

    `check_due_at` is given where it rests on a check that nobody did.
    """

    flag_id: UUID
    severity: str
    heading: str
    reason: str
    supported: bool
    measured_at: datetime | None
    late_minutes: int
    check_due_at: datetime | None


@dataclass(frozen=True)
class Entry:
    """One line of the thread. `at` is the clinical time; the other times are given only where they differ from it."""

    at: datetime
    kind: Kind
    heading: str
    lines: tuple[Line, ...] = ()
    by: str = ""
    anchor: str = ""
    typed_at: datetime | None = None
    late_minutes: int = 0
    due_at: datetime | None = None
    severity: str = ""
    quote: str = ""
    link: Link | None = None
    struck: Struck | None = None
    corrects: str = ""
    correction_reason: str = ""
    found: tuple[FoundFlag, ...] = ()


@dataclass(frozen=True)
class Day:
    on: date
    entries: tuple[Entry, ...]
