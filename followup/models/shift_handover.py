"""A shift that somebody accepted: whom, until when, and what stood open then. Rows are only added."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import Site, User
from kyphotrack.staff.permissions import sites_of
from procedures.models import Procedure


class ShiftHandoverQuerySet(models.QuerySet["ShiftHandover"]):
    def visible_to(self, user: User) -> "ShiftHandoverQuerySet":
        return self.filter(site__in=sites_of(user))

    def lasting(self, now: datetime) -> "ShiftHandoverQuerySet":
        return self.filter(accepted_at__lte=now, ends_at__gt=now)


class ShiftHandover(models.Model):
    """Two people may accept the same patients: both rows stand, and each page says so."""

    class Shift(models.TextChoices):
        EARLY = "EARLY", _("Early shift")
        LATE = "LATE", _("Late shift")
        NIGHT = "NIGHT", _("Night shift")
        LONG_DAY = "LONG_DAY", _("Long day")
        ON_CALL = "ON_CALL", _("On call")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    shift = models.CharField(max_length=10, choices=Shift)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.TextField(blank=True, max_length=4000)
    # One opened form makes one acceptance, however often it is sent.
    form_token = models.UUIDField(unique=True)

    objects = ShiftHandoverQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["accepted_by", "ends_at"], name="handover_by_person"),
            models.Index(fields=["site", "accepted_at"], name="handover_by_site"),
        ]
        constraints = [
            models.CheckConstraint(
                name="handover_ends_after_it_was_accepted", condition=models.Q(ends_at__gt=models.F("accepted_at"))
            )
        ]

    def __str__(self) -> str:
        return f"Handover {self.pk}"


class HandedOverPatient(models.Model):
    """One patient of an accepted shift."""

    handover = models.ForeignKey(ShiftHandover, on_delete=models.PROTECT, related_name="patients")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="handed_over")
    # What stood open, in the words of that moment (`followup.selectors.handover.as_it_stands`); never brought up to date.
    stood_open = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "procedure"], name="one_line_a_handover_and_episode")
        ]

    def __str__(self) -> str:
        return f"Handed over {self.pk}"
