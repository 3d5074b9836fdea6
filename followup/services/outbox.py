"""The outbox: queue a message with the fact that it tells of, and send later, outside any transaction (law 8).

A row is claimed by one conditional update that takes a lease and raises the fence number. A sender writes its result only
under its own fence, so one that was paused past its lease changes nothing. A row whose lease ran out may have been handed
over before its sender died: it is sent again, with the same Message-ID, and marked as possibly sent twice.
"""

import hashlib
import logging
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from kombu.exceptions import KombuError

from followup.models import EscalationStep, OutgoingEmail, RedFlag
from followup.models.imaging_task import ImagingTask
from followup.services.imaging_state import needs_acknowledgement
from kyphotrack.staff.models import Site, User

State = OutgoingEmail.State
_log = logging.getLogger("kyphotrack.outbox")

LEASE = timedelta(seconds=60)
_MOST_ATTEMPTS = 5
# Busy servers are asked again soon; greylisting wants five minutes at least.
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=6)
_BUSY = frozenset({421, 431, 432, 442, 447, 452})
_NUDGED_TASK = "followup.send_urgent_email"


@dataclass(frozen=True)
class SendReport:
    """What became of the rows of one run."""

    sent: int = 0
    failed: int = 0
    withheld: int = 0
    dead: int = 0

    def plus(self, outcome: str) -> "SendReport":
        return replace(self, **{outcome: getattr(self, outcome) + 1})

    @property
    def handled(self) -> int:
        return self.sent + self.failed + self.withheld + self.dead


def queue_staff_alerts(
    *, steps: Iterable[EscalationStep], recipients: dict[str, list[User]], site: Site, purpose: Callable, now: datetime
) -> None:
    """One row a step and person; `recipients` by role, `purpose` of a step. The key keeps a second copy out."""
    rows = [
        _row(f"{purpose(step)}:{step.escalation_id}:{step.number}:{user.pk}", purpose(step), step, site, user, now)
        for step in steps
        for user in recipients[step.role]
    ]
    if not rows:
        return
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(nudge)


def _row(key: str, purpose: str, step: EscalationStep, site: Site, user: User, now: datetime) -> OutgoingEmail:
    opaque = hashlib.sha256(f"{settings.SECRET_KEY}:{key}".encode()).hexdigest()[:40]
    return OutgoingEmail(
        key=key,
        purpose=purpose,
        queue=OutgoingEmail.Queue.URGENT,
        site=site,
        recipient=user,
        escalation_step=step,
        created_at=now,
        due_at=now,
        message_id=f"<{opaque}@{urlsplit(settings.SITE_ADDRESS).hostname}>",
    )


def nudge() -> None:
    """Ask a worker to look now. If nobody hears it, the timetable finds the rows; a save never fails for it."""
    try:
        current_app.send_task(_NUDGED_TASK)
    except (KombuError, OSError) as error:
        _log.warning("The broker did not take the nudge (%s); the timetable will send.", type(error).__name__)


def send_due(*, queue: str, clock: Callable[[], datetime], limit: int = 100) -> SendReport:
    """Claim and send what is due in a queue, over one connection. One wrong address holds up nobody else."""
    claimed = _claim(queue=queue, now=clock(), limit=limit)
    report = SendReport()
    if not claimed:
        return report
    mail_server = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        for row in claimed:
            report = report.plus(_send_one(row, mail_server, clock))
    finally:
        _close(mail_server)
    return report


def _claim(*, queue: str, now: datetime, limit: int) -> list[OutgoingEmail]:
    sendable = OutgoingEmail.objects.sendable(now).filter(queue=queue).order_by("due_at", "pk")
    abandoned = Q(state=State.CLAIMED)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            sendable = sendable.select_for_update(skip_locked=True, of=("self",))
        chosen = list(sendable.values_list("pk", flat=True)[:limit])
        # The condition is checked again in the update: on SQLite another sender may have come in between.
        mine = OutgoingEmail.objects.sendable(now).filter(pk__in=chosen)
        mine.filter(abandoned).update(possibly_sent_twice=True)
        mine.update(state=State.CLAIMED, claimed_until=now + LEASE, fence=F("fence") + 1, attempts=F("attempts") + 1)
    return list(
        OutgoingEmail.objects.filter(pk__in=chosen, state=State.CLAIMED, claimed_until=now + LEASE)
        .select_related(
            "site", "recipient", "escalation_step__escalation__imaging_task", "escalation_step__escalation__red_flag"
        )
        .order_by("due_at", "pk")
    )


