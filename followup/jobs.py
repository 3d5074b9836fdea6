"""What the timetable does, whichever clock runs it: Celery, or `manage.py tick`. Both together do no harm."""

from collections.abc import Callable
from datetime import datetime

from followup.models import OutgoingEmail
from followup.services.escalations import climb_due_ladders
from followup.services.outbox import send_due
from followup.services.slots import mark_missed_slots as mark_missed

Clock = Callable[[], datetime]

# A run is bounded, so that a backlog of one queue cannot hold a worker for ever; the next run goes on.
_MOST_BATCHES = 10


def climb_ladders(clock: Clock) -> int:
    return climb_due_ladders(now=clock())


def send_urgent_email(clock: Clock) -> int:
    return _send(OutgoingEmail.Queue.URGENT, clock)


def send_due_email(clock: Clock) -> int:
    return _send(OutgoingEmail.Queue.MAIL, clock)


def mark_missed_slots(clock: Clock) -> int:
    return mark_missed(now=clock())


def _send(queue: str, clock: Clock) -> int:
    handled = 0
    for _batch in range(_MOST_BATCHES):
        report = send_due(queue=queue, clock=clock)
        handled += report.handled
        if not report.handled:
            break
    return handled


# In order of danger.
JOBS: tuple[Callable[[Clock], int], ...] = (climb_ladders, send_urgent_email, mark_missed_slots, send_due_email)
