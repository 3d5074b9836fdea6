"""The ladder that chases an open flag or imaging task, hop by hop, until it is closed."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup import escalation_ladder
from followup.escalation_ladder import Channel, Hop, LadderKey
from followup.models.imaging_task import ImagingTask
from followup.models.red_flag import RedFlag
from kyphotrack.staff.models import User

HOP_WORDS = {
    Hop.ACKNOWLEDGE: _("acknowledge"), Hop.ORDER: _("order the scan"), Hop.PERFORM: _("perform the scan"),
    Hop.REPORT: _("report the scan"), Hop.DECIDE: _("decide"), Hop.CLOSE: _("close the flag"),
}  # fmt: skip
LADDER_WORDS = {
    LadderKey.EMERGENT_NEURO: _("Emergent: nerves, pain"),
    LadderKey.EMERGENT_CARDIO: _("Emergent: heart, lung, others"),
    LadderKey.URGENT: _("Urgent"),
    LadderKey.AMBER_WARD: _("Amber, patient in hospital"),
    LadderKey.AMBER_HOME: _("Amber, patient at home"),
}
CHANNEL_WORDS = {Channel.EMAIL: _("E-mail"), Channel.PHONE: _("Phone"), Channel.BOARD_ONLY: _("Board only")}


def choices(words: dict) -> list[tuple[str, str]]:
    return [(name.value, said) for name, said in words.items()]


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def live(self) -> "EscalationQuerySet":
        return self.filter(stopped_at__isnull=True)

    def due(self, now: datetime) -> "EscalationQuerySet":
        return self.live().filter(next_due_at__lte=now)


class Escalation(models.Model):
    """One running clock: what is chased, for which hop. It keeps the ladder that it started with, and its next step is a
    due time in this row. Each hop of the chased item has an escalation of its own.
    """

    imaging_task = models.ForeignKey(
        ImagingTask, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations"
    )
    red_flag = models.ForeignKey(RedFlag, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations")
    hop = models.CharField(max_length=12, choices=choices(HOP_WORDS), default=Hop.ACKNOWLEDGE)
    key = models.CharField(max_length=16, choices=choices(LADDER_WORDS))
    ladder = models.JSONField()
    started_at = models.DateTimeField()
    target_at = models.DateTimeField(help_text="The hop is to be made by then; a later hop is chased from then on.")
    steps_taken = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=40, blank=True)
    # Since a step found nobody left to tell, because everyone had noted that they saw it.
    nobody_left_since = models.DateTimeField(null=True, blank=True)

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

    @property
    def climbs_from(self) -> datetime:
        return escalation_ladder.climbs_from(Hop(self.hop), self.started_at, self.target_at)


class EscalationStep(models.Model):
    """One step that was taken: whom it named and how, when it was due and when it was taken."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=20)
    # Only this one of the role, where the ladder names a person.
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=choices(CHANNEL_WORDS), default=Channel.EMAIL)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["escalation", "number"], name="one_row_an_escalation_and_step_number")
        ]

    def __str__(self) -> str:
        return f"Escalation step {self.pk}"


class EscalationNote(models.Model):
    """Somebody saw an overdue item. They get no further e-mail of this escalation; it goes on all the same."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["escalation", "by"], name="one_note_an_escalation_and_person")]

    def __str__(self) -> str:
        return f"Note {self.pk}"
