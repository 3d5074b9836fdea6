"""Whose charts a person opened lately, from the record of openings."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, OuterRef, Subquery

from kyphotrack.staff.models import User
from patients.models import ChartEvent, Patient
from procedures.models import Procedure

# The project's own: a stretch of duty with the free days before it, and what fits beside the search.
_LATELY = timedelta(days=7)
_MOST = 8


@dataclass(frozen=True)
class RecentPatient:
    patient: Patient
    newest_chart: uuid.UUID | None
    opened_at: datetime


def recent_patients(*, user: User, now: datetime) -> tuple[RecentPatient, ...]:
    """The latest first: two statements. Whom the person may no longer see is left out."""
    openings = ChartEvent.objects.filter(
        by=user, verb=ChartEvent.Verb.OPENED, at__gt=now - _LATELY, at__lte=now,
        patient__in=Patient.objects.visible_to(user),
    )  # fmt: skip
    latest = dict(
        openings.values("patient")
        .annotate(last=Max("at"))
        .order_by("-last", "-patient")
        .values_list("patient", "last")[:_MOST]
    )
    newest = Procedure.objects.filter(patient=OuterRef("pk")).order_by("-ended_at", "-pk")
    patients = Patient.objects.annotate(newest_chart=Subquery(newest.values("public_id")[:1])).in_bulk(list(latest))
    return tuple(
        RecentPatient(patients[key], vars(patients[key])["newest_chart"], opened_at)
        for key, opened_at in latest.items()
    )
