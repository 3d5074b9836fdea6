"""Reminders to patients: each is queued once, when it is due, or withheld with the reason; then somebody phones.

`next_reminder_at` of a contact is when the next one is looked at, so that nothing is looked for among the others.
"""

from datetime import datetime

from django.db import transaction

from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.reminder_plan import TOO_LATE, Reminder
from followup.services import contacts, outbox
from followup.services.reminder_letters import (
    CALL_FOR,
    COMES_TOO_LATE,
    NO_CONSENT,
    UNREACHABLE,
    due_mark,
    purpose_for,
    why_no_email,
)
from followup.services.reminders_of_contact import PATIENT_DIED, phone_instead, reminders_of, withhold_reminders
from kyphotrack.staff.models import User
from patients import services as patient_services
from patients.models import EmailConsent, Patient
from patients.services import note_unreachable_address, withdraw_email_consent
from procedures.models import Procedure

State, Kind = OutgoingEmail.State, CallTask.Kind


@transaction.atomic
def queue_patient_reminders(*, now: datetime, limit: int = 100) -> int:
    """Look at the contacts whose next reminder is due, the longest due first; returns how many were looked at."""
    due = FollowUpContact.objects.reminder_due(now)
    chosen = list(due.order_by("next_reminder_at", "pk").values_list("pk", "procedure_id")[:limit])
    # The episode's lock first, as every writer does; then the contacts are read afresh.
    episodes = Procedure.objects.filter(pk__in={episode for _pk, episode in chosen}).order_by("pk")
    locked = list(episodes.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    looked_at = list(
        due.filter(pk__in=[pk for pk, _episode in chosen], procedure__in=locked).select_related(
            "procedure__patient__site"
        )
    )
    consents = {
        one.patient_id: one
        for one in EmailConsent.objects.filter(
            patient__in={contact.procedure.patient_id for contact in looked_at}, withdrawn_at__isnull=True
        )
    }
    rows: list[OutgoingEmail] = []
    invited: list[FollowUpContact] = []
    for contact in looked_at:
        of_contact = _rows_due(contact, consents.get(contact.procedure.patient_id), now)
        rows += of_contact
        if any(row.state == State.QUEUED for row in of_contact) and contact.state == FollowUpContact.State.PLANNED:
            invited.append(contact)
    FollowUpContact.objects.bulk_update(looked_at, ["next_reminder_at", "reminders_done"])
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    contacts.note_invited(invited, now=now)
    return len(looked_at)


@transaction.atomic
def unsubscribe(*, consent: EmailConsent, now: datetime) -> None:
    """The patient wants no more e-mail. Whoever is to be asked meanwhile is phoned. Twice is once."""
    if withdraw_email_consent(consent=consent, reason="Unsubscribed by the link in an e-mail.", by=None, now=now):
        _phone_instead(consent.patient, NO_CONSENT, now)


@transaction.atomic
def change_patient_details(*, patient: Patient, now: datetime, **change) -> Patient:
    """`patients.services.change_patient_details`; where that withdraws the consent, what is queued is withheld with it."""
    could_be_written_to = _may_be_written_to(patient)
    patient = patient_services.change_patient_details(patient=patient, now=now, **change)
    if could_be_written_to and not _may_be_written_to(patient):
        _phone_instead(patient, NO_CONSENT, now)
    return patient


@transaction.atomic
def note_bounce(*, consent: EmailConsent, by: User | None, now: datetime) -> None:
    """Mail to this address does not arrive. Twice is once."""
    if note_unreachable_address(consent=consent, by=by, now=now):
        _phone_instead(consent.patient, UNREACHABLE, now)


def _may_be_written_to(patient: Patient) -> bool:
    return EmailConsent.objects.filter(patient=patient, withdrawn_at__isnull=True).exists()


def _phone_instead(patient: Patient, because: str, now: datetime) -> None:
    """Those of the patient's contacts of which a reminder was queued or sent already; the others have their turn."""
    begun = FollowUpContact.objects.waiting().filter(procedure__patient=patient, reminders_done__gt=0)
    about = list(begun)
    withhold_reminders(about, because=because)
    phone_instead(about, kind=CALL_FOR[because], now=now)


def _rows_due(contact: FollowUpContact, consent: EmailConsent | None, now: datetime) -> list[OutgoingEmail]:
    """Queued or withheld, one for each reminder that is due; and the contact is set to its next one."""
    patient = contact.procedure.patient
    plan = [one for one in reminders_of(contact, patient) if one.occurrence >= contact.reminders_done]
    due = [one for one in plan if one.at <= now]
    later = [one for one in plan if one.at > now]
    contact.next_reminder_at = later[0].at if later else None
    if not due:
        return []
    contact.reminders_done = due[-1].occurrence + 1
    rows = [_row(contact, patient, one, now, "a later reminder takes its place") for one in due[:-1]]
    last, no_email = due[-1], why_no_email(consent)
    if patient.life_status != Patient.LifeStatus.ALIVE:
        because = PATIENT_DIED
    elif no_email:
        because = no_email
        phone_instead([contact], kind=CALL_FOR[no_email], now=now)
    elif now >= last.useful_until:
        because = COMES_TOO_LATE
        if now - last.at >= TOO_LATE:
            phone_instead([contact], kind=Kind.EMAIL_TOO_LATE, now=now)
    else:
        because = ""
    return [*rows, _row(contact, patient, last, now, because)]


def _row(
    contact: FollowUpContact, patient: Patient, reminder: Reminder, now: datetime, because: str
) -> OutgoingEmail:  # fmt: skip
    purpose = purpose_for(contact)
    return outbox.new_email(
        key=f"{purpose}:{contact.public_id}:{reminder.occurrence}{due_mark(contact)}",
        purpose=purpose,
        queue=OutgoingEmail.Queue.MAIL,
        site=patient.site,
        patient=patient,
        contact=contact,
        occurrence=reminder.occurrence,
        now=now,
        state=State.WITHHELD if because else State.QUEUED,
        withheld_because=because,
    )
