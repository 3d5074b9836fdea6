"""In which part of the follow-up an episode is, in the words of the ward."""

from datetime import datetime
from enum import Enum

from patients.models import Patient
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
