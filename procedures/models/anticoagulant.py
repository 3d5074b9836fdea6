"""Drugs that make a bleed more likely, as they stood around the procedure."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.models.procedure import Procedure


class AnticoagulantUse(models.Model):
    class Drug(models.TextChoices):
        WARFARIN = "WARFARIN", _("Warfarin")
        APIXABAN = "APIXABAN", _("Apixaban")
        RIVAROXABAN = "RIVAROXABAN", _("Rivaroxaban")
        DABIGATRAN = "DABIGATRAN", _("Dabigatran")
        EDOXABAN = "EDOXABAN", _("Edoxaban")
        LMWH = "LMWH", _("Low-molecular-weight heparin")
        UFH = "UFH", _("Unfractionated heparin")
        ASPIRIN = "ASPIRIN", _("Aspirin")
        P2Y12 = "P2Y12", _("P2Y12 inhibitor")
        OTHER = "OTHER", _("Other")

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="anticoagulants")
    drug = models.CharField(max_length=15, choices=Drug)
    last_dose_at = models.DateTimeField(null=True, blank=True)
    planned_restart_at = models.DateTimeField(null=True, blank=True)
    restarted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure", "drug"], name="one_row_a_procedure_and_drug")]

    def __str__(self) -> str:
        return f"Anticoagulant {self.pk}"
