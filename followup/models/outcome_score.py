"""How the patient lives with the back: the outcome instruments as they were answered on one day (clinical-spec 6)."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup import instruments
from followup.models.correctable import Correctable, correction_has_a_reason, is_possible
from kyphotrack.language import said_later
from procedures.models import Procedure

ODI_FIELDS = tuple(f"odi_s{number}" for number in range(1, instruments.ODI_SECTIONS + 1))
# The fields of which at least one makes a row worth storing.
ANSWERS = (*ODI_FIELDS, "kps", "ecog", "mobility", "tug_seconds", "tug_unable", "weight_kilograms")
LIMITS: dict[str, tuple] = {
    **dict.fromkeys(ODI_FIELDS, (0, instruments.ODI_HIGHEST)),
    "odi_percent": (0, 100),
    "ecog": (0, 5),
    "mobility": (0, 5),
    "tug_seconds": (Decimal("0.1"), 600),
    "weight_kilograms": (20, 350),
}
_CONTACTS = [(one.code, said_later(f"{one.words} ({', '.join(one.instruments)})")) for one in instruments.CONTACTS]


def _section() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(null=True, blank=True)


class OutcomeScore(Correctable):
    """Every instrument may be blank. The ODI's sections are numbers only: its wording is licensed and not stored."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="outcome_scores")
    effective_at = models.DateTimeField(help_text="When it was answered.")
    contact = models.CharField(max_length=10, choices=_CONTACTS, blank=True)

    odi_s1 = _section()
    odi_s2 = _section()
    odi_s3 = _section()
    odi_s4 = _section()
    odi_s5 = _section()
    odi_s6 = _section()
    odi_s7 = _section()
    odi_s8 = _section()
    odi_s9 = _section()
    odi_s10 = _section()
    # As it was computed then, by that ruleset (law 6). Empty with sections: too few were answered.
    odi_percent = models.PositiveSmallIntegerField(_("ODI %"), null=True, blank=True)
    ruleset_version = models.CharField(max_length=40)

    kps = models.PositiveSmallIntegerField(_("Karnofsky"), null=True, blank=True)
    ecog = models.PositiveSmallIntegerField(_("ECOG"), null=True, blank=True)
    mobility = models.PositiveSmallIntegerField(null=True, blank=True)
    tug_seconds = models.DecimalField(_("Timed Up and Go s"), max_digits=4, decimal_places=1, null=True, blank=True)
    tug_unable = models.BooleanField(_("could not do Timed Up and Go"), null=True, blank=True)
    weight_kilograms = models.DecimalField(_("weight kg"), max_digits=4, decimal_places=1, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["procedure", "effective_at"], name="outcome_by_episode_time")]
        constraints = [
            *is_possible("outcome", LIMITS),
            models.CheckConstraint(
                name="outcome_kps_is_a_multiple_of_ten",
                condition=models.Q(kps__isnull=True) | models.Q(kps__in=sorted(instruments.KPS_SCORES)),
            ),
            models.CheckConstraint(
                name="outcome_tug_seconds_only_of_somebody_who_could",
                condition=models.Q(tug_seconds__isnull=True)
                | models.Q(tug_unable__isnull=True)
                | models.Q(tug_unable=False),
            ),
            models.CheckConstraint(
                name="outcome_odi_percent_comes_from_its_sections",
                condition=models.Q(odi_percent__isnull=True)
                | models.Q(*((f"{field}__isnull", False) for field in ODI_FIELDS), _connector=models.Q.OR),
            ),
            correction_has_a_reason("outcome"),
        ]

    @property
    def odi_sections(self) -> list[int | None]:
        return [getattr(self, field) for field in ODI_FIELDS]
