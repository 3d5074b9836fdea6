"""The last weight that was noted of a patient, for a second look at the next one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from followup.models import Observation
from patients.models import Patient
from procedures.models import Baseline, MeasuredState


@dataclass(frozen=True)
class KnownWeight:
    kilograms: Decimal
    measured_at: datetime


def last_known_weight(patient: Patient, *, instead_of: MeasuredState | None = None) -> KnownWeight | None:
    """The newest one by the time of measuring, from any episode of the patient; not that of the row being corrected."""
    rows = [
        current.filter(procedure__patient=patient, weight_kilograms__isnull=False)
        .exclude(pk=instead_of.pk if isinstance(instead_of, model) else None)
        .order_by("-effective_at")
        .first()
        for model, current in ((Baseline, Baseline.objects.current()), (Observation, Observation.objects.current()))
    ]
    newest = max((row for row in rows if row), key=lambda row: row.effective_at, default=None)
    return KnownWeight(newest.weight_kilograms, newest.effective_at) if newest else None
