"""The outbox: queue a message with the fact that it tells of, and send it later, outside any transaction (law 8).

A batch of rows is claimed with a lease, and each claim raises a row's fence number. A sender writes its result only under
its own fence, so one that was paused past its lease changes nothing. A row whose lease ran out may have been handed over
before its sender died: it is sent again, with the same Message-ID, and marked as possibly sent twice.
"""

import logging
import smtplib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.crypto import salted_hmac
from kombu import pools

from followup.models import CallTask, EscalationStep, OutgoingEmail
from followup.services.letters import letter, why_withheld, with_world
from followup.services.reminder_letters import CALL_FOR, not_before
from followup.services.reminders_of_contact import phone_instead
from kyphotrack.staff.models import Site, User

State = OutgoingEmail.State
Clock = Callable[[], datetime]
_log = logging.getLogger("kyphotrack.outbox")

LEASE = timedelta(seconds=60)
# Long before its lease ends a sender gives back what it has not begun, so that no one else can have taken it.
_BATCH_TIME = timedelta(seconds=15)
# With a slow server the world may change within a batch; what was read longer ago is read again before sending.
_FRESH = timedelta(seconds=1)
MOST_ATTEMPTS = 5
# Busy servers are asked again soon; greylisting wants five minutes at least.
_SOON, _LATER = timedelta(seconds=40), timedelta(minutes=6)
_BUSY = frozenset({421, 431, 432, 442, 447, 452})
_UNREACHABLE_WAIT = timedelta(seconds=15)

_NUDGED_TASK = "followup.send_urgent_email"
# For a nudge from a web request: one quick try a step instead of the worker's patience.
_IMPATIENT = {
    "socket_connect_timeout": 0.4, "socket_timeout": 0.4, "max_retries": 1, "interval_start": 0, "interval_step": 0,
}  # fmt: skip


@dataclass(frozen=True)
class SendReport:
    """What became of the rows of one batch."""

    sent: int = 0
    failed: int = 0
    withheld: int = 0
    dead: int = 0
    postponed: int = 0

    @property
    def settled(self) -> int:
        """Rows that need no further try."""
        return self.sent + self.withheld + self.dead + self.postponed

    @property
    def handled(self) -> int:
        return self.settled + self.failed


# --- queue ----------------------------------------------------------------------------------------------------------


def queue_staff_alerts(
    *,
    steps: Iterable[EscalationStep],
    recipients: Mapping[EscalationStep, list[User]],
    site: Site,
    purpose: Callable[[EscalationStep], str],
    now: datetime,
) -> None:
    """One row a step and person; `recipients` and `purpose` are those of a step. The key keeps a second copy out."""
    rows = [_row(purpose(step), step, site, user, now) for step in steps for user in recipients[step]]
    if not rows:
        return
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(nudge)


def _row(purpose: str, step: EscalationStep, site: Site, user: User, now: datetime) -> OutgoingEmail:
    return new_email(
        key=f"{purpose}:{step.escalation_id}:{step.number}:{user.pk}",
        purpose=purpose,
        queue=OutgoingEmail.Queue.URGENT,
        site=site,
        recipient=user,
        escalation_step=step,
        now=now,
    )


def new_email(*, key: str, now: datetime, **columns) -> OutgoingEmail:
    """An unsaved row. `key` names episode, purpose and occurrence (law 8); the Message-ID follows from it."""
    opaque = salted_hmac("followup.outbox", key, algorithm="sha256").hexdigest()[:40]
    message_id = f"<{opaque}@{urlsplit(settings.SITE_ADDRESS).hostname}>"
    return OutgoingEmail(key=key, created_at=now, due_at=now, message_id=message_id, **columns)


def nudge() -> None:
    """Ask a worker to look now. If nobody hears it, the timetable finds the rows."""
    try:
        broker = current_app.connection_for_write(transport_options=_IMPATIENT)
        with pools.producers[broker].acquire(block=True, timeout=_IMPATIENT["socket_timeout"]) as producer:
            current_app.send_task(_NUDGED_TASK, producer=producer, retry=False)
    except Exception as error:  # whatever is wrong with the broker, what was saved is saved
        _log.warning("The broker did not take the nudge (%s); the timetable will send.", type(error).__name__)


# --- send -----------------------------------------------------------------------------------------------------------


