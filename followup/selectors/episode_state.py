"""In which part of the follow-up an episode is, in the words of the ward."""

from datetime import datetime
from enum import Enum

from django.db.models import Exists, OuterRef, Q, Subquery

from followup.models import MonitoringStatus
from patients.models import Patient
from patients.models.patient import PatientQuerySet
from procedures.models import Procedure


class EpisodeState(Enum):
    """AT_HOME: discharged, and calls are due. NOT_DISCHARGED: the monitoring time is over and nobody ended it."""

    IN_MONITORING = "In monitoring"
    AT_HOME = "At home"
    NOT_DISCHARGED = "Not discharged"
    DISCHARGED = "Discharged"
    DIED = "Died"

    @property
    def label(self) -> str:
        return self.value


def episode_state(procedure: Procedure, now: datetime) -> EpisodeState:
    """Derived from discharge and the watched time; reads `procedure.monitoring_status`."""
    if procedure.patient.life_status == Patient.LifeStatus.DECEASED:
        return EpisodeState.DIED
    watched = procedure.monitoring_status.watched_until > now
    if procedure.discharged_at:
        return EpisodeState.AT_HOME if watched else EpisodeState.DISCHARGED
    return EpisodeState.IN_MONITORING if watched else EpisodeState.NOT_DISCHARGED


def newest_episode(of: OuterRef) -> Subquery:
    """Its key, for each patient of a query."""
    return Subquery(Procedure.objects.filter(patient=of).order_by("-ended_at", "-pk").values("pk")[:1])


def patients_in(patients: PatientQuerySet, state: EpisodeState | None, now: datetime) -> PatientQuerySet:
    """Those whose newest episode is in this state, as `episode_state` has it; None: those who have no episode."""
    patients = patients.annotate(newest=newest_episode(OuterRef("pk")))
    if state is None:
        return patients.filter(newest__isnull=True)
    died = Q(life_status=Patient.LifeStatus.DECEASED)
    if state is EpisodeState.DIED:
        return patients.filter(died, newest__isnull=False)
    discharged = state in (EpisodeState.AT_HOME, EpisodeState.DISCHARGED)
    watched = Q(watched_until__gt=now)
    wanted = MonitoringStatus.objects.filter(
        watched if state in (EpisodeState.IN_MONITORING, EpisodeState.AT_HOME) else ~watched,
        procedure=OuterRef("newest"),
        procedure__discharged_at__isnull=not discharged,
    )
    return patients.exclude(died).filter(Exists(wanted))
