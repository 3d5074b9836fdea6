"""Who did or opened what in a chart, when and why. Rows are only added."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from patients.models.patient import Patient


class ChartEvent(models.Model):
    class Verb(models.TextChoices):
        OPENED = "OPENED", _("opened the chart")
        REGISTERED = "REGISTERED", _("registered the patient")
        CHANGED_DETAILS = "CHANGED_DETAILS", _("changed contact or identifying details")
        RECORDED_PROCEDURE = "RECORDED_PROCEDURE", _("recorded the procedure")
        RECORDED_BASELINE = "RECORDED_BASELINE", _("recorded the baseline")
        RECORDED_SELECTION = "RECORDED_SELECTION", _("recorded the selection criteria")
        OVERRODE_SELECTION = "OVERRODE_SELECTION", _("went ahead although selection criteria were not met")
        RECORDED_OBSERVATION = "RECORDED_OBSERVATION", _("logged an observation")
        CORRECTED_OBSERVATION = "CORRECTED_OBSERVATION", _("corrected an observation")
        RAISED_FLAG = "RAISED_FLAG", _("a flag was raised")
        ACKNOWLEDGED = "ACKNOWLEDGED", _("acknowledged")
        MOVED_IMAGING_TASK = "MOVED_IMAGING_TASK", _("moved the imaging task on")
        CLOSED_FLAG = "CLOSED_FLAG", _("closed a flag")
        WAIVED_SLOT = "WAIVED_SLOT", _("waived a due check")
        DISCHARGED = "DISCHARGED", _("ended ward monitoring")
        RECORDED_OUTCOME = "RECORDED_OUTCOME", _("recorded outcome scores")
        CORRECTED_OUTCOME = "CORRECTED_OUTCOME", _("corrected outcome scores")
        RECORDED_BONE_HEALTH = "RECORDED_BONE_HEALTH", _("recorded bone health")
        CORRECTED_BONE_HEALTH = "CORRECTED_BONE_HEALTH", _("corrected bone health")
        RAISED_BONE_HEALTH_TASK = "RAISED_BONE_HEALTH_TASK", _("a bone-health gap opened or became graver")
        HANDLED_CONTACT = "HANDLED_CONTACT", _("handled a follow-up contact")
        CLOSED_BONE_HEALTH_TASK = "CLOSED_BONE_HEALTH_TASK", _("closed a bone-health gap")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="chart_events")
    verb = models.CharField(max_length=30, choices=Verb)
    at = models.DateTimeField()
    # Empty where a rule acted on its own.
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The thing it was done to, by its public id: the arrow between apps points down, so this is no foreign key.
    subject_id = models.UUIDField(default=None, null=True, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "at"], name="chart_event_by_patient"),
            models.Index(fields=["by", "at"], condition=models.Q(verb="OPENED"), name="chart_opened_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"

    @staticmethod
    def new(
        *,
        patient: Patient,
        verb: str,
        by: User | None,
        now,
        subject_id: uuid.UUID | None = None,
        reason: str = "",
        **detail,
    ) -> "ChartEvent":
        """An unsaved row, so that a service can insert several at once."""
        return ChartEvent(
            patient=patient, verb=verb, by=by, at=now, subject_id=subject_id, reason=reason, detail=detail
        )
