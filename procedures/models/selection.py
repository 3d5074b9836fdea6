"""The answers to the selection criteria that concern the whole patient, and what a physician overrode. Rows are only added."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.models.procedure import Procedure

# The parts of the non-invasive therapy (clinical-spec 7.1, E2a to E2d), each with its reason and date beside it.
THERAPY_COMPONENTS = ("analgesics", "physical_therapy", "bracing", "osteoporosis_medication")


class SelectionReviewQuerySet(models.QuerySet["SelectionReview"]):
    def current(self) -> "SelectionReviewQuerySet":
        return self.filter(superseded_by__isnull=True)


class TherapyAnswer(models.TextChoices):
    YES = "YES", _("Yes")
    NO = "NO", _("No")
    CONTRAINDICATED = "CONTRAINDICATED", _("Contraindicated")


def _component() -> models.CharField:
    return models.CharField(max_length=15, choices=TherapyAnswer, blank=True)


def _words() -> models.CharField:
    return models.CharField(max_length=200, blank=True)


def _day() -> models.DateField:
    return models.DateField(null=True, blank=True)


def _present(label: str) -> models.BooleanField:
    """An exclusion: true where it is present, empty where nobody asked."""
    return models.BooleanField(label, null=True, blank=True)


class SelectionReview(models.Model):
    """One version of the answers. A correction is a new row that supersedes the old one, with a reason."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="selection_reviews")
    therapy_started_on = _day()
    therapy_ended_on = _day()
    therapy_continues = models.BooleanField(null=True, blank=True)
    analgesics, analgesics_reason, analgesics_on = _component(), _words(), _day()
    physical_therapy, physical_therapy_reason, physical_therapy_on = _component(), _words(), _day()
    bracing, bracing_reason, bracing_on = _component(), _words(), _day()
    osteoporosis_medication, osteoporosis_medication_reason = _component(), _words()
    osteoporosis_medication_on = _day()
    pain_at_therapy_start = models.DecimalField(
        _("pain when the therapy started"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    refractory = models.BooleanField(_("refractory to therapy"), null=True, blank=True)
    active_infection = _present(_("active local or systemic infection"))
    coagulopathy = _present(_("uncorrected coagulopathy"))
    cement_or_contrast_allergy = _present(_("allergy to cement or contrast"))
    healed_fracture = _present(_("fracture healed or without symptoms"))
    cord_compression = _present(_("retropulsion with cord compression, or new deficit"))
    pregnant = _present(_("pregnancy"))
    cannot_lie_prone = _present(_("cannot lie prone"))

    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(unique=True, help_text="One saved form makes one version, however often it is sent.")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    correction_reason = models.TextField(blank=True)

    objects = SelectionReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"],
                condition=models.Q(supersedes__isnull=True),
                name="one_first_selection_review_a_procedure",
            ),
            models.CheckConstraint(
                name="selection_review_correction_has_a_reason",
                condition=models.Q(supersedes__isnull=True) | ~models.Q(correction_reason=""),
            ),
            models.CheckConstraint(
                name="selection_review_therapy_ends_after_it_starts",
                condition=models.Q(therapy_ended_on__isnull=True)
                | models.Q(therapy_started_on__isnull=True)
                | models.Q(therapy_ended_on__gte=models.F("therapy_started_on")),
            ),
            models.CheckConstraint(
                name="selection_review_therapy_has_ended_or_continues",
                condition=models.Q(therapy_ended_on__isnull=True)
                | models.Q(therapy_continues__isnull=True)
                | models.Q(therapy_continues=False),
            ),
            models.CheckConstraint(
                name="selection_review_pain_is_possible",
                condition=models.Q(pain_at_therapy_start__isnull=True)
                | models.Q(pain_at_therapy_start__gte=0, pain_at_therapy_start__lte=10),
            ),
            *(
                models.CheckConstraint(
                    name=f"selection_{name}_contraindication_has_reason",
                    condition=~models.Q(**{name: "CONTRAINDICATED"}) | ~models.Q(**{f"{name}_reason": ""}),
                )
                for name in THERAPY_COMPONENTS
            ),
        ]

    def __str__(self) -> str:
        return f"Selection review {self.pk}"


SELECTION_ANSWERS = (
    "therapy_started_on", "therapy_ended_on", "therapy_continues",
    *(f"{name}{more}" for name in THERAPY_COMPONENTS for more in ("", "_reason", "_on")),
    "pain_at_therapy_start", "refractory", "active_infection", "coagulopathy", "cement_or_contrast_allergy",
    "healed_fracture", "cord_compression", "pregnant", "cannot_lie_prone",
)  # fmt: skip


class SelectionOverride(models.Model):
    """Why a physician went ahead although criteria were not met. It holds for the version of the answers that it saw.

    `criteria` keeps each of them as it was then: code, level (empty for those of the patient), title and reason.
    """

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="selection_overrides")
    # Empty where the criteria were judged by the procedure's own facts, before any answer was given.
    review = models.ForeignKey(
        SelectionReview, null=True, blank=True, on_delete=models.PROTECT, related_name="overrides"
    )
    criteria = models.JSONField()
    reason = models.TextField()
    ruleset_version = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="selection_override_has_a_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"Selection override {self.pk}"