def send_due(*, queue: str, clock: Clock, limit: int = 100) -> SendReport:
    """Claim up to `limit` due rows of a queue and send them over one connection. One wrong row holds up no other."""
    claimed_at = clock()
    claimed = _claim(queue=queue, now=claimed_at, limit=limit)
    if not claimed:
        return SendReport()
    mail_server = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        return _send_batch(claimed, claimed_at, mail_server, clock)
    finally:
        _hang_up(mail_server)


def _claim(*, queue: str, now: datetime, limit: int) -> list[OutgoingEmail]:
    # Durable: nothing is handed to a mail server while a transaction holds rows.
    with transaction.atomic(durable=True):
        # On SQLite the transaction is the only writer; elsewhere rows that another sender is claiming are passed over.
        _give_up_reminders_sent_twice(now)
        sendable = OutgoingEmail.objects.sendable(now).filter(queue=queue).select_for_update(skip_locked=True)
        waiting = sendable.exclude(state=State.CLAIMED).order_by("due_at", "pk")
        # One at a time, so that a message that kills its sender takes no other with it.
        abandoned = sendable.filter(state=State.CLAIMED).order_by("claimed_until", "pk")
        chosen = list(waiting.values_list("pk", flat=True)[:limit] or abandoned.values_list("pk", flat=True)[:1])
        OutgoingEmail.objects.filter(pk__in=chosen).update(
            possibly_sent_twice=Case(When(state=State.CLAIMED, then=Value(True)), default=F("possibly_sent_twice")),
            state=State.CLAIMED,
            claimed_until=now + LEASE,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
        )
        return list(_read(chosen))


def _read(keys: Iterable[int]) -> QuerySet[OutgoingEmail]:
    return with_world(OutgoingEmail.objects.filter(pk__in=keys)).order_by("due_at", "pk")


def _send_batch(
    claimed: list[OutgoingEmail], claimed_at: datetime, mail_server: BaseEmailBackend, clock: Clock
) -> SendReport:
    waiting = deque(claimed)
    looked_at = claimed_at
    outcomes: Counter[str] = Counter()
    while waiting:
        now = clock()
        if now - claimed_at >= _BATCH_TIME:
            _give_back(waiting)
            break
        if now - looked_at > _FRESH:
            waiting, looked_at = _still_mine(waiting), now
            if not waiting:
                break
        withheld = why_withheld(waiting[0], now)
        later = not_before(waiting[0], now) if waiting[0].patient_id and not withheld else now
        if later > now:
            _give_back([waiting.popleft()], due_at=later)
            outcomes["postponed"] += 1
        elif withheld:
            outcomes[_withhold(row=waiting.popleft(), because=withheld, now=now)] += 1
        elif _unreachable(mail_server):
            outcomes["failed"] += len(waiting)
            _give_back(
                waiting, state=State.FAILED, due_at=now + _UNREACHABLE_WAIT, last_error="mail server unreachable"
            )
            break
        else:
            outcomes[_hand_over(waiting.popleft(), mail_server, clock)] += 1
    return SendReport(**outcomes)


def _still_mine(rows: Iterable[OutgoingEmail]) -> deque[OutgoingEmail]:
    """The rows read again, without those that another sender took over meanwhile."""
    fences = {row.pk: row.fence for row in rows}
    again = _read(fences).filter(state=State.CLAIMED)
    return deque(row for row in again if row.fence == fences[row.pk])


def _give_back(rows: Iterable[OutgoingEmail], **columns) -> None:
    """Leave rows that were not begun to a later run; this does not count as an attempt."""
    for row in rows:
        _settle(row, **{"state": State.QUEUED, "attempts": F("attempts") - 1, **columns})


def _unreachable(mail_server: BaseEmailBackend) -> bool:
    """Connect, if that has not been done. A server that nobody reaches has refused no message."""
    try:
        mail_server.open()
    except OSError as error:  # smtplib's errors, time-outs and refused connections alike
        _log.warning("The mail server cannot be reached (%s); mail waits.", type(error).__name__)
        _hang_up(mail_server)
        return True
    return False


@transaction.atomic
def _withhold(*, row: OutgoingEmail, because: str, now: datetime) -> str:
    _settle(row, state=State.WITHHELD, withheld_because=because)
    if row.contact and because in CALL_FOR:
        phone_instead([row.contact], kind=CALL_FOR[because], now=now)
    return "withheld"


