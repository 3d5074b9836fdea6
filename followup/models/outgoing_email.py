"""The outbox: one row a message, written with the fact that it tells of, sent later by a worker."""

from datetime import datetime

from django.db import models

from followup.models.escalation import EscalationStep
from kyphotrack.staff.models import Site, User


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def sendable(self, now: datetime) -> "OutgoingEmailQuerySet":
        """Due and unclaimed, or claimed by a sender whose lease ran out."""
        waiting = models.Q(state__in=[OutgoingEmail.State.QUEUED, OutgoingEmail.State.FAILED], due_at__lte=now)
        abandoned = models.Q(state=OutgoingEmail.State.CLAIMED, claimed_until__lt=now)
        return self.filter(waiting | abandoned)


class OutgoingEmail(models.Model):
    """Queued -> claimed -> sent | failed (tried again at `due_at`) | withheld | dead | unknown."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        CLAIMED = "CLAIMED", "Being sent"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Failed, will be tried again"
        WITHHELD = "WITHHELD", "Not sent: no longer right"
        DEAD = "DEAD", "Given up"

    class Purpose(models.TextChoices):
        URGENT_ITEM = "URGENT_ITEM", "An urgent item needs review"
        ITEM_TO_CHECK = "ITEM_TO_CHECK", "An item needs a check"

    class Queue(models.TextChoices):
        URGENT = "URGENT", "Escalation"
        MAIL = "MAIL", "Other"

    # Episode, purpose and occurrence in one text: a second row for the same message cannot exist (law 8).
    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    queue = models.CharField(max_length=10, choices=Queue)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    escalation_step = models.ForeignKey(EscalationStep, on_delete=models.PROTECT, related_name="emails")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Grows with each claim; a sender that was paused too long finds another number and leaves the row alone.
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # A sender died after it began to hand this over, so it may have arrived twice.
    possibly_sent_twice = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120)
    last_error = models.CharField(max_length=300, blank=True)
    withheld_because = models.CharField(max_length=80, blank=True)

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "due_at"],
                condition=models.Q(state__in=["QUEUED", "FAILED", "CLAIMED"]),
                name="email_unsent_by_due",
            ),
            models.Index(fields=["escalation_step"], condition=models.Q(state="DEAD"), name="email_given_up"),
        ]
        constraints = [
            models.CheckConstraint(
                name="email_sent_has_a_time",
                condition=models.Q(state="SENT", sent_at__isnull=False)
                | (~models.Q(state="SENT") & models.Q(sent_at__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"E-mail {self.pk}"
