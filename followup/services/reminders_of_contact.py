"""What a contact's own moves do to its reminders: when the first is due, none any more, or a call in their place."""

from collections.abc import Collection, Iterable
from datetime import datetime

from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.reminder_plan import Reminder, reminders
from followup.visit_plan import Mode, QuietHours
from patients.models import Patient

State = OutgoingEmail.State
PATIENT_DIED = "the patient died"


def quiet_hours_of(patient: Patient) -> QuietHours | None:
    start, until = patient.site.quiet_from, patient.site.quiet_until
    return QuietHours(start, until) if start and until else None


def reminders_of(contact: FollowUpContact, patient: Patient) -> tuple[Reminder, ...]:
    """None for who is asked at the bedside."""
    if contact.mode == Mode.WARD.name:
        return ()
    return reminders(contact.code, contact.due_at, contact.window_closes_at, patient.zone, quiet_hours_of(patient))


def remind_from_the_start(contact: FollowUpContact, patient: Patient) -> None:
    """For a contact that is laid out or moved. Sets the columns; the caller saves them."""
    plan = reminders_of(contact, patient)
    contact.next_reminder_at = plan[0].at if plan else None
    contact.reminders_done = 0


def withhold_reminders(about: Iterable[FollowUpContact], *, because: str) -> None:
    """What is queued for these contacts is not sent. In the transaction of what made it wrong."""
    unsent = OutgoingEmail.objects.filter(contact__in=about, state__in=[State.QUEUED, State.FAILED])
    unsent.update(state=State.WITHHELD, withheld_because=because)


def phone_instead(about: Collection[FollowUpContact], *, kind: str, now: datetime) -> None:
    """One open call a contact, due with it; one that is there already stays as it is."""
    CallTask.objects.bulk_create(
        [CallTask(contact=one, kind=kind, opened_at=now, due_at=max(one.due_at, now)) for one in about],
        ignore_conflicts=True,
    )
