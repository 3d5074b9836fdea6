"""A follow-up contact FU1 to FU8 of an episode, what happened to it, and the call that a missed one asks for."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.contact_states import OPEN, WAITING, Happening, State
from followup.models.observation import Observation
from followup.visit_plan import CONTACT_RULES, RULE_OF, ContactRule, Mode, WhenMissed
from kyphotrack.language import said_later
from kyphotrack.staff.models import User
from patients.models import Patient
from procedures.models import Procedure


class FollowUpContactQuerySet(models.QuerySet["FollowUpContact"]):
    def visible_to(self, user: User) -> "FollowUpContactQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))

    def waiting(self) -> "FollowUpContactQuerySet":
        """Neither answered nor missed."""
        return self.filter(state__in=WAITING)

    def open(self) -> "FollowUpContactQuerySet":
        return self.filter(state__in=OPEN)

    def reminder_due(self, now: datetime) -> "FollowUpContactQuerySet":
        return self.waiting().filter(next_reminder_at__lte=now)

    def unanswered_in_time(self, now: datetime) -> "FollowUpContactQuerySet":
        """The window has closed, and nobody has said so yet."""
        alive = {"procedure__patient__life_status": Patient.LifeStatus.ALIVE}
        return self.waiting().filter(window_closes_at__lte=now, **alive)


class FollowUpContact(models.Model):
    """The moves between states stand in `followup.contact_states`; windows and what is asked in `followup.visit_plan`."""

    class State(models.TextChoices):
        PLANNED = State.PLANNED.value, _("Planned")
        INVITED = State.INVITED.value, _("Invited")
        ANSWERED = State.ANSWERED.value, _("Answered")
        MISSED = State.MISSED.value, _("Missed")
        REACHED = State.REACHED.value, _("Reached by a call")
        NOT_REACHED = State.NOT_REACHED.value, _("Not reached")
        CLOSED = State.CLOSED.value, _("Closed")

    class Closed(models.TextChoices):
        LETTER_SENT = "LETTER_SENT", _("A letter was sent")
        DECLINED = "DECLINED", _("The patient does not want it")
        NOT_REACHABLE = "NOT_REACHABLE", _("Not reachable")
        TRANSFERRED = "TRANSFERRED", _("Transferred")
        DECEASED = "DECEASED", _("Died")
        BEFORE_SCHEDULE = "BEFORE_SCHEDULE", _("Over before contacts were laid out")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="follow_up_contacts")
    code = models.CharField(max_length=3, choices=[(rule.code, said_later(rule.title)) for rule in CONTACT_RULES])
    mode = models.CharField(max_length=15, choices=[(mode.name, said_later(mode.value)) for mode in Mode])
    due_at = models.DateTimeField()
    window_opens_at = models.DateTimeField()
    window_closes_at = models.DateTimeField(help_text="The first instant after the window.")
    state = models.CharField(max_length=11, choices=State, default=State.PLANNED)
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="follow_up_contacts",
        help_text="What answered it.",
    )  # fmt: skip
    closed_because = models.CharField(max_length=15, choices=Closed, blank=True)
    # When the next reminder to the patient is looked at; empty once all of them were.
    next_reminder_at = models.DateTimeField(null=True, blank=True)
    reminders_done = models.PositiveSmallIntegerField(default=0)

    objects = FollowUpContactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["window_closes_at"], condition=models.Q(state__in=WAITING), name="contact_waiting_by_window"
            ),
            models.Index(
                fields=["next_reminder_at"],
                condition=models.Q(state__in=WAITING, next_reminder_at__isnull=False),
                name="contact_by_next_reminder",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "code"], name="one_contact_an_episode_and_code"),
            models.CheckConstraint(
                name="contact_is_due_in_its_window",
                condition=models.Q(due_at__gte=models.F("window_opens_at"), due_at__lt=models.F("window_closes_at")),
            ),
            models.CheckConstraint(
                name="contact_answered_has_an_observation",
                condition=models.Q(state__in=["ANSWERED", "REACHED"], observation__isnull=False)
                | (~models.Q(state__in=["ANSWERED", "REACHED"]) & models.Q(observation__isnull=True)),
            ),
            models.CheckConstraint(
                name="contact_closed_has_a_reason",
                condition=(models.Q(state="CLOSED") & ~models.Q(closed_because=""))
                | (~models.Q(state="CLOSED") & models.Q(closed_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Contact {self.code} {self.pk}"

    @property
    def rule(self) -> ContactRule:
        return RULE_OF[self.code]


class ContactEvent(models.Model):
    """What happened to a contact. Rows are only added; the times are there where it was moved."""

    contact = models.ForeignKey(FollowUpContact, on_delete=models.PROTECT, related_name="events")
    happening = models.CharField(
        max_length=11, choices=[(one.value, said_later(one.value.capitalize().replace("_", " "))) for one in Happening]
    )
    state = models.CharField(max_length=11, choices=FollowUpContact.State, help_text="The state that followed.")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    due_before = models.DateTimeField(null=True, blank=True)
    due_after = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="contact_event_moved_has_both_times",
                condition=models.Q(happening="MOVED", due_before__isnull=False, due_after__isnull=False)
                | (~models.Q(happening="MOVED") & models.Q(due_before__isnull=True, due_after__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.happening} {self.pk}"


class CallTask(models.Model):
    """Open -> done, with the contact. A patient who was not reached is called again at `due_at`."""

    class Kind(models.TextChoices):
        """Why a patient is phoned, beside what the rule of a missed contact asks for."""

        NO_EMAIL = "NO_EMAIL", _("call: no e-mail may be sent")
        EMAIL_FAILED = "EMAIL_FAILED", _("call: the e-mail did not arrive")
        EMAIL_TOO_LATE = "EMAIL_TOO_LATE", _("call: the reminder is more than a day late")
        EMAIL_WITHHELD = "EMAIL_WITHHELD", _("call: the reminder was held back")

    contact = models.ForeignKey(FollowUpContact, on_delete=models.PROTECT, related_name="call_tasks")
    kind = models.CharField(max_length=25, choices=[*((one.name, one.value) for one in WhenMissed), *Kind.choices])
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at__isnull=True), name="call_task_open_by_due")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(done_at__isnull=True), name="one_open_call_task_a_contact"
            )
        ]

    def __str__(self) -> str:
        return f"Call task {self.pk}"
