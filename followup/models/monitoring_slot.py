"""One set of observations that is due at a time, and what became of it."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.models.observation import Observation
from kyphotrack.staff.models import User
from procedures.models import Procedure


class MonitoringSlotQuerySet(models.QuerySet["MonitoringSlot"]):
    def open(self) -> "MonitoringSlotQuerySet":
        return self.filter(state=MonitoringSlot.State.OPEN)

    def overdue(self, now: datetime) -> "MonitoringSlotQuerySet":
        return self.open().filter(grace_ends_at__lt=now)

    def open_or_missed(self) -> "MonitoringSlotQuerySet":
        """What an observation may still complete: open checks, and missed ones by a late entry."""
        return self.filter(state__in=[MonitoringSlot.State.OPEN, MonitoringSlot.State.MISSED])


class MonitoringSlot(models.Model):
    """Open -> done | missed | waived; missed -> done by a late entry that was measured in time.

    Overdue is derived: open, and past its grace.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Due")
        DONE = "DONE", _("Done")
        MISSED = "MISSED", _("Missed")
        WAIVED = "WAIVED", _("Waived")

    class Neuro(models.TextChoices):
        FULL = "FULL", _("Full neurology")
        QUICK = "QUICK", _("Quick neurology")

    class Only(models.TextChoices):
        """A slot that a rule asked for may need one part of a set only; empty means the whole set."""

        PAIN = "PAIN", _("Pain score")
        NEUROLOGY = "NEUROLOGY", _("Neurology")
        VITALS = "VITALS", _("Vital signs")
        BLADDER_SCAN = "BLADDER_SCAN", _("Bladder scan")

    class Place(models.TextChoices):
        WARD = "WARD", _("Ward")
        HOME = "HOME", _("Home")

    class Origin(models.TextChoices):
        PROTOCOL = "PROTOCOL", _("Protocol")
        NEWS2 = "NEWS2", _("NEWS2 interval")
        RULE = "RULE", _("Asked for by a rule")

    class WaivedBecause(models.TextChoices):
        ASLEEP = "ASLEEP", _("Asleep")
        REFUSED = "REFUSED", _("Refused")
        OFF_WARD = "OFF_WARD", _("Off the ward")
        TRANSFERRED = "TRANSFERRED", _("Transferred")
        DISCHARGED = "DISCHARGED", _("Discharged")
        DECEASED = "DECEASED", _("Died")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="monitoring_slots")
    due_at = models.DateTimeField()
    grace_ends_at = models.DateTimeField()
    phase = models.CharField(max_length=20)
    neuro = models.CharField(max_length=5, choices=Neuro)
    only = models.CharField(max_length=15, choices=Only, blank=True)
    place = models.CharField(max_length=5, choices=Place, default=Place.WARD)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PROTOCOL)
    asked_for_by = models.CharField(max_length=10, blank=True, help_text="The rule that asked for it.")
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When what asked for it was measured; only a later observation answers it."
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="monitoring_slots"
    )
    waived_because = models.CharField(max_length=15, choices=WaivedBecause, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    overdue_told_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the nurse in charge was told that it is overdue; empty once it is reopened.",
    )

    objects = MonitoringSlotQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["procedure", "due_at"], name="slot_by_episode_time"),
            models.Index(fields=["grace_ends_at"], condition=models.Q(state="OPEN"), name="slot_open_by_grace"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "due_at", "origin", "asked_for_by"], name="one_slot_an_episode_time_and_origin"
            ),
            models.CheckConstraint(
                name="slot_done_has_an_observation",
                condition=models.Q(state="DONE", observation__isnull=False)
                | (~models.Q(state="DONE") & models.Q(observation__isnull=True)),
            ),
            models.CheckConstraint(
                name="slot_waived_has_a_reason",
                condition=(models.Q(state="WAIVED") & ~models.Q(waived_because=""))
                | (~models.Q(state="WAIVED") & models.Q(waived_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Slot {self.pk}"

    @property
    def is_missed_neurology(self) -> bool:
        """Missed on the ward, and neurology was a part of it: of every whole set it is."""
        asks_for_it = self.only in ("", self.Only.NEUROLOGY)
        return asks_for_it and self.state == self.State.MISSED and self.place == self.Place.WARD
