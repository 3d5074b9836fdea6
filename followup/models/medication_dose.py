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

    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="doses")
    drug = models.CharField(max_length=20, choices=Drug)
    dose = models.CharField(max_length=40, blank=True, help_text="Amount with its unit, such as 5 mg.")
    route = models.CharField(max_length=5, choices=Route)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Dose {self.pk}"
