"""A dose of pain medicine that was given, as reported with an observation."""

from django.db import models

from followup.models.observation import Observation


class MedicationDose(models.Model):
    class Drug(models.TextChoices):
        PARACETAMOL = "PARACETAMOL", "Paracetamol"
        NSAID = "NSAID", "NSAID"
        METAMIZOLE = "METAMIZOLE", "Metamizole"
        CODEINE = "CODEINE", "Codeine"
        TRAMADOL = "TRAMADOL", "Tramadol"
        DIHYDROCODEINE = "DIHYDROCODEINE", "Dihydrocodeine"
        MORPHINE = "MORPHINE", "Morphine"
        OXYCODONE = "OXYCODONE", "Oxycodone"
        OXYMORPHONE = "OXYMORPHONE", "Oxymorphone"
        HYDROCODONE = "HYDROCODONE", "Hydrocodone"
        HYDROMORPHONE = "HYDROMORPHONE", "Hydromorphone"
        FENTANYL = "FENTANYL", "Fentanyl"
        METHADONE = "METHADONE", "Methadone"
        BUPRENORPHINE = "BUPRENORPHINE", "Buprenorphine"
        TAPENTADOL = "TAPENTADOL", "Tapentadol"
        OTHER = "OTHER", "Other"

    class Route(models.TextChoices):
        IV = "IV", "Intravenous"
        SC = "SC", "Subcutaneous"
        IM = "IM", "Intramuscular"
        PO = "PO", "By mouth"
        PR = "PR", "Rectal"
        TD = "TD", "Patch"
        OTHER = "OTHER", "Other"

    class Unit(models.TextChoices):
        MG = "MG", "mg"
        GRAM = "GRAM", "g"
        MICROGRAM = "MICROGRAM", "µg"
        MICROGRAM_PER_HOUR = "MICROGRAM_PER_HOUR", "µg/h (patch)"

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
