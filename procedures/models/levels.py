"""Which vertebrae were broken and which were treated."""

from django.db import models

from procedures.models.procedure import Procedure
from procedures.vertebrae import LEVELS

LEVEL_CHOICES = [(level, level) for level in LEVELS]


class Fracture(models.Model):
    """One broken vertebra. A fracture need not have been treated in this procedure."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="fractures")
    level = models.CharField(max_length=3, choices=LEVEL_CHOICES)
    fractured_on = models.DateField(null=True, blank=True)
    height_loss_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "level"], name="one_fracture_a_procedure_and_level"),
            models.CheckConstraint(
                name="fracture_height_loss_is_a_percentage",
                condition=models.Q(height_loss_percent__isnull=True)
                | models.Q(height_loss_percent__gte=0, height_loss_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"Fracture {self.pk}"


class TreatedLevel(models.Model):
    """One vertebra that received cement or an implant."""

    class Approach(models.TextChoices):
        BIPEDICULAR = "BIPEDICULAR", "Bipedicular"
        UNIPEDICULAR_RIGHT = "UNIPEDICULAR_RIGHT", "Unipedicular, right"
        UNIPEDICULAR_LEFT = "UNIPEDICULAR_LEFT", "Unipedicular, left"
        PARAPEDICULAR = "PARAPEDICULAR", "Parapedicular"

    class Leakage(models.TextChoices):
        NONE = "NONE", "None seen"
        ASYMPTOMATIC = "ASYMPTOMATIC", "Leak, no symptoms"
        SYMPTOMATIC = "SYMPTOMATIC", "Leak with symptoms"

    class LeakageSite(models.TextChoices):
        EPIDURAL = "EPIDURAL", "Epidural (canal)"
        FORAMINAL = "FORAMINAL", "Foraminal"
        DISC_ABOVE = "DISC_ABOVE", "Disc above"
        DISC_BELOW = "DISC_BELOW", "Disc below"
        SOFT_TISSUE = "SOFT_TISSUE", "Paravertebral soft tissue"
        VEIN = "VEIN", "Paravertebral vein"
        NEEDLE_TRACK = "NEEDLE_TRACK", "Needle track"
        PULMONARY = "PULMONARY", "Lung"

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="treated_levels")
    level = models.CharField(max_length=3, choices=LEVEL_CHOICES)
    approach = models.CharField(max_length=20, choices=Approach)
    cement_volume_millilitres = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    cement_product = models.CharField(max_length=80, blank=True)
    cement_lot = models.CharField(max_length=40, blank=True)
    # Empty means that nobody has said yet, which is not the same as no leak.
    leakage = models.CharField(max_length=15, choices=Leakage, blank=True)
    leakage_sites = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "level"], name="one_treated_level_a_procedure_and_level"),
            models.CheckConstraint(
                name="treated_level_cement_volume_is_possible",
                condition=models.Q(cement_volume_millilitres__isnull=True)
                | models.Q(cement_volume_millilitres__gte="0.1", cement_volume_millilitres__lte=20),
            ),
        ]

    def __str__(self) -> str:
        return f"Treated level {self.pk}"
