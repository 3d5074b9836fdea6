"""What was seen, measured or said of the patient at one moment after the procedure. Rows are only added."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import User
from procedures.models import MeasuredState, Procedure
from procedures.models.measured_state import possible_values


class ObservationQuerySet(models.QuerySet["Observation"]):
    def current(self) -> "ObservationQuerySet":
        """What counts now: not superseded by a correction, and not a mere note that a row was entered in error."""
        return self.filter(superseded_by__isnull=True, entered_in_error=False)


class Observation(MeasuredState):
    class Source(models.TextChoices):
        NURSE = "NURSE", _("Bedside")
        PATIENT = "PATIENT", _("Patient")
        PHONE = "PHONE", _("Phone")
        IMPORT = "IMPORT", _("Import")

    class PainTrigger(models.TextChoices):
        NONE = "NONE", _("Nothing noticed")
        COUGH = "COUGH", _("Cough or sneeze")
        BEND = "BEND", _("Bending or lifting")
        FALL = "FALL", _("Fall")
        OTHER = "OTHER", _("Other")

    class PainRelief(models.TextChoices):
        NONE = "NONE", _("No relief")
        PARTIAL = "PARTIAL", _("Some relief")
        GOOD = "GOOD", _("Good relief")

    class PunctureSite(models.TextChoices):
        DRY = "DRY", _("Dry")
        OOZE = "OOZE", _("Oozing")
        SWELLING = "SWELLING", _("Swelling")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="observations")
    source = models.CharField(max_length=10, choices=Source)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(
        unique=True, help_text="One opened form makes one observation, however often it is sent."
    )
    spo2_scale = models.PositiveSmallIntegerField(default=1)

    new_pain_site = models.BooleanField(_("pain in a place that did not hurt before"), null=True, blank=True)
    sudden_onset = models.BooleanField(_("came on or got worse within minutes to hours"), null=True, blank=True)
    pain_onset_at = models.DateTimeField(null=True, blank=True)
    pain_trigger = models.CharField(max_length=10, choices=PainTrigger, blank=True)
    took_analgesia = models.BooleanField(_("took pain medicine since the last check"), null=True, blank=True)
    pain_relief = models.CharField(max_length=10, choices=PainRelief, blank=True)
    fall = models.BooleanField(_("fell since the last contact"), null=True, blank=True)

    dyspnoea = models.BooleanField(_("short of breath"), null=True, blank=True)
    chest_pain = models.BooleanField(null=True, blank=True)
    haemoptysis = models.BooleanField(_("coughing blood"), null=True, blank=True)
    syncope = models.BooleanField(_("fainted or nearly fainted"), null=True, blank=True)

    rigors = models.BooleanField(_("shaking chills"), null=True, blank=True)
    rib_tenderness = models.BooleanField(_("a rib is tender to touch"), null=True, blank=True)
    calf_swelling_or_pain = models.BooleanField(_("one calf newly swollen or painful"), null=True, blank=True)
    urticaria = models.BooleanField(_("hives"), null=True, blank=True)
    wheeze = models.BooleanField(null=True, blank=True)
    lip_swelling = models.BooleanField(_("lips or tongue swollen"), null=True, blank=True)

    puncture_site = models.CharField(max_length=10, choices=PunctureSite, blank=True)
    wound_redness_over_2_cm = models.BooleanField(_("redness over 2 cm"), null=True, blank=True)
    wound_discharge = models.BooleanField(_("discharge"), null=True, blank=True)
    wound_pus = models.BooleanField(_("pus"), null=True, blank=True)
    wound_warmth = models.BooleanField(_("warm"), null=True, blank=True)
    wound_opening = models.BooleanField(_("open"), null=True, blank=True)
    expanding_swelling = models.BooleanField(_("swelling that grows"), null=True, blank=True)
    dressing_soaked_twice = models.BooleanField(_("dressing soaked twice within an hour"), null=True, blank=True)

    walked = models.BooleanField(_("got up and walked"), null=True, blank=True)
    orthostatic_symptoms = models.BooleanField(_("dizzy or faint on standing"), null=True, blank=True)
    note = models.TextField(blank=True, max_length=2000)

    # What the assessment said when it was saved (law 6). `None` total: the set was not complete.
    news2_total = models.PositiveSmallIntegerField(null=True, blank=True)
    news2_lower_bound = models.PositiveSmallIntegerField(default=0)
    ruleset_version = models.CharField(max_length=40)
    undecided = models.JSONField(default=list, blank=True, help_text="What could not be ruled out, and why.")

    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    correction_reason = models.TextField(blank=True, max_length=500)
    entered_in_error = models.BooleanField(
        default=False, help_text="The superseded row was entered in error, for instance on the wrong patient."
    )

    objects = ObservationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["procedure", "effective_at"], name="observation_by_episode_time")]
        constraints = [
            *possible_values("observation"),
            models.CheckConstraint(name="observation_spo2_scale_is_1_or_2", condition=models.Q(spo2_scale__in=[1, 2])),
            models.CheckConstraint(
                name="observation_correction_has_a_reason",
                condition=models.Q(supersedes__isnull=True, correction_reason="", entered_in_error=False)
                | (models.Q(supersedes__isnull=False) & ~models.Q(correction_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Observation {self.pk}"