def _hand_over(row: OutgoingEmail, mail_server: BaseEmailBackend, clock: Clock) -> str:
    """Hand one message to the server and note what became of it; returns the name of the outcome."""
    if row.attempts > MOST_ATTEMPTS:
        return _failed(row, None, "its sender died each time", clock())
    row.rendered_at = clock()  # type: ignore[attr-defined]
    try:
        handed_over = _message(row, mail_server).send()
    except SoftTimeLimitExceeded:
        raise  # nobody knows what the server did: the lease runs out, and the row is sent again
    except Exception as error:  # one message must not hold up the rest, whatever is wrong with it
        _hang_up(mail_server)  # the connection may be broken; the next message opens a new one
        code, words = _reply(error)
        return _failed(row, code, words, clock())
    if not handed_over:
        return _failed(row, None, "no recipient", clock())
    _settle(row, state=State.SENT, sent_at=clock(), last_error="")
    return "sent"


def _reply(error: Exception) -> tuple[int | None, str]:
    """The server's code, if it gave one, and words without the address that a server's own words may repeat."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _words in error.recipients.values()), "recipient refused"
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, "refused by the mail server"
    if not isinstance(error, OSError):
        _log.error("An e-mail could not be made: %s", type(error).__name__)
    return None, type(error).__name__


def _failed(row: OutgoingEmail, code: int | None, words: str, now: datetime) -> str:
    """Try again soon, later or never, by the class of the reply."""
    error = f"{code} {words}" if code else words
    if row.attempts >= MOST_ATTEMPTS or (code is not None and code >= 500):
        _give_up(row=row, error=error, now=now)
        return "dead"
    wait = (_SOON if code is None or code in _BUSY else _LATER) * row.attempts
    _settle(row, state=State.FAILED, due_at=now + wait, last_error=error)
    return "failed"


@transaction.atomic
def _give_up(*, row: OutgoingEmail, error: str, now: datetime) -> None:
    """Somebody phones: the patient in place of a reminder; the recipient of an alarm stands on the worklist."""
    _settle(row, state=State.DEAD, last_error=error)
    if row.contact:
        phone_instead([row.contact], kind=CallTask.Kind.EMAIL_FAILED, now=now)


def _give_up_reminders_sent_twice(now: datetime) -> None:
    """A reminder whose sender died half-way is sent once more and no further (design 5): a patient may act on each copy."""
    abandoned = OutgoingEmail.objects.filter(
        state=State.CLAIMED, claimed_until__lt=now, patient__isnull=False, possibly_sent_twice=True
    ).select_for_update(skip_locked=True, of=("self",))
    rows = list(abandoned.select_related("contact"))
    if rows:
        OutgoingEmail.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=State.DEAD, claimed_until=None, last_error="its sender died twice", fence=F("fence") + 1
        )
        phone_instead([row.contact for row in rows if row.contact], kind=CallTask.Kind.EMAIL_FAILED, now=now)


def _settle(row: OutgoingEmail, **columns) -> None:
    """Write what became of a row, unless another sender has taken it over."""
    mine = OutgoingEmail.objects.filter(pk=row.pk, fence=row.fence, state=State.CLAIMED)
    if not mine.update(claimed_until=None, **columns):
        _log.warning("E-mail row %s was taken over by another sender.", row.pk)


def _hang_up(mail_server: BaseEmailBackend) -> None:
    try:
        mail_server.close()
    except OSError:
        _log.info("The mail server had already hung up.")


def _message(row: OutgoingEmail, mail_server: BaseEmailBackend) -> EmailMultiAlternatives:
    words = letter(row)
    message = EmailMultiAlternatives(
        subject=words.subject,
        body=words.text,
        from_email=formataddr((row.site.neutral_sender_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[words.to],
        headers={
            **words.headers,
            "Message-ID": row.message_id,
            "Auto-Submitted": "auto-generated",
            # Tells copies apart at the receiving end, where a server may rewrite the Message-ID.
            "X-Message-Key": row.message_id.strip("<>").partition("@")[0],
        },
        connection=mail_server,
    )
    message.attach_alternative(words.html, "text/html")
    if words.calendar:
        message.attach("appointment.ics", words.calendar, "text/calendar; method=PUBLISH")
    return message
