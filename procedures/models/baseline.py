"""How the patient was before the procedure: what every later finding is compared with."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.models.measured_state import MeasuredState, possible_values
from procedures.models.procedure import Procedure


class BaselineQuerySet(models.QuerySet["Baseline"]):
    def current(self) -> "BaselineQuerySet":
        return self.filter(superseded_by__isnull=True)


class Baseline(MeasuredState):
    """One pre-procedure examination. A correction is a new row that supersedes the old one, with a reason.

    Mobility is the `gait` entry of `neurology`: both use the same 0-5 scale (clinical-spec 6.3).
    """

    class MriSafety(models.TextChoices):
        CLEAR = "CLEAR", _("Screened: clear")
        CONDITIONAL = "CONDITIONAL", _("Conditional device, recent stent or claustrophobia")
        BLOCKED = "BLOCKED", _("MRI contraindicated")
        UNKNOWN = "UNKNOWN", _("Not screened yet")

    class ContrastReaction(models.TextChoices):
        NONE = "NONE", _("None")
        MILD_MODERATE = "MILD_MODERATE", _("Mild or moderate")
        SEVERE = "SEVERE", _("Severe")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="baselines")
    mri_safety = models.CharField(max_length=12, choices=MriSafety, blank=True)
    mri_safety_note = models.CharField(max_length=200, blank=True)
    allergies = models.CharField(max_length=400, blank=True)
    egfr_ml_per_minute = models.DecimalField(
        _("eGFR mL/min/1.73 m²"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    egfr_measured_on = models.DateField(_("eGFR measured on"), null=True, blank=True)
    acute_kidney_injury = models.BooleanField(null=True, blank=True)
    on_dialysis = models.BooleanField(null=True, blank=True)
    takes_metformin = models.BooleanField(null=True, blank=True)
    contrast_reaction = models.CharField(
        _("earlier reaction to iodinated contrast"), max_length=15, choices=ContrastReaction, blank=True
    )
    gadolinium_anaphylaxis = models.BooleanField(_("earlier anaphylaxis after gadolinium"), null=True, blank=True)
    pregnancy_possible = models.BooleanField(null=True, blank=True)
    height_centimetres = models.DecimalField(_("height cm"), max_digits=4, decimal_places=1, null=True, blank=True)
    inr = models.DecimalField(_("INR"), max_digits=3, decimal_places=1, null=True, blank=True)
    platelets_per_nanolitre = models.PositiveSmallIntegerField(_("platelets ×10⁹/L"), null=True, blank=True)
    # Scale 2 only when a clinician documented hypercapnic respiratory failure with a target of 88-92 %.
    spo2_scale_2_authorised_by = models.CharField(max_length=200, blank=True)
    spo2_scale_2_authorised_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    correction_reason = models.TextField(blank=True)

    objects = BaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            *possible_values("baseline"),
            models.CheckConstraint(
                name="baseline_height_centimetres_is_possible",
                condition=models.Q(height_centimetres__isnull=True)
                | models.Q(height_centimetres__gte=80, height_centimetres__lte=230),
            ),
            # One first row a procedure; corrections hang below it one after the other.
            models.UniqueConstraint(
                fields=["procedure"], condition=models.Q(supersedes__isnull=True), name="one_first_baseline_a_procedure"
            ),
            models.CheckConstraint(
                name="baseline_correction_has_a_reason",
                condition=models.Q(supersedes__isnull=True) | ~models.Q(correction_reason=""),
            ),
            models.CheckConstraint(
                name="baseline_scale_2_names_who_and_when",
                condition=models.Q(spo2_scale_2_authorised_by="", spo2_scale_2_authorised_at__isnull=True)
                | (~models.Q(spo2_scale_2_authorised_by="") & models.Q(spo2_scale_2_authorised_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Baseline {self.pk}"
