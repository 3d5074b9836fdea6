"""A gap of secondary prevention that waits for a person, and the day on which an episode was last looked at for gaps."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.care_gaps import Concern, GapState
from kyphotrack.language import said_later
from kyphotrack.staff.models import User
from procedures.models import Procedure


class BoneHealthTaskQuerySet(models.QuerySet["BoneHealthTask"]):
    def open(self) -> "BoneHealthTaskQuerySet":
        return self.filter(state=BoneHealthTask.State.OPEN)

    def visible_to(self, user: User) -> "BoneHealthTaskQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))


class BoneHealthTask(models.Model):
    """Open -> done, by a person. While open it may become graver, never milder."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        DONE = "DONE", _("Done")

    class Kind(models.TextChoices):
        THERAPY = Concern.THERAPY.value, _("Bone-health therapy")
        DXA = Concern.DXA.value, _("Bone density scan")
        DENOSUMAB = Concern.DENOSUMAB.value, _("Denosumab")
        ADHERENCE = Concern.ADHERENCE.value, _("Adherence")
        ANABOLIC = Concern.ANABOLIC.value, _("After the anabolic drug")
        ONCOLOGY = Concern.ONCOLOGY.value, _("Plan by oncology")

    class Closed(models.TextChoices):
        """ANSWERED: what a person recorded closed the gap. SAID: a person closed it with words; the gap may go on."""

        ANSWERED = "ANSWERED", _("Answered by what was recorded")
        SAID = "SAID", _("Closed with words")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="bone_health_tasks")
    kind = models.CharField(max_length=15, choices=Kind)
    gap = models.CharField(max_length=15, choices=[(one.value, one.value) for one in GapState])
    severity = models.CharField(
        max_length=10, choices=[(one, said_later(one.title())) for one in ("URGENT", "AMBER", "INFO")]
    )
    reason = models.TextField(help_text="The sentence that was said when it became this grave.")
    action = models.TextField()
    ruleset_version = models.CharField(max_length=40)
    due_on = models.DateField(help_text="The day from which the gap is open.")
    opened_at = models.DateTimeField()
    # When an open task became graver, the last time.
    raised_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=5, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_because = models.CharField(max_length=10, choices=Closed, blank=True)
    closing_words = models.TextField(blank=True, max_length=500)

    objects = BoneHealthTaskQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_on"], condition=models.Q(state="OPEN"), name="bone_task_open_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "kind"], condition=models.Q(state="OPEN"), name="one_open_bone_task_a_kind"
            ),
            models.CheckConstraint(
                name="bone_task_is_done_by_a_person_with_words",
                condition=(
                    models.Q(state="DONE", closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(closed_because="")
                    & ~models.Q(closing_words="")
                )
                | models.Q(
                    state="OPEN", closed_at__isnull=True, closed_by__isnull=True, closed_because="", closing_words=""
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Bone-health task {self.gap} {self.pk}"


class BoneHealthReview(models.Model):
    """The day, in the site's zone, on which an episode was last looked at: so the daily job may run at any time."""

    procedure = models.OneToOneField(Procedure, on_delete=models.PROTECT, related_name="bone_health_review")
    reviewed_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["reviewed_on"], name="bone_review_by_day")]

    def __str__(self) -> str:
        return f"Bone-health review {self.pk}"
