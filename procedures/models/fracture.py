"""Which vertebrae were broken, and what imaging and examination show of each."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.fracture_measures import FractureAge, Heights, fracture_age
from procedures.models.procedure import Procedure
from procedures.vertebrae import LEVELS

LEVEL_CHOICES = [(level, level) for level in LEVELS]
_HEIGHTS = (
    "anterior_height_millimetres", "mid_height_millimetres", "posterior_height_millimetres", "height_above_millimetres",
    "height_below_millimetres",
)  # fmt: skip
_HARD_LIMITS = {
    "height_loss_percent": (0, 100),
    "canal_compromise_percent": (0, 100),
    "retropulsion_millimetres": (0, "99.9"),
    "kyphosis_degrees": (-180, 180),
    **dict.fromkeys(_HEIGHTS, ("0.1", "99.9")),
}


class FractureQuerySet(models.QuerySet["Fracture"]):
    def current(self) -> "FractureQuerySet":
        return self.filter(superseded_by__isnull=True)


def _millimetres(name: str) -> models.DecimalField:
    return models.DecimalField(f"{name} mm", max_digits=3, decimal_places=1, null=True, blank=True)


class Fracture(models.Model):
    """One broken vertebra. A fracture need not have been treated in this procedure.

    The first row comes with the procedure; what is added or corrected later is a new row that supersedes it. Whatever is
    empty is not known.
    """

    class DatePrecision(models.TextChoices):
        DAY = "DAY", _("The day")
        MONTH = "MONTH", _("Only the month")
        UNKNOWN = "UNKNOWN", _("Not known")

    class Morphology(models.TextChoices):
        WEDGE = "WEDGE", _("Wedge")
        BICONCAVE = "BICONCAVE", _("Biconcave")
        CRUSH = "CRUSH", _("Crush")

    class Edema(models.TextChoices):
        PRESENT = "PRESENT", _("Present")
        ABSENT = "ABSENT", _("Absent")
        NOT_DONE = "NOT_DONE", _("No MRI done")

    class Cortex(models.TextChoices):
        INTACT = "INTACT", _("Intact")
        BREACHED = "BREACHED", _("Breached")

    class Tenderness(models.TextChoices):
        """Where percussion or palpation hurts. NOT_TENDER is an answer; none of them is none."""

        AT_LEVEL = "AT_LEVEL", _("At this level")
        ABOVE = "ABOVE", _("One level above")
        BELOW = "BELOW", _("One level below")
        ELSEWHERE = "ELSEWHERE", _("Elsewhere")
        NOT_TENDER = "NOT_TENDER", _("Not tender")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="fractures")
    level = models.CharField(max_length=3, choices=LEVEL_CHOICES)
    fractured_on = models.DateField(null=True, blank=True)
    date_precision = models.CharField(max_length=7, choices=DatePrecision, blank=True)
    morphology = models.CharField(max_length=9, choices=Morphology, blank=True)
    # As somebody estimated it; what was measured goes before it where the measurement is complete.
    height_loss_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    anterior_height_millimetres = _millimetres("anterior height")
    mid_height_millimetres = _millimetres("mid height")
    posterior_height_millimetres = _millimetres("posterior height")
    height_above_millimetres = _millimetres("height of the vertebra above")
    height_below_millimetres = _millimetres("height of the vertebra below")
    kyphosis_degrees = models.DecimalField(_("kyphosis angle °"), max_digits=4, decimal_places=1, null=True, blank=True)
    stir_edema = models.CharField(_("edema on STIR or fat-saturated T2"), max_length=8, choices=Edema, blank=True)
    mri_on = models.DateField(_("MRI on"), null=True, blank=True)
    vacuum_cleft = models.BooleanField(null=True, blank=True)
    posterior_cortex = models.CharField(max_length=8, choices=Cortex, blank=True)
    retropulsion_millimetres = _millimetres("retropulsion")
    canal_compromise_percent = models.DecimalField(
        _("canal compromise %"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    tumour_extension = models.BooleanField(null=True, blank=True)
    biopsy_taken = models.BooleanField(null=True, blank=True)
    biopsy_result = models.CharField(max_length=200, blank=True)
    tenderness = models.JSONField(default=list, blank=True)
    imaging_confirms_level = models.BooleanField(null=True, blank=True)

    # Only of a row that supersedes another; the first one has those of its procedure.
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    correction_reason = models.TextField(blank=True)

    objects = FractureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "level"],
                condition=models.Q(supersedes__isnull=True),
                name="one_first_fracture_a_procedure_and_level",
            ),
            *(
                models.CheckConstraint(
                    name=f"fracture_{field}_is_possible",
                    condition=models.Q(**{f"{field}__isnull": True})
                    | models.Q(**{f"{field}__gte": low, f"{field}__lte": high}),
                )
                for field, (low, high) in _HARD_LIMITS.items()
            ),
            models.CheckConstraint(
                name="fracture_precision_has_its_date",
                condition=models.Q(fractured_on__isnull=False) | models.Q(date_precision__in=["", "UNKNOWN"]),
            ),
            models.CheckConstraint(
                name="fracture_without_mri_has_no_mri_date",
                condition=~models.Q(stir_edema="NOT_DONE") | models.Q(mri_on__isnull=True),
            ),
            models.CheckConstraint(
                name="fracture_biopsy_result_has_its_biopsy",
                condition=models.Q(biopsy_result="") | models.Q(biopsy_taken=True, biopsy_taken__isnull=False),
            ),
            models.CheckConstraint(
                name="fracture_correction_names_who_when_and_why",
                condition=models.Q(supersedes__isnull=True)
                | (models.Q(recorded_at__isnull=False, recorded_by__isnull=False) & ~models.Q(correction_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Fracture {self.pk}"

    @property
    def heights(self) -> Heights:
        return Heights(*(getattr(self, name) for name in _HEIGHTS))

    def age_on(self, day: date) -> FractureAge | None:
        return fracture_age(self.fractured_on, self.date_precision, on=day)


# What a person types of a fracture, besides its level: the columns that a correction may change.
FRACTURE_FACTS = (
    "fractured_on", "date_precision", "morphology", "height_loss_percent", *_HEIGHTS, "kyphosis_degrees", "stir_edema",
    "mri_on", "vacuum_cleft", "posterior_cortex", "retropulsion_millimetres", "canal_compromise_percent",
    "tumour_extension", "biopsy_taken", "biopsy_result", "tenderness", "imaging_confirms_level",
)  # fmt: skip
