"""How high a treated vertebra is on an image after the procedure, beside its neighbours (clinical-spec 6.4, B6 to B8).

How high it was before stands with its fracture.
"""

from django.db import models

from followup.models.correctable import Correctable, correction_has_a_reason, is_possible
from procedures.fracture_measures import Heights
from procedures.models import Procedure
from procedures.models.fracture import LEVEL_CHOICES

HEIGHTS = (
    "anterior_height_millimetres", "mid_height_millimetres", "posterior_height_millimetres", "height_above_millimetres",
    "height_below_millimetres",
)  # fmt: skip
HEIGHT_LIMITS = ("0.1", "99.9")


def _millimetres(name: str) -> models.DecimalField:
    return models.DecimalField(f"{name} mm", max_digits=3, decimal_places=1, null=True, blank=True)


class HeightMeasurement(Correctable):
    """One vertebra on one image. Whatever is empty was not measured."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="height_measurements")
    level = models.CharField(max_length=3, choices=LEVEL_CHOICES)
    imaged_on = models.DateField(help_text="The day of the image.")
    anterior_height_millimetres = _millimetres("anterior height")
    mid_height_millimetres = _millimetres("mid height")
    posterior_height_millimetres = _millimetres("posterior height")
    height_above_millimetres = _millimetres("height of the vertebra above")
    height_below_millimetres = _millimetres("height of the vertebra below")

    class Meta:
        indexes = [models.Index(fields=["procedure", "imaged_on"], name="height_by_episode_day")]
        constraints = [
            *is_possible("height", dict.fromkeys(HEIGHTS, HEIGHT_LIMITS)),
            correction_has_a_reason("height"),
        ]

    @property
    def heights(self) -> Heights:
        return Heights(*(getattr(self, name) for name in HEIGHTS))
