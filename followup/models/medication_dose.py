"""A dose of pain medicine that was given, as reported with an observation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.models.observation import Observation


class MedicationDose(models.Model):
    class Drug(models.TextChoices):
        PARACETAMOL = "PARACETAMOL", _("Paracetamol")
        NSAID = "NSAID", _("NSAID")
        METAMIZOLE = "METAMIZOLE", _("Metamizole")
        CODEINE = "CODEINE", _("Codeine")
        TRAMADOL = "TRAMADOL", _("Tramadol")
        DIHYDROCODEINE = "DIHYDROCODEINE", _("Dihydrocodeine")
        MORPHINE = "MORPHINE", _("Morphine")
        OXYCODONE = "OXYCODONE", _("Oxycodone")
        OXYMORPHONE = "OXYMORPHONE", _("Oxymorphone")
        HYDROCODONE = "HYDROCODONE", _("Hydrocodone")
        HYDROMORPHONE = "HYDROMORPHONE", _("Hydromorphone")
        FENTANYL = "FENTANYL", _("Fentanyl")
        METHADONE = "METHADONE", _("Methadone")
        BUPRENORPHINE = "BUPRENORPHINE", _("Buprenorphine")
        TAPENTADOL = "TAPENTADOL", _("Tapentadol")
        OTHER = "OTHER", _("Other")

    class Route(models.TextChoices):
        IV = "IV", _("Intravenous")
        SC = "SC", _("Subcutaneous")
        IM = "IM", _("Intramuscular")
        PO = "PO", _("By mouth")
        PR = "PR", _("Rectal")
        TD = "TD", _("Patch")
        OTHER = "OTHER", _("Other")

    class Unit(models.TextChoices):
        MG = "MG", _("mg")
        GRAM = "GRAM", "g"
        MICROGRAM = "MICROGRAM", "µg"
        MICROGRAM_PER_HOUR = "MICROGRAM_PER_HOUR", _("µg/h (patch)")

    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="doses")
    drug = models.CharField(max_length=20, choices=Drug)
    dose = models.CharField(max_length=40, blank=True, help_text="As written: amount with its unit, such as 5 mg.")
    # The same as a number, where the words give one.
    amount = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=20, choices=Unit, blank=True)
    route = models.CharField(max_length=5, choices=Route)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dose_amount_and_unit_go_together",
                condition=models.Q(amount__isnull=True, unit="") | (models.Q(amount__gt=0) & ~models.Q(unit="")),
            )
        ]

    def __str__(self) -> str:
        return f"Dose {self.pk}"
