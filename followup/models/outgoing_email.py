"""The outbox: one row a message, written with the fact that it tells of, sent later by a worker."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.models.escalation import EscalationStep
from followup.models.follow_up_contact import FollowUpContact
from kyphotrack.staff.models import Site, User
from patients.models import Patient


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def sendable(self, now: datetime) -> "OutgoingEmailQuerySet":
        """Due and unclaimed, or claimed by a sender whose lease ran out."""
        waiting = models.Q(state__in=[OutgoingEmail.State.QUEUED, OutgoingEmail.State.FAILED], due_at__lte=now)
        abandoned = models.Q(state=OutgoingEmail.State.CLAIMED, claimed_until__lt=now)
        return self.filter(waiting | abandoned)


class OutgoingEmail(models.Model):
    """Queued -> claimed -> sent | failed (tried again at `due_at`) | withheld | dead | unknown."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Queued")
        CLAIMED = "CLAIMED", _("Being sent")
        SENT = "SENT", _("Sent")
        FAILED = "FAILED", _("Failed, will be tried again")
        WITHHELD = "WITHHELD", _("Not sent: no longer right")
        DEAD = "DEAD", _("Given up")

    class Purpose(models.TextChoices):
        URGENT_ITEM = "URGENT_ITEM", _("An urgent item needs review")
        ITEM_TO_CHECK = "ITEM_TO_CHECK", _("An item needs a check")
        OVERDUE_CHECKS = "OVERDUE_CHECKS", _("Checks on the ward are overdue")
        MORNING_DIGEST = "MORNING_DIGEST", _("What waits this morning")
        VISIT_REMINDER = "VISIT_REMINDER", _("Reminder of an appointment, to the patient")
        FORM_REMINDER = "FORM_REMINDER", _("Reminder to answer, to the patient")

    class Queue(models.TextChoices):
        URGENT = "URGENT", _("Escalation")
        MAIL = "MAIL", _("Other")

    # Episode, purpose and occurrence in one text: a second row for the same message cannot exist (law 8).
    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    queue = models.CharField(max_length=10, choices=Queue)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # One of the two: a member of staff, or a patient who agreed to e-mail.
    recipient = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What it tells of, where it is one thing.
    escalation_step = models.ForeignKey(
        EscalationStep, null=True, blank=True, on_delete=models.PROTECT, related_name="emails"
    )
    contact = models.ForeignKey(FollowUpContact, null=True, blank=True, on_delete=models.PROTECT, related_name="emails")
    # Which of the reminders of its contact: 0 before, 1 at the due time, 2 after it.
    occurrence = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Grows with each claim; a sender that was paused too long finds another number and leaves the row alone.
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # A sender died after it began to hand this over, so it may have arrived twice.
    possibly_sent_twice = models.BooleanField(default=False)
    # When a mail server last took it; kept where it came back later.
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
            models.Index(
                fields=["contact"], condition=models.Q(state__in=["QUEUED", "FAILED"]), name="email_unsent_by_contact"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="email_sent_has_a_time",
                condition=~models.Q(state="SENT") | models.Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="email_goes_to_a_person_of_staff_or_to_a_patient",
                condition=models.Q(recipient__isnull=False, patient__isnull=True, contact__isnull=True)
                | models.Q(
                    recipient__isnull=True, patient__isnull=False, contact__isnull=False, escalation_step__isnull=True
                ),
            ),
            models.CheckConstraint(
                name="email_about_an_item_has_its_step",
                condition=~models.Q(purpose__in=["URGENT_ITEM", "ITEM_TO_CHECK"])
                | models.Q(escalation_step__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"E-mail {self.pk}"


class EmailEvent(models.Model):
    """What a person, or a mail service, did to an e-mail. Rows are only added; what the sender did stands in the e-mail."""

    class What(models.TextChoices):
        RETRIED = "RETRIED", "Tried again"
        WITHHELD = "WITHHELD", "Withheld"
        CAME_BACK = "CAME_BACK", "Came back"

    email = models.ForeignKey(OutgoingEmail, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=10, choices=What)
    at = models.DateTimeField()
    # Empty where a mail service reported it.
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=80, blank=True)
    state_before = models.CharField(max_length=10, choices=OutgoingEmail.State)
    sent_at_before = models.DateTimeField(null=True, blank=True)
    error_before = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
