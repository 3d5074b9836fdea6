"""What an operator does with an e-mail row, and what a mail service tells of one."""

from datetime import datetime

from django.db import transaction

from followup.models import OutgoingEmail
from followup.services.patient_reminders import note_bounce
from kyphotrack.staff.models import User

State = OutgoingEmail.State
_UNSENT = (State.QUEUED, State.FAILED)


class NotPossible(ValueError):
    """The row is in no state in which this can be done; usually a sender was quicker."""


@transaction.atomic
def retry_email(*, email: OutgoingEmail, now: datetime) -> None:
    """Due now, with all its tries again. The world is looked at once more before it is sent. Raises NotPossible."""
    again = OutgoingEmail.objects.filter(pk=email.pk, state__in=[*_UNSENT, State.DEAD])
    if not again.update(state=State.QUEUED, due_at=now, attempts=0, last_error=""):
        raise NotPossible("Only an e-mail that waits or was given up can be tried again.")


@transaction.atomic
def withhold_email(*, email: OutgoingEmail, reason: str) -> None:
    """Not sent, for this reason. It stops no clock: the item of an alarm stays where it is. Raises NotPossible."""
    unsent = OutgoingEmail.objects.filter(pk=email.pk, state__in=[*_UNSENT, State.DEAD])
    if not unsent.update(state=State.WITHHELD, withheld_because=reason):
        raise NotPossible("Only an e-mail that waits or was given up can be withheld.")


@transaction.atomic
def mark_bounced(*, email: OutgoingEmail, by: User | None, now: datetime) -> None:
    """The message came back. A patient is phoned from now on; for a member of staff somebody mends the address.

    Twice is once. Raises NotPossible for one that was not sent.
    """
    locked = OutgoingEmail.objects.select_for_update(of=("self",)).get(pk=email.pk)
    if locked.state == State.DEAD:
        return
    if locked.state != State.SENT:
        raise NotPossible("Only an e-mail that was sent can come back.")
    OutgoingEmail.objects.filter(pk=locked.pk).update(state=State.DEAD, sent_at=None, last_error="came back")
    if locked.patient:
        # An address that was agreed to later did not get it.
        for consent in locked.patient.email_consents.filter(withdrawn_at__isnull=True, given_at__lte=locked.sent_at):
            note_bounce(consent=consent, by=by, now=now)