def _send_one(row: OutgoingEmail, mail_server: BaseEmailBackend, clock: Callable[[], datetime]) -> str:
    """Send or withhold one claimed row, and note what became of it; returns the name of the outcome."""
    withheld = _no_longer_right(row)
    if withheld:
        _settle(row, state=State.WITHHELD, withheld_because=withheld)
        return "withheld"
    if not _still_mine(row, clock()):
        return "failed"
    try:
        message = _message(row, mail_server)
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        return _failed(row, max(codes), "recipient refused", clock(), mail_server)
    except smtplib.SMTPResponseException as error:
        return _failed(row, error.smtp_code, "refused by the mail server", clock(), mail_server)
    except (smtplib.SMTPException, OSError) as error:
        return _failed(row, None, type(error).__name__, clock(), mail_server)
    except Exception as error:  # a message that cannot be made must not hold up the rest
        _log.exception("E-mail row %s could not be made", row.pk)
        return _failed(row, None, type(error).__name__, clock(), mail_server)
    _settle(row, state=State.SENT, sent_at=clock(), last_error="")
    return "sent"


def _no_longer_right(row: OutgoingEmail) -> str:
    """The world is checked again just before sending: why this message would be wrong now, or nothing."""
    if not row.recipient.is_active:
        return "the recipient's account is closed"
    escalation = row.escalation_step.escalation
    task, flag = escalation.imaging_task, escalation.red_flag
    if task and not needs_acknowledgement(task):
        return "the task was acknowledged"
    if flag and flag.state != RedFlag.State.OPEN:
        return "the flag was acknowledged or closed"
    return ""


def _still_mine(row: OutgoingEmail, now: datetime) -> bool:
    """Extend the lease just before handing over; nothing is sent by a sender that lost its row."""
    return bool(_held(row).update(claimed_until=now + LEASE))


def _held(row: OutgoingEmail):
    return OutgoingEmail.objects.filter(pk=row.pk, fence=row.fence, state=State.CLAIMED)


def _settle(row: OutgoingEmail, **columns) -> None:
    _held(row).update(claimed_until=None, **columns)


def _failed(
    row: OutgoingEmail, code: int | None, words: str, now: datetime, mail_server: BaseEmailBackend
) -> str:
    """Try again soon, later or never, by the class of the reply."""
    _close(mail_server)  # the connection may be broken; the next message opens a new one
    error = f"{code} {words}" if code else words
    final = code is not None and code >= 500
    if final or row.attempts >= _MOST_ATTEMPTS:
        _settle(row, state=State.DEAD, last_error=error)
        return "dead"
    wait = (_SOON if code is None or code in _BUSY else _LATER) * row.attempts
    _settle(row, state=State.FAILED, due_at=now + wait, last_error=error)
    return "failed"


def _close(mail_server: BaseEmailBackend) -> None:
    try:
        mail_server.close()
    except (smtplib.SMTPException, OSError):
        _log.info("The mail server had already hung up.")


def _message(row: OutgoingEmail, mail_server: BaseEmailBackend) -> EmailMultiAlternatives:
    escalation = row.escalation_step.escalation
    subject_of_alarm: ImagingTask | RedFlag | None = escalation.imaging_task or escalation.red_flag
    assert subject_of_alarm is not None  # noqa: S101 - a check constraint says so
    page = "imaging-tasks" if escalation.imaging_task else "flags"
    context = {
        "link": f"{settings.SITE_ADDRESS}/{page}/{subject_of_alarm.public_id}/",
        "notice": row.escalation_step.number + 1,
        "sender": row.site.neutral_sender_name,
    }
    name = f"emails/{row.purpose.lower()}"
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    message = EmailMultiAlternatives(
        subject=render_to_string(f"{name}.subject.txt", {}).strip(),
        body=render_to_string(f"{name}.txt", context),
        from_email=formataddr((row.site.neutral_sender_name, address)),
        to=[row.recipient.email],
        headers={"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"},
        connection=mail_server,
    )
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message
