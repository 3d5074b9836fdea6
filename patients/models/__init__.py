from patients.models.chart_event import ChartEvent
from patients.models.consent import EmailConsent
from patients.models.patient import Patient

__all__ = ["ChartEvent", "EmailConsent", "Patient"]
