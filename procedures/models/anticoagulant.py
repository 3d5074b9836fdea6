"""Drugs that make a bleed more likely, as they stood around the procedure."""

from django.db import models

from procedures.models.procedure import Procedure


class AnticoagulantUse(models.Model):
    class Drug(models.TextChoices):
        WARFARIN = "WARFARIN", "Warfarin"
        APIXABAN = "APIXABAN", "Apixaban"
        RIVAROXABAN = "RIVAROXABAN", "Rivaroxaban"
        DABIGATRAN = "DABIGATRAN", "Dabigatran"
        EDOXABAN = "EDOXABAN", "Edoxaban"
        LMWH = "LMWH", "Low-molecular-weight heparin"
        UFH = "UFH", "Unfractionated heparin"
        ASPIRIN = "ASPIRIN", "Aspirin"
        P2Y12 = "P2Y12", "P2Y12 inhibitor"
        OTHER = "OTHER", "Other"

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="anticoagulants")
    drug = models.CharField(max_length=15, choices=Drug)
    last_dose_at = models.DateTimeField(null=True, blank=True)
    planned_restart_at = models.DateTimeField(null=True, blank=True)
    restarted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure", "drug"], name="one_row_a_procedure_and_drug")]

    def __str__(self) -> str:
        return f"Anticoagulant {self.pk}"
