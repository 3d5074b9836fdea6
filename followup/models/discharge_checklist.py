"""What a person said before a discharge, and how ward monitoring ended. Rows are only added."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.models import Procedure


class DischargeChecklist(models.Model):
    """The answers of the discharge checklist that only a person can give (clinical-spec 5.2); the newest row counts.

    The names are those of `followup.discharge_checklist.Answers`. Empty means not asked, which blocks like a no.
    """

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="discharge_checklists")
    walks_with_planned_help = models.BooleanField(null=True, blank=True)
    responsible_adult_24_hours = models.BooleanField(null=True, blank=True)
    reachable_by_phone = models.BooleanField(null=True, blank=True)
    red_flag_sheet_given = models.BooleanField(null=True, blank=True)
    osteoporosis_plan_made = models.BooleanField(null=True, blank=True)
    analgesia_supplied = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["procedure", "answered_at"], name="checklist_by_episode_time")]

    def __str__(self) -> str:
        return f"Discharge checklist {self.pk}"


class MonitoringEnd(models.Model):
    """How ward monitoring ended. When and by whom stand in the procedure (`discharged_at`, `discharged_by`)."""

    class Ending(models.TextChoices):
        HOME = "HOME", _("Discharged home")
        TRANSFERRED = "TRANSFERRED", _("Transferred to another ward or hospital")
        AGAINST_ADVICE = "AGAINST_ADVICE", _("Left against medical advice")
        DECEASED = "DECEASED", _("Died")

    procedure = models.OneToOneField(Procedure, on_delete=models.PROTECT, related_name="monitoring_end")
    ending = models.CharField(max_length=15, choices=Ending)
    reason = models.TextField(blank=True, max_length=1000)
    # What each item of the checklist said then (law 6): code, title, truth and reason, with the ruleset's version.
    checklist = models.JSONField(default=list, blank=True)
    ruleset_version = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="monitoring_end_other_than_home_has_a_reason",
                condition=models.Q(ending="HOME") | ~models.Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        return f"Monitoring end {self.pk}"
