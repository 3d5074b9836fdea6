"""Store a procedure with its levels, drugs and baseline; correct a baseline by a new row."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from kyphotrack.staff.models import User
from patients.models import ChartEvent, Patient
from procedures.models import AnticoagulantUse, Baseline, Fracture, Procedure, TreatedLevel

# A tablet's clock may run ahead a little (clinical-spec 0).
CLOCK_TOLERANCE = timedelta(minutes=5)
OLDEST_BASELINE = timedelta(days=30)


class ImpossibleProcedureTime(ValueError):
    """The procedure lies in the future, or ends before it starts."""


class ImpossibleBaselineTime(ValueError):
    """The baseline was not measured in the 30 days before the end of the procedure."""


class NoTreatedLevel(ValueError):
    """A procedure has at least one treated level."""


class BaselineChangedMeanwhile(ValueError):
    """Another version was stored since the person opened the one that is to be replaced."""


@transaction.atomic
def record_procedure(
    *,
    patient: Patient,
    procedure: dict,
    fractures: list[dict],
    treated_levels: list[dict],
    anticoagulants: list[dict],
    baseline: dict | None,
    form_token: uuid.UUID,
    by: User,
    now: datetime,
) -> Procedure:
    """Store all rows of a procedure in one transaction; each dict holds model field names."""
    if procedure["ended_at"] > now + CLOCK_TOLERANCE:
        raise ImpossibleProcedureTime("The end of the procedure (T0) lies in the future.")
    if procedure["started_at"] > procedure["ended_at"]:
        raise ImpossibleProcedureTime("The procedure cannot end before it starts.")
    if not treated_levels:
        raise NoTreatedLevel("Enter at least one treated level.")
    stored = Procedure.objects.create(
        patient=patient, recorded_at=now, recorded_by=by, form_token=form_token, **procedure
    )
    Fracture.objects.bulk_create(Fracture(procedure=stored, **row) for row in fractures)
    TreatedLevel.objects.bulk_create(TreatedLevel(procedure=stored, **row) for row in treated_levels)
    AnticoagulantUse.objects.bulk_create(AnticoagulantUse(procedure=stored, **row) for row in anticoagulants)
    ChartEvent.new(
        patient=patient, verb=ChartEvent.Verb.RECORDED_PROCEDURE, by=by, now=now, subject_id=stored.public_id
    ).save()
    if baseline:
        record_baseline(procedure=stored, baseline=baseline, replaces=None, reason="", by=by, now=now)
    return stored


@transaction.atomic
def record_baseline(
    *, procedure: Procedure, baseline: dict, replaces: Baseline | None, reason: str, by: User, now: datetime
) -> Baseline:
    """Store a baseline in place of `replaces`, which must still be the current one; a correction needs a reason.

    The caller holds the lock of the episode. Raises ImpossibleBaselineTime and BaselineChangedMeanwhile.
    """
    measured_at = baseline["effective_at"]
    if not procedure.time_zero - OLDEST_BASELINE <= measured_at <= procedure.time_zero:
        raise ImpossibleBaselineTime(
            "The baseline must be measured before the end of the procedure, and at most 30 days before it."
        )
    if Baseline.objects.current().filter(procedure=procedure).first() != replaces:
        raise BaselineChangedMeanwhile(
            "The baseline was saved meanwhile, by you or by somebody else. Nothing was stored now: compare with the chart."
        )
    stored = Baseline.objects.create(
        procedure=procedure, recorded_at=now, recorded_by=by, supersedes=replaces, correction_reason=reason, **baseline
    )
    ChartEvent.new(
        patient=procedure.patient,
        verb=ChartEvent.Verb.RECORDED_BASELINE,
        by=by,
        now=now,
        subject_id=stored.public_id,
        reason=reason,
    ).save()
    return stored
