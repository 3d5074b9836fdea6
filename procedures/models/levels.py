"""Which vertebrae were treated, and how."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.models.fracture import LEVEL_CHOICES
from procedures.models.procedure import Procedure


class TreatedLevel(models.Model):
    """One vertebra that received cement or an implant."""

    class Approach(models.TextChoices):
        BIPEDICULAR = "BIPEDICULAR", _("Bipedicular")
        UNIPEDICULAR_RIGHT = "UNIPEDICULAR_RIGHT", _("Unipedicular, right")
        UNIPEDICULAR_LEFT = "UNIPEDICULAR_LEFT", _("Unipedicular, left")
        PARAPEDICULAR = "PARAPEDICULAR", _("Parapedicular")

    class Leakage(models.TextChoices):
        NONE = "NONE", _("None seen")
        ASYMPTOMATIC = "ASYMPTOMATIC", _("Leak, no symptoms")
        SYMPTOMATIC = "SYMPTOMATIC", _("Leak with symptoms")

    class LeakageSite(models.TextChoices):
        EPIDURAL = "EPIDURAL", _("Epidural (canal)")
        FORAMINAL = "FORAMINAL", _("Foraminal")
        DISC_ABOVE = "DISC_ABOVE", _("Disc above")
        DISC_BELOW = "DISC_BELOW", _("Disc below")
        SOFT_TISSUE = "SOFT_TISSUE", _("Paravertebral soft tissue")
        VEIN = "VEIN", _("Paravertebral vein")
        NEEDLE_TRACK = "NEEDLE_TRACK", _("Needle track")
        PULMONARY = "PULMONARY", _("Lung")

    class YeomType(models.TextChoices):
        BASIVERTEBRAL_VEIN = "B", _("B: basivertebral vein")
        SEGMENTAL_VEIN = "S", _("S: segmental vein")
        CORTICAL_DEFECT = "C", _("C: cortical defect")

    class LeakSize(models.TextChoices):
        SMALL = "SMALL", _("Small")
        MODERATE = "MODERATE", _("Moderate")
        LARGE = "LARGE", _("Large")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="treated_levels")
    level = models.CharField(max_length=3, choices=LEVEL_CHOICES)
    approach = models.CharField(max_length=20, choices=Approach)
    cement_volume_millilitres = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    cement_product = models.CharField(max_length=80, blank=True)
    cement_lot = models.CharField(max_length=40, blank=True)
    balloon_pressure_psi = models.PositiveSmallIntegerField(_("balloon pressure psi"), null=True, blank=True)
    balloon_volume_millilitres = models.DecimalField(
        _("balloon volume mL"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    implant = models.CharField(max_length=80, blank=True)
    # Empty means that nobody has said yet, which is not the same as no leak.
    leakage = models.CharField(max_length=15, choices=Leakage, blank=True)
    leakage_sites = models.JSONField(default=list, blank=True)
    yeom_type = models.CharField(_("Yeom type"), max_length=1, choices=YeomType, blank=True)
    leak_size = models.CharField(max_length=8, choices=LeakSize, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "level"], name="one_treated_level_a_procedure_and_level"),
            models.CheckConstraint(
                name="treated_level_cement_volume_is_possible",
                condition=models.Q(cement_volume_millilitres__isnull=True)
                | models.Q(cement_volume_millilitres__gte="0.1", cement_volume_millilitres__lte=20),
            ),
            models.CheckConstraint(
                name="treated_level_balloon_volume_is_possible",
                condition=models.Q(balloon_volume_millilitres__isnull=True)
                | models.Q(balloon_volume_millilitres__gte="0.1"),
            ),
            models.CheckConstraint(
                name="treated_level_describes_a_leak_only_after_one",
                condition=models.Q(yeom_type="", leak_size="") | models.Q(leakage__in=["ASYMPTOMATIC", "SYMPTOMATIC"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Treated level {self.pk}"
