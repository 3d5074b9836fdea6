"""The ladder that chases an open flag or imaging task until a physician has taken it."""

from datetime import datetime

from django.db import models

from followup.models.imaging_task import ImagingTask
from followup.models.red_flag import RedFlag


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def live(self) -> "EscalationQuerySet":
        return self.filter(stopped_at__isnull=True)

    def due(self, now: datetime) -> "EscalationQuerySet":
        return self.live().filter(next_due_at__lte=now)


class Escalation(models.Model):
    """One running clock. It keeps the ladder that it started with; its next step is a due time in this row."""

    imaging_task = models.ForeignKey(
        ImagingTask, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations"
    )
    red_flag = models.ForeignKey(RedFlag, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations")
    ladder = models.JSONField()
    started_at = models.DateTimeField()
    steps_taken = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=40, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_due_at"], condition=models.Q(stopped_at__isnull=True), name="escalation_live_by_due"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="escalation_chases_one_thing",
                condition=models.Q(imaging_task__isnull=False, red_flag__isnull=True)
                | models.Q(imaging_task__isnull=True, red_flag__isnull=False),
            ),
            models.CheckConstraint(
                name="escalation_is_stopped_or_has_a_next_step",
                condition=models.Q(stopped_at__isnull=True, next_due_at__isnull=False)
                | models.Q(stopped_at__isnull=False, next_due_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["imaging_task"], condition=models.Q(stopped_at__isnull=True), name="one_live_escalation_a_task"
            ),
            models.UniqueConstraint(
                fields=["red_flag"], condition=models.Q(stopped_at__isnull=True), name="one_live_escalation_a_flag"
            ),
        ]

    def __str__(self) -> str:
        return f"Escalation {self.pk}"


class EscalationStep(models.Model):
    """One step that was taken: whom it named, when it was due and when it was taken."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["escalation", "number"], name="one_row_an_escalation_and_step_number")
        ]

    def __str__(self) -> str:
        return f"Escalation step {self.pk}"
