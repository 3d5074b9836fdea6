"""Who did or opened what in a chart, when and why. Rows are only added."""

import uuid

from django.db import models

from kyphotrack.staff.models import User
from patients.models.patient import Patient


class ChartEvent(models.Model):
    class Verb(models.TextChoices):
        OPENED = "OPENED", "opened the chart"
        REGISTERED = "REGISTERED", "registered the patient"
        CHANGED_DETAILS = "CHANGED_DETAILS", "changed contact or identifying details"
        RECORDED_PROCEDURE = "RECORDED_PROCEDURE", "recorded the procedure"
        RECORDED_BASELINE = "RECORDED_BASELINE", "recorded the baseline"
        RECORDED_SELECTION = "RECORDED_SELECTION", "recorded the selection criteria"
        OVERRODE_SELECTION = "OVERRODE_SELECTION", "went ahead although selection criteria were not met"
        RECORDED_OBSERVATION = "RECORDED_OBSERVATION", "logged an observation"
        CORRECTED_OBSERVATION = "CORRECTED_OBSERVATION", "corrected an observation"
        RAISED_FLAG = "RAISED_FLAG", "a flag was raised"
        ACKNOWLEDGED = "ACKNOWLEDGED", "acknowledged"
        MOVED_IMAGING_TASK = "MOVED_IMAGING_TASK", "moved the imaging task on"
        CLOSED_FLAG = "CLOSED_FLAG", "closed a flag"
        WAIVED_SLOT = "WAIVED_SLOT", "waived a due check"
        DISCHARGED = "DISCHARGED", "ended ward monitoring"
        RECORDED_OUTCOME = "RECORDED_OUTCOME", "recorded outcome scores"
        CORRECTED_OUTCOME = "CORRECTED_OUTCOME", "corrected outcome scores"
        RECORDED_BONE_HEALTH = "RECORDED_BONE_HEALTH", "recorded bone health"
        CORRECTED_BONE_HEALTH = "CORRECTED_BONE_HEALTH", "corrected bone health"
        RAISED_BONE_HEALTH_TASK = "RAISED_BONE_HEALTH_TASK", "a bone-health gap opened or became graver"
        HANDLED_CONTACT = "HANDLED_CONTACT", "handled a follow-up contact"
        CLOSED_BONE_HEALTH_TASK = "CLOSED_BONE_HEALTH_TASK", "closed a bone-health gap"

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
