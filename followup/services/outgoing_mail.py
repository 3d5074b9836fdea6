"""What an operator does with an e-mail row, and what a mail service tells of one. Each leaves a line of its own."""

from datetime import datetime

from django.db import transaction

from followup.models import CallTask, EmailEvent, OutgoingEmail
from followup.services.contacts import lock_contact
from followup.services.letters import why_withheld, with_world
from followup.services.patient_reminders import note_bounce
from followup.services.reminder_letters import CALL_FOR
from followup.services.reminders_of_contact import phone_instead
from kyphotrack.staff.models import User

State, What = OutgoingEmail.State, EmailEvent.What
_GOES_ON = (State.QUEUED, State.FAILED, State.DEAD)


class NotPossible(ValueError):
    """The row is in no state in which this can be done; usually a sender was quicker."""


@transaction.atomic
def retry_email(*, email: OutgoingEmail, by: User, now: datetime) -> None:
    """Due now, with all its tries again. The world is looked at once more before it is sent. Twice is once.

    Raises NotPossible.
    """
    row = _lock(email, "Only an e-mail that waits or was given up can be tried again.")
    if row.state == State.QUEUED and row.attempts == 0 and row.due_at <= now:
        return
    _change(row, What.RETRIED, by=by, now=now, state=State.QUEUED, due_at=now, attempts=0, last_error="")


@transaction.atomic
def withhold_email(*, email: OutgoingEmail, reason: str, by: User, now: datetime) -> None:
    """Not sent, for this reason. Raises NotPossible.

    It stops no clock: the item of an alarm stays where it is, and a patient is phoned in place of a reminder that was
    still right. Twice is once.
    """
    # The episode's lock first, as every writer does, so that whoever answers the contact now ends this call too.
    contact = lock_contact(email.contact) if email.contact else None
    if EmailEvent.objects.filter(email=email, what=What.WITHHELD, by=by, reason=reason).exists():
        return
    row = _lock(email, "Only an e-mail that waits or was given up can be withheld.")
    wrong = why_withheld(with_world(OutgoingEmail.objects.filter(pk=row.pk)).get(), now) if contact else ""
    _change(row, What.WITHHELD, by=by, now=now, reason=reason, state=State.WITHHELD, withheld_because=reason)
    if contact and (not wrong or wrong in CALL_FOR):
        phone_instead([contact], kind=CALL_FOR.get(wrong, CallTask.Kind.EMAIL_WITHHELD), now=now)


@transaction.atomic
def mark_bounced(*, email: OutgoingEmail, by: User | None, now: datetime) -> None:
    """The message came back. A patient is phoned from now on; for a member of staff somebody mends the address.

    Twice is once. Raises NotPossible for one that was not sent.
    """
    row = OutgoingEmail.objects.select_for_update(of=("self",)).get(pk=email.pk)
    if row.state == State.DEAD:
        return
    if row.state != State.SENT:
        raise NotPossible("Only an e-mail that was sent can come back.")
    _change(row, What.CAME_BACK, by=by, now=now, state=State.DEAD, last_error="came back")
    if row.patient:
        # An address that was agreed to later did not get it.
        for consent in row.patient.email_consents.filter(withdrawn_at__isnull=True, given_at__lte=row.sent_at):
            note_bounce(consent=consent, by=by, now=now)


def _lock(email: OutgoingEmail, else_say: str) -> OutgoingEmail:
    row = OutgoingEmail.objects.select_for_update(of=("self",)).get(pk=email.pk)
    if row.state not in _GOES_ON:
        raise NotPossible(else_say)
    return row


def _change(
    row: OutgoingEmail, what: str, *, by: User | None, now: datetime, reason: str = "", **columns
) -> None:  # fmt: skip
    """The line of the history keeps what the change overwrites. The caller holds the row's lock."""
    EmailEvent.objects.create(
        email=row, what=what, at=now, by=by, reason=reason, state_before=row.state, sent_at_before=row.sent_at,
        error_before=row.last_error,
    )  # fmt: skip
    OutgoingEmail.objects.filter(pk=row.pk).update(**columns)
