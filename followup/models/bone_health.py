"""Secondary prevention: what was said of each drug, and what became known of the bones (clinical-spec 8)."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.bone_health import DRUGS, Status
from followup.bone_health_checks import NG_PER_MILLILITRE, NMOL_PER_LITRE
from followup.models.correctable import Correctable, correction_has_a_reason, go_together, is_possible
from kyphotrack.language import said, said_later
from procedures.models import Procedure

# Everything that one row may hold, in the order in which a page shows it.
FACTS = (
    "denosumab_given_on", "taking_as_prescribed", "dxa_on", "dxa_site", "dxa_t_score", "dxa_ordered_on", "vitamin_d",
    "vitamin_d_unit", "calcium", "calcium_unit", "creatinine", "creatinine_unit", "egfr_ml_per_minute",
    "pth_nanograms_per_litre", "tsh_milliunits_per_litre", "protein_electrophoresis", "vitamin_d_iu_per_day",
    "calcium_milligrams_per_day", "dental_checked_on", "prior_bone_radiotherapy", "bone_metastasis", "hypercalcaemia",
    "fls_referred_on", "fls_seen_on", "falls_assessed_on",
)  # fmt: skip
FACT_LIMITS: dict[str, tuple] = {
    "dxa_t_score": (-10, 10),
    "vitamin_d": (1, 500),
    "calcium": (1, 20),
    "creatinine": (Decimal("0.1"), 2000),
    "egfr_ml_per_minute": (1, 200),
    "pth_nanograms_per_litre": (0, 5000),
    "tsh_milliunits_per_litre": (0, 500),
    "vitamin_d_iu_per_day": (0, 60000),
    "calcium_milligrams_per_day": (0, 5000),
}


class BoneHealthTherapy(Correctable):
    """One statement on one drug. The newest statement on a drug is its state; the older ones are its history."""

    class Status(models.TextChoices):
        CONSIDERED = Status.CONSIDERED.value, _("Considered")
        PRESCRIBED = Status.PRESCRIBED.value, _("Prescribed")
        STARTED = Status.STARTED.value, _("Started")
        DECLINED = Status.DECLINED.value, _("Declined by the patient")
        CONTRAINDICATED = Status.CONTRAINDICATED.value, _("Contraindicated")
        DEFERRED = Status.DEFERRED.value, _("Deferred")
        STOPPED = Status.STOPPED.value, _("Stopped")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="bone_health_therapies")
    drug = models.CharField(max_length=20, choices=[(drug, said_later(words)) for drug, words in DRUGS.items()])
    other_drug = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=20, choices=Status)
    status_on = models.DateField(help_text="The day from which the status holds.")
    deferred_until = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True, max_length=500)
    physician = models.CharField(max_length=200, blank=True, help_text="Who decided.")

    class Meta:
        indexes = [models.Index(fields=["procedure", "status_on"], name="bone_therapy_by_day")]
        constraints = [
            models.CheckConstraint(
                name="bone_therapy_other_drug_has_a_name",
                condition=(models.Q(drug="OTHER") & ~models.Q(other_drug=""))
                | (~models.Q(drug="OTHER") & models.Q(other_drug="")),
            ),
            models.CheckConstraint(
                name="bone_therapy_refusal_has_a_reason",
                condition=~models.Q(status__in=["DECLINED", "CONTRAINDICATED"]) | ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="bone_therapy_deferral_has_a_later_day",
                condition=models.Q(
                    status="DEFERRED", deferred_until__isnull=False, deferred_until__gt=models.F("status_on")
                )
                | (~models.Q(status="DEFERRED") & models.Q(deferred_until__isnull=True)),
            ),
            correction_has_a_reason("bone_therapy"),
        ]

    @property
    def drug_words(self) -> str:
        return self.other_drug or self.get_drug_display()


class BoneHealthFacts(Correctable):
    """What became known on one day: scan, laboratory, supplements, referral, an injection. Blank is not known.

    Of each column the newest known value counts. Values stay in the unit in which they were typed.
    """

    class DxaSite(models.TextChoices):
        SPINE = "SPINE", _("Lumbar spine")
        TOTAL_HIP = "TOTAL_HIP", _("Total hip")
        FEMORAL_NECK = "FEMORAL_NECK", _("Femoral neck")
        FOREARM = "FOREARM", _("Forearm")

    class VitaminDUnit(models.TextChoices):
        NG_PER_ML = NG_PER_MILLILITRE, _("ng/mL")
        NMOL_PER_L = NMOL_PER_LITRE, _("nmol/L")

    class CalciumUnit(models.TextChoices):
        MG_PER_DL = "MG_PER_DL", _("mg/dL")
        MMOL_PER_L = "MMOL_PER_L", _("mmol/L")

    class CreatinineUnit(models.TextChoices):
        MG_PER_DL = "MG_PER_DL", _("mg/dL")
        UMOL_PER_L = "UMOL_PER_L", _("µmol/L")

    class ProteinElectrophoresis(models.TextChoices):
        NO_MONOCLONAL_PROTEIN = "NO_MONOCLONAL", _("No monoclonal protein")
        MONOCLONAL_PROTEIN = "MONOCLONAL", _("Monoclonal protein: myeloma not excluded")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="bone_health_facts")
    known_on = models.DateField(help_text="The day of the blood sample, or on which it was said.")

    denosumab_given_on = models.DateField(_("denosumab given on"), null=True, blank=True)
    taking_as_prescribed = models.BooleanField(_("takes the therapy as prescribed"), null=True, blank=True)

    dxa_on = models.DateField(_("DXA done on"), null=True, blank=True)
    dxa_site = models.CharField(_("DXA site"), max_length=15, choices=DxaSite, blank=True)
    dxa_t_score = models.DecimalField(_("T-score"), max_digits=3, decimal_places=1, null=True, blank=True)
    dxa_ordered_on = models.DateField(_("DXA ordered on"), null=True, blank=True)

    vitamin_d = models.DecimalField(_("25-OH vitamin D"), max_digits=5, decimal_places=2, null=True, blank=True)
    vitamin_d_unit = models.CharField(max_length=15, choices=VitaminDUnit, blank=True)
    calcium = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    calcium_unit = models.CharField(max_length=15, choices=CalciumUnit, blank=True)
    creatinine = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    creatinine_unit = models.CharField(max_length=15, choices=CreatinineUnit, blank=True)
    egfr_ml_per_minute = models.DecimalField(
        _("eGFR mL/min/1.73 m²"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    pth_nanograms_per_litre = models.DecimalField(
        _("parathyroid hormone ng/L (pg/mL)"), max_digits=5, decimal_places=1, null=True, blank=True
    )
    tsh_milliunits_per_litre = models.DecimalField(_("TSH mU/L"), max_digits=5, decimal_places=2, null=True, blank=True)
    protein_electrophoresis = models.CharField(max_length=15, choices=ProteinElectrophoresis, blank=True)

    vitamin_d_iu_per_day = models.PositiveIntegerField(_("vitamin D IU a day"), null=True, blank=True)
    calcium_milligrams_per_day = models.PositiveSmallIntegerField(
        _("calcium, food and tablets together, mg a day"), null=True, blank=True
    )

    dental_checked_on = models.DateField(_("teeth checked on"), null=True, blank=True)
    prior_bone_radiotherapy = models.BooleanField(_("radiotherapy of bone before"), null=True, blank=True)
    bone_metastasis = models.BooleanField(null=True, blank=True)
    hypercalcaemia = models.BooleanField(null=True, blank=True)

    fls_referred_on = models.DateField(_("fracture liaison service: referred on"), null=True, blank=True)
    fls_seen_on = models.DateField(_("fracture liaison service: seen on"), null=True, blank=True)
    falls_assessed_on = models.DateField(_("risk of falls assessed on"), null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["procedure", "known_on"], name="bone_facts_by_day")]
        constraints = [
            *is_possible("bone_facts", FACT_LIMITS),
            *(go_together("bone_facts", value, f"{value}_unit") for value in ("vitamin_d", "calcium", "creatinine")),
            models.CheckConstraint(
                name="bone_facts_t_score_has_its_scan",
                condition=models.Q(dxa_t_score__isnull=True) | models.Q(dxa_on__isnull=False),
            ),
            models.CheckConstraint(
                name="bone_facts_dxa_site_has_its_scan",
                condition=models.Q(dxa_site="") | models.Q(dxa_on__isnull=False),
            ),
            correction_has_a_reason("bone_facts"),
        ]


def fact_label(name: str) -> str:
    """The name of a column as a label; "eGFR" keeps its small letter."""
    words = said(BoneHealthFacts._meta.get_field(name).verbose_name)
    return words if words.startswith("eGFR") else words[0].upper() + words[1:]
