"""Whether the patient agreed to e-mail, at which address, and after which notice."""

import uuid

from django.db import models

from kyphotrack.staff.models import User
from patients.models.patient import Patient


class EmailConsent(models.Model):
    """One agreement. Withdrawing it fills `withdrawn_at`; a new address needs a new row."""

    # Stands in the link by which the patient withdraws it.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="email_consents")
    address = models.EmailField()
    risk_notice_shown = models.BooleanField(help_text="The patient was told that e-mail is not encrypted.")
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="The address turned out to be unreachable.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_live_email_consent_a_patient",
            ),
            models.CheckConstraint(
                name="email_consent_only_after_the_risk_notice", condition=models.Q(risk_notice_shown=True)
            ),
        ]

    def __str__(self) -> str:
        return f"E-mail consent {self.pk}"
