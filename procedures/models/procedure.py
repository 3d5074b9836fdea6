"""The procedure: root of an episode. Its end is T0, from which every clock counts."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import Site, User
from kyphotrack.staff.permissions import CHART_ROLES
from patients.models import Patient

# Home contacts at 24 h and 48 h replace the ward's sets after a same-day discharge, so watching ends at 48 h plus grace.
LONGEST_MONITORING = timedelta(hours=50)


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    def visible_to(self, user: User) -> "ProcedureQuerySet":
        return self.filter(
            patient__site__in=Site.objects.filter(memberships__user=user, memberships__role__in=CHART_ROLES)
        )


class Procedure(models.Model):
    class Kind(models.TextChoices):
        BALLOON_KYPHOPLASTY = "BALLOON_KYPHOPLASTY", _("Balloon kyphoplasty")
        VERTEBROPLASTY = "VERTEBROPLASTY", _("Vertebroplasty")
        IMPLANT = "IMPLANT", _("Other augmentation (implant)")

    class Aetiology(models.TextChoices):
        OSTEOPOROTIC = "OSTEOPOROTIC", _("Osteoporotic")
        CANCER = "CANCER", _("Cancer")
        TRAUMATIC = "TRAUMATIC", _("Traumatic")
        HAEMANGIOMA = "HAEMANGIOMA", _("Haemangioma")
        OTHER = "OTHER", _("Other")
        UNKNOWN = "UNKNOWN", _("Unknown")

    class CancerKind(models.TextChoices):
        MYELOMA = "MYELOMA", _("Myeloma")
        METASTASIS = "METASTASIS", _("Metastasis")
        LYMPHOMA = "LYMPHOMA", _("Lymphoma")
        OTHER = "OTHER", _("Other cancer")

    class Setting(models.TextChoices):
        INPATIENT = "INPATIENT", _("Inpatient")
        DAY_CASE = "DAY_CASE", _("Day case")

    class PerioperativeEvent(models.TextChoices):
        """NONE is an answer; none of them is none."""

        NONE = "NONE", _("None")
        HYPOTENSION = "HYPOTENSION", _("Hypotension")
        DESATURATION = "DESATURATION", _("Desaturation")
        ARRHYTHMIA = "ARRHYTHMIA", _("Arrhythmia")
        OTHER = "OTHER", _("Other")

    class Anaesthesia(models.TextChoices):
        LOCAL = "LOCAL", _("Local")
        LOCAL_SEDATION = "LOCAL_SEDATION", _("Local with sedation")
        GENERAL = "GENERAL", _("General")
        REGIONAL = "REGIONAL", _("With regional block")

    class Disposition(models.TextChoices):
        SAME_DAY = "SAME_DAY", _("Same-day discharge (2 h on the ward, then calls at 24 h and 48 h)")
        OVERNIGHT = "OVERNIGHT", _("Overnight stay (24 h)")
        STAY_48H = "STAY_48H", _("48-hour stay")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="procedures")
    kind = models.CharField(max_length=30, choices=Kind)
    aetiology = models.CharField(max_length=20, choices=Aetiology)
    cancer_kind = models.CharField(max_length=10, choices=CancerKind, blank=True)
    setting = models.CharField(max_length=9, choices=Setting, blank=True)
    anaesthesia = models.CharField(max_length=20, choices=Anaesthesia)
    disposition = models.CharField(max_length=10, choices=Disposition)
    operator = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(help_text="T0: needle out, dressing on.")
    # Empty means that nobody asked; no means that no row of AnticoagulantUse is missing.
    takes_anticoagulants = models.BooleanField(null=True, blank=True)
    lives_alone = models.BooleanField(null=True, blank=True)
    antibiotic_given = models.BooleanField(null=True, blank=True)
    perioperative_events = models.JSONField(default=list, blank=True)
    imaged_afterwards = models.BooleanField(null=True, blank=True)
    imaged_afterwards_on = models.DateField(null=True, blank=True)
    bed = models.CharField(max_length=40, blank=True)
    notes = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(
        unique=True, help_text="One saved form makes one procedure, however often it is sent."
    )
    discharged_at = models.DateTimeField(null=True, blank=True)
    discharged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["ended_at"], name="procedure_by_time_zero")]
        constraints = [
            models.CheckConstraint(
                name="procedure_ends_after_it_starts", condition=models.Q(ended_at__gte=models.F("started_at"))
            ),
            models.CheckConstraint(
                name="procedure_kind_of_cancer_has_its_cause",
                condition=models.Q(cancer_kind="") | models.Q(aetiology="CANCER"),
            ),
            models.CheckConstraint(
                name="procedure_imaging_date_has_its_imaging",
                # A check that comes out as null lets a row in, so that null is named.
                condition=models.Q(imaged_afterwards_on__isnull=True)
                | models.Q(imaged_afterwards=True, imaged_afterwards__isnull=False),
            ),
            models.CheckConstraint(
                name="procedure_discharge_time_and_person_go_together",
                condition=models.Q(discharged_at__isnull=True, discharged_by__isnull=True)
                | models.Q(discharged_at__isnull=False, discharged_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Procedure {self.pk}"

    @property
    def time_zero(self) -> datetime:
        return self.ended_at
