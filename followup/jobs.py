"""What the timetable does, whichever clock runs it: Celery, or `manage.py tick`. Both together do no harm."""

from collections.abc import Callable
from datetime import timedelta

from followup.models import OutgoingEmail
from followup.services import bone_health_tasks, contacts, outbox, patient_reminders, site_notices, watchdog
from followup.services.escalations import climb_due_ladders
from followup.services.heartbeat import send_heartbeat
from followup.services.missed_checks import mark_missed_slots as mark_missed
from followup.services.outbox import Clock, send_due
from followup.services.paper_file import renew_fallback_files
from followup.watch import Watch

# No further batch is begun after this, so that a backlog of one queue cannot hold a worker; the next run goes on.
_RUN_TIME = timedelta(seconds=15)


def climb_ladders(clock: Clock) -> int:
    return _in_batches(climb_due_ladders, clock)


def send_urgent_email(clock: Clock) -> int:
    return _send(OutgoingEmail.Queue.URGENT, clock)


def send_due_email(clock: Clock) -> int:
    return _send(OutgoingEmail.Queue.MAIL, clock)


def mark_missed_slots(clock: Clock) -> int:
    return _in_batches(mark_missed, clock)


def raise_missed_contacts(clock: Clock) -> int:
    return _in_batches(contacts.raise_missed_contacts, clock)


def tell_overdue_checks(clock: Clock) -> int:
    return site_notices.tell_overdue_checks(now=clock())


def queue_patient_reminders(clock: Clock) -> int:
    return _in_batches(patient_reminders.queue_patient_reminders, clock)


def queue_morning_digests(clock: Clock) -> int:
    return site_notices.queue_morning_digests(now=clock())


def find_care_gaps(clock: Clock) -> int:
    """Once a day of each site, whenever the first run of that day comes; later runs find nothing to look at."""
    return _in_batches(bone_health_tasks.find_care_gaps, clock)


def renew_fallback_file(clock: Clock) -> int:
    """Where it cannot be written, the run fails, and the watchdog says so."""
    return renew_fallback_files(clock=clock)


def watch(clock: Clock) -> int:
    """Look at the machinery, write what is wrong where every page reads it, and tell the outside that all is well."""
    # That it looks proves that it runs: that it did not before, while the clocks stood still, is no news.
    seen = watchdog.look(jobs=[job.__name__ for job in JOBS if job is not watch], clock=clock)
    watchdog.store_report(watch=seen)
    if seen.clean:
        send_heartbeat(now=seen.looked_at)
    return len(seen.problems)


def look_at_machinery(clock: Clock) -> Watch:
    return watchdog.look(jobs=[job.__name__ for job in JOBS], clock=clock)


def _in_batches(handle: Callable[..., int], clock: Clock) -> int:
    """Batch after batch of what was due when the run began, until there is none or the time is over; returns how many."""
    began_at = clock()
    handled = 0
    while clock() - began_at < _RUN_TIME:
        batch = handle(now=began_at)
        handled += batch
        if not batch:
            break
    return handled


def _send(queue: str, clock: Clock) -> int:
    """No further batch once the time is up; a batch knows when its run began, and so keeps to the same limit."""
    began_at = clock()
    handled = 0
    while clock() - began_at < outbox.BEGIN_WITHIN:
        report = send_due(queue=queue, clock=clock, run_began_at=began_at)
        handled += report.handled
        if not report.settled:
            break
    return handled


# In order of danger. Each returns how many rows it handled.
JOBS: tuple[Callable[[Clock], int], ...] = (
    climb_ladders, send_urgent_email, mark_missed_slots, tell_overdue_checks, raise_missed_contacts,
    queue_patient_reminders, queue_morning_digests, send_due_email, find_care_gaps, renew_fallback_file, watch,
)  # fmt: skip
