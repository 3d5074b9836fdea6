"""A part of the stack as a process, with its waits shortened and, if asked for, a point at which it dies.

    python -m tests.faults.part tick --loop        as manage.py
    python -m tests.faults.part worker --queues …  as celery

The waits are those of the project divided by about six, so that a lease runs out within a case and a busy
machine still answers in time; WAITS=real leaves them.
FAILPOINT=before_the_note  dies after the mail server's 250, before the row is marked as sent, at the first mail
POISON=address             the message to this address cannot be rendered
"""

import os
import signal
import sys
from datetime import timedelta

LEASE_SECONDS = 7
_FAILPOINT = os.environ.get("FAILPOINT", "")


def shorten_waits() -> None:
    from django.conf import settings

    from followup.services import outbox

    if os.environ.get("WAITS") == "real":
        return
    settings.EMAIL_TIMEOUT = 3
    outbox.LEASE = timedelta(seconds=LEASE_SECONDS)
    outbox.BEGIN_WITHIN, outbox._HELD_AT_MOST = timedelta(seconds=1), timedelta(seconds=4)
    outbox._SOON, outbox._LATER = timedelta(seconds=2), timedelta(seconds=3)
    outbox._UNREACHABLE_WAIT = timedelta(seconds=1)
    outbox._DATABASE_PATIENCE_SECONDS = 2.5


def set_failpoint() -> None:
    from followup.services import outbox

    settle = outbox._settle

    def die_at_the_first_mail(row, **columns):
        if columns.get("state") == "SENT":
            os.kill(os.getpid(), signal.SIGKILL)
        settle(row, **columns)

    if _FAILPOINT == "before_the_note":
        outbox._settle = die_at_the_first_mail


def set_poison() -> None:
    from followup.services import mail_message

    letter = mail_message.letter

    def spoilt(row):
        if row.recipient and row.recipient.email == os.environ["POISON"]:
            raise ValueError("This one cannot be rendered.")
        return letter(row)

    if "POISON" in os.environ:
        mail_message.letter = spoilt


def main() -> None:
    import django

    django.setup()
    shorten_waits()
    set_poison()
    set_failpoint()
    words = sys.argv[1:]
    if words[0] in ("worker", "beat"):
        from kyphotrack.celery import app

        app.start(argv=words)
    else:
        from django.core.management import call_command

        call_command(words[0], *words[1:])


if __name__ == "__main__":
    main()
