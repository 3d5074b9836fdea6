"""The urgent scan that a red flag asked for, from the request to the physician's decision."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.models import Procedure


class ImagingTaskQuerySet(models.QuerySet["ImagingTask"]):
    def open(self) -> "ImagingTaskQuerySet":
        return self.exclude(state__in=[ImagingTask.State.COMPLETED, ImagingTask.State.CANCELLED])

    def visible_to(self, user: User) -> "ImagingTaskQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))


class ImagingTask(models.Model):
    """FHIR Task's words for the states. Joining findings only widen it, raise it or pull its due time earlier."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        RECEIVED = "received", _("Acknowledged")
        ACCEPTED = "accepted", _("Ordered")
        IN_PROGRESS = "in-progress", _("Performed")
        REPORTED = "reported", _("Reported")
        COMPLETED = "completed", _("Decided")
        CANCELLED = "cancelled", _("Cancelled")

    class Priority(models.TextChoices):
        STAT = "STAT", _("Stat")
        URGENT = "URGENT", _("Urgent")

    class Result(models.TextChoices):
        EXPECTED = "EXPECTED", _("Normal or expected")
        LEAK_ASYMPTOMATIC = "LEAK_ASYMPTOMATIC", _("Cement leak, not compressing")
        LEAK_COMPRESSING = "LEAK_COMPRESSING", _("Cement leak, compressing")
        NEW_FRACTURE = "NEW_FRACTURE", _("New fracture")
        HAEMATOMA = "HAEMATOMA", _("Haematoma")
        INFECTION = "INFECTION", _("Infection")
        CEMENT_EMBOLISM = "CEMENT_EMBOLISM", _("Pulmonary cement embolism")
        OTHER = "OTHER", _("Other")

    class Decision(models.TextChoices):
        OBSERVE = "OBSERVE", _("Observe")
        ANALGESIA = "ANALGESIA", _("Change analgesia")
        REPEAT_AUGMENTATION = "REPEAT_AUGMENTATION", _("Repeat augmentation")
        DECOMPRESSION = "DECOMPRESSION", _("Surgical decompression")
        ANTICOAGULATE = "ANTICOAGULATE", _("Anticoagulate")
        ANTIBIOTICS = "ANTIBIOTICS", _("Antibiotics")
        TRANSFER = "TRANSFER", _("Transfer")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="imaging_tasks")
    severity = models.CharField(max_length=10, choices=[("EMERGENT", _("Emergent")), ("URGENT", _("Urgent"))])
    priority = models.CharField(max_length=10, choices=Priority)
    modality = models.CharField(max_length=30)
    alternative_modality = models.CharField(max_length=30, blank=True)
    # What decides whether a further finding joins this task.
    body_region = models.CharField(max_length=20)
    modality_class = models.CharField(max_length=20)
    region = models.CharField(max_length=80)
    with_contrast = models.BooleanField()
    mri_state = models.CharField(max_length=12)
    notes = models.JSONField(default=list, blank=True)
    clinical_question = models.TextField()
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField()
    due_at = models.DateTimeField(help_text="The scan is to be performed by then.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=20, choices=Result, blank=True)
    decision = models.CharField(max_length=25, choices=Decision, blank=True)

    objects = ImagingTaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=~models.Q(state__in=["completed", "cancelled"]),
                name="imaging_task_open_by_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "body_region", "modality_class"],
                condition=~models.Q(state__in=["completed", "cancelled"]),
                name="one_open_imaging_task_a_region_and_class",
            ),
            models.CheckConstraint(
                name="imaging_task_completed_has_a_decision",
                condition=(models.Q(state="completed") & ~models.Q(decision=""))
                | (~models.Q(state="completed") & models.Q(decision="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Imaging task {self.pk}"


class ImagingTaskHop(models.Model):
    """One move of a task: to which state, by whom, when, with which words."""

    task = models.ForeignKey(ImagingTask, on_delete=models.PROTECT, related_name="hops")
    to_state = models.CharField(max_length=12, choices=ImagingTask.State)
    # Empty only for the request itself, which a rule made.
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    comment = models.TextField(blank=True, max_length=1000)
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Hop {self.pk}"
