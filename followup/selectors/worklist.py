"""What waits for a physician: open imaging tasks, and open flags that no open task chases."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from followup.models import ImagingTask, ImagingTaskHop, RedFlag, Severity
from followup.models.monitoring_status import DANGER
from followup.selectors.imaging_task import WaitsFor, legal_hops, modality_words, task_clock
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import ALLOWED, Capability
from patients.models import Patient
from procedures.models import Procedure

_FAR = datetime.max


@dataclass(frozen=True)
class Why:
    """One open flag behind an item: its rule and the sentence that was said."""

    public_id: uuid.UUID
    rule_code: str
    reason: str
    unsupported: bool


@dataclass(frozen=True)
class Acknowledged:
    by: str
    at: datetime
    comment: str


@dataclass(frozen=True)
class LastMove:
    """The last step a person took on a task, and in which words."""

    state: str
    by: str
    at: datetime
    comment: str


@dataclass(frozen=True)
class WorklistItem:
    """One line. `one_click` is the hop that needs no further answers; empty where the page has to ask, or may not."""

    is_task: bool
    public_id: uuid.UUID
    severity: Severity
    what: str
    region: str
    why: tuple[Why, ...]
    procedure: Procedure
    state: str
    waits_for: WaitsFor
    raised_at: datetime
    acknowledge_by: datetime | None
    acknowledged: Acknowledged | None
    perform_by: datetime | None
    performed: bool
    last_move: LastMove | None
    one_click: str

    @property
    def patient(self) -> Patient:
        return self.procedure.patient

    @property
    def deadline(self) -> datetime | None:
        """The clock that runs out next, if one is running."""
        if self.waits_for is WaitsFor.ACKNOWLEDGEMENT:
            return self.acknowledge_by
        return self.perform_by if self.waits_for is WaitsFor.SCAN else None


@dataclass(frozen=True)
class Worklist:
    items: tuple[WorklistItem, ...]
    as_of: datetime
    several_sites: bool
    time_zone: str


def worklist(*, user: User, now: datetime) -> Worklist:
    """The most dangerous first; among equals what nobody has taken, and then by the time that is left."""
