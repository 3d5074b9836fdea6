"""A row of the outbox as the message that leaves."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from followup.models import OutgoingEmail
from followup.services.letters import letter


def mail_message(row: OutgoingEmail, mail_server: BaseEmailBackend) -> EmailMultiAlternatives:
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
