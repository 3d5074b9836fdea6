"""Reminders to patients: what one says, whether it is still right to send it, and from when on.

They name no procedure, body part, drug or answer, and the patient neither (clinical-spec 11). There is no private link
yet, so the patient is asked to phone.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from followup.contact_states import WAITING
from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.reminder_plan import TOO_LATE
from followup.services.appointment_entry import appointment_entry
from followup.services.letter import Letter, render_letter
from followup.services.reminders_of_contact import PATIENT_DIED, quiet_hours_of
from followup.visit_plan import Mode, out_of_quiet_hours
from kyphotrack.language import stored
from patients.models import EmailConsent, Patient

COMES_TOO_LATE = "it would come too late"
NO_CONSENT = "the patient has not agreed to e-mail"
UNREACHABLE = "the address turned out to be unreachable"
# Where a reminder is withheld for one of these, somebody phones.
CALL_FOR = {
    COMES_TOO_LATE: CallTask.Kind.EMAIL_TOO_LATE,
    NO_CONSENT: CallTask.Kind.NO_EMAIL,
    UNREACHABLE: CallTask.Kind.EMAIL_FAILED,
}
_APPOINTMENTS = (Mode.CLINIC.name, Mode.CLINIC_OR_PHONE.name, Mode.PHONE.name)


def with_consents(rows: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
    live = EmailConsent.objects.filter(withdrawn_at__isnull=True)
    return rows.prefetch_related(Prefetch("patient__email_consents", queryset=live, to_attr="live_consents"))


def purpose_for(contact: FollowUpContact) -> str:
    """Who has an appointment is reminded of it; the others are asked for their answers."""
    is_appointment = contact.mode in _APPOINTMENTS
    return OutgoingEmail.Purpose.VISIT_REMINDER if is_appointment else OutgoingEmail.Purpose.FORM_REMINDER


def why_no_email(consent: EmailConsent | None) -> str:
    if consent is None:
        return NO_CONSENT
    return UNREACHABLE if consent.bounced_at else ""


def why_withheld(row: OutgoingEmail, now: datetime) -> str:
    """`row` was read with its consents."""
    contact, patient = _contact(row), _patient(row)
    if patient.life_status != Patient.LifeStatus.ALIVE:
        return PATIENT_DIED
    if contact.state not in WAITING:
        return f"the contact is {stored(contact.get_state_display()).lower()}"
    if not row.key.endswith(due_mark(contact)):
        return "the contact was moved"
    if row.occurrence + 1 < contact.reminders_done:
        return "a later reminder takes its place"
    too_late = contact.due_at if row.occurrence == 0 else contact.window_closes_at
    if now >= min(too_late, row.created_at + TOO_LATE):
        return COMES_TOO_LATE
    return why_no_email(_consent(row))


def not_before(row: OutgoingEmail, now: datetime) -> datetime:
    """The end of the quiet hours in the patient's zone, where it is quiet now."""
    patient = _patient(row)
    return out_of_quiet_hours(now, patient.zone, quiet_hours_of(patient))


def due_mark(contact: FollowUpContact) -> str:
    """The end of a reminder's key: a contact that is moved is reminded of anew."""
    return f":{int(contact.due_at.timestamp())}"


def letter(row: OutgoingEmail) -> Letter:
    contact, patient, consent = _contact(row), _patient(row), _consent(row)
    assert consent is not None  # noqa: S101 - else it is withheld
    unsubscribe = f"{settings.SITE_ADDRESS}{reverse('unsubscribe', args=[consent.public_id])}"
    context = {
        "local_due_at": contact.due_at.astimezone(patient.zone).replace(tzinfo=None),
        "occurrence": row.occurrence,
        "clinic_phone": row.site.clinic_phone_24h,
        "emergency_number": row.site.emergency_number,
        "unsubscribe": unsubscribe,
    }
    with_entry = row.purpose == OutgoingEmail.Purpose.VISIT_REMINDER and row.occurrence < 2
    return render_letter(
        row,
        to=consent.address,
        context=context,
        headers={
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        calendar=appointment_entry(contact, row.site) if with_entry and row.site.sends_calendar_entries else "",
    )


def _contact(row: OutgoingEmail) -> FollowUpContact:
    assert row.contact is not None  # noqa: S101 - a check constraint says so
    return row.contact


def _patient(row: OutgoingEmail) -> Patient:
    assert row.patient is not None  # noqa: S101 - a check constraint says so
    return row.patient


def _consent(row: OutgoingEmail) -> EmailConsent | None:
    return next(iter(_patient(row).live_consents), None)  # type: ignore[attr-defined]  # prefetched
