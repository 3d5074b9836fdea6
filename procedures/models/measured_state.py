"""What can be measured or asked of a patient at one moment: the columns that baseline and observations share.

Every column may be empty, and empty means "not measured" or "not asked". Nothing has a normal value as default.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

_HARD_LIMITS = {
    "respiration_rate": (0, 80),
    "spo2_percent": (40, 100),
    "systolic_mmhg": (30, 320),
    "diastolic_mmhg": (10, 200),
    "pulse_per_minute": (0, 300),
    "temperature_celsius": (25, 45),
    "inspired_oxygen_percent": (21, 100),
    "weight_kilograms": (20, 350),
    "haemoglobin_grams_per_decilitre": (2, 25),
    "pain_at_rest": (0, 10),
    "pain_on_movement": (0, 10),
}


def possible_values(prefix: str) -> list[models.CheckConstraint]:
    """Check constraints that refuse what is impossible (clinical-spec 1.2), and never what is only alarming."""
    return [
        models.CheckConstraint(
            name=f"{prefix}_{field}_is_possible",
            condition=models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{field}__gte": low, f"{field}__lte": high}),
        )
        for field, (low, high) in _HARD_LIMITS.items()
    ]


class MeasuredState(models.Model):
    class Consciousness(models.TextChoices):
        ALERT = "A", _("Alert")
        NEW_CONFUSION = "C", _("New confusion")
        VOICE = "V", _("Responds to voice")
        PAIN = "P", _("Responds to pain")
        UNRESPONSIVE = "U", _("Unresponsive")

    class PainScale(models.TextChoices):
        NRS = "NRS", _("Number 0–10 (NRS)")
        VERBAL = "VERBAL", _("Words, rated 0–10")
        PAINAD = "PAINAD", _("Observed behaviour 0–10 (PAINAD)")
        VAS_MM = "VAS_MM", _("Line of 100 mm (VAS)")

    class PainCharacter(models.TextChoices):
        AXIAL = "AXIAL", _("In the back itself")
        RADICULAR = "RADICULAR", _("Along a nerve")
        BURNING = "BURNING", _("Burning or electric")
        PLEURITIC = "PLEURITIC", _("Worse on breathing in")

    effective_at = models.DateTimeField(help_text="When it was measured.")
    recorded_at = models.DateTimeField(help_text="When it was typed.")

    respiration_rate = models.PositiveSmallIntegerField(_("respiration rate /min"), null=True, blank=True)
    spo2_percent = models.PositiveSmallIntegerField(_("SpO₂ %"), null=True, blank=True)
    supplemental_oxygen = models.BooleanField(_("supplemental oxygen"), null=True, blank=True)
    oxygen_device = models.CharField(max_length=60, blank=True)
    oxygen_flow_litres_per_minute = models.DecimalField(
        _("oxygen flow L/min"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    inspired_oxygen_percent = models.PositiveSmallIntegerField(_("inspired oxygen %"), null=True, blank=True)
    systolic_mmhg = models.PositiveSmallIntegerField(_("systolic mmHg"), null=True, blank=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(_("diastolic mmHg"), null=True, blank=True)
    pulse_per_minute = models.PositiveSmallIntegerField(_("pulse /min"), null=True, blank=True)
    consciousness = models.CharField(max_length=1, choices=Consciousness, blank=True)
    temperature_celsius = models.DecimalField(
        _("temperature °C"), max_digits=3, decimal_places=1, null=True, blank=True
    )

    weight_kilograms = models.DecimalField(_("weight kg"), max_digits=4, decimal_places=1, null=True, blank=True)
    haemoglobin_grams_per_decilitre = models.DecimalField(
        _("haemoglobin g/dL"), max_digits=3, decimal_places=1, null=True, blank=True
    )

    pain_at_rest = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    pain_on_movement = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    pain_scale = models.CharField(max_length=10, choices=PainScale, blank=True)
    pain_sites = models.JSONField(default=list, blank=True)
    pain_characters = models.JSONField(default=list, blank=True)

    # Field names and allowed values: the catalogue in followup/red_flags/neurology.py (clinical-spec 3.1 to 3.3).
    neurology = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True
