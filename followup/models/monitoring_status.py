"""One line of the ward board, kept in step by the services so that a board of a thousand needs no history."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.models.imaging_task import ImagingTask
from followup.models.observation import Observation
from kyphotrack.staff.models import User
from procedures.models import Procedure

# Rank of "no open flag": sorts after INFO.
NO_FLAG = 9
DANGER = {"EMERGENT": 0, "URGENT": 1, "AMBER": 2, "INFO": 3}


class MonitoringStatusQuerySet(models.QuerySet["MonitoringStatus"]):
    def visible_to(self, user: User) -> "MonitoringStatusQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))

    def watched(self, now: datetime) -> "MonitoringStatusQuerySet":
        """In the monitoring window, or with a red flag that no one has closed: such a patient never drops off."""
        return self.filter(_is_watched(now))

    def to_hand_over(self, now: datetime) -> "MonitoringStatusQuerySet":
        """Those who are watched, and those for whom an amber item or a scan still waits for somebody."""
        scanned = ImagingTask.objects.open().filter(procedure=models.OuterRef("procedure"))
        return self.filter(_is_watched(now) | models.Q(danger__lte=DANGER["AMBER"]) | models.Exists(scanned))


def _is_watched(now: datetime) -> models.Q:
    return models.Q(watched_until__gt=now) | models.Q(danger__lte=DANGER["URGENT"])


class MonitoringStatus(models.Model):
    """Derived from slots, observations and flags; `followup.services.monitoring_status` rebuilds it."""

    class Neurology(models.TextChoices):
        SAME = "SAME", _("As baseline")
        WORSE = "WORSE", _("Worse than baseline")
        NOT_CHECKED = "NOT_CHECKED", _("Not checked")

    procedure = models.OneToOneField(Procedure, on_delete=models.PROTECT, related_name="monitoring_status")
    watched_until = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True, blank=True)
    next_due_grace_ends_at = models.DateTimeField(null=True, blank=True)
    next_due_neuro = models.CharField(max_length=5, blank=True)
    next_due_only = models.CharField(max_length=15, blank=True)
    next_due_place = models.CharField(max_length=5, blank=True)
    last_observation = models.ForeignKey(Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    news2_total = models.PositiveSmallIntegerField(null=True, blank=True)
    news2_lower_bound = models.PositiveSmallIntegerField(null=True, blank=True)
    news2_band = models.CharField(max_length=10, blank=True)
    news2_measured_at = models.DateTimeField(null=True, blank=True)
    pain = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    # Against the lowest valid score since the procedure, rest with rest and movement with movement.
    pain_change_since_nadir = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    pain_change_since_baseline = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    neurology = models.CharField(max_length=12, choices=Neurology, default=Neurology.NOT_CHECKED)
    neurology_checked_at = models.DateTimeField(null=True, blank=True)
    danger = models.PositiveSmallIntegerField(default=NO_FLAG)
    open_flags = models.PositiveSmallIntegerField(default=0)
    # How many rules the last observation could not decide: the list of the chart. Empty: nothing was measured yet.
    not_ruled_out = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = MonitoringStatusQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["danger", "next_due_at"], name="status_by_danger")]

    def __str__(self) -> str:
        return f"Status {self.pk}"
