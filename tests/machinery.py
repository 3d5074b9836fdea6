"""A machinery that runs, and alarms in it: what the watchdog's tests plant losses in."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from followup import jobs
from followup.models import KeptBy, OutgoingEmail
from followup.services.job_runs import note_run
from followup.services.missed_checks import mark_missed_slots
from followup.watch import CANARY, QUEUES
from tests import cast

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}


def clocks_run(at=None) -> None:
    at = at or timezone.now()
    for name in [job.__name__ for job in jobs.JOBS] + [CANARY + queue for queue in QUEUES]:
        note_run(job=name, kept_by=KeptBy.CELERY, started_at=at, finished_at=at)


def an_alarm(number: int = 0, **answers):
    """An episode of this hour with a flag; by default an emergent one with its scan."""
    now = datetime.now(UTC)
    site = cast.a_site()
    cast.a_physician(site)
    episode = cast.an_episode(cast.a_patient(site, f"MRN-{number:04}"), time_zero=now - timedelta(minutes=62))
    cast.log(episode, minutes=61, **(answers or cast.a_routine_set(neurology=WEAK_LEG)))
    return episode


def all_is_well() -> None:
    clocks_run()
    while mark_missed_slots(now=timezone.now()):
        pass
    OutgoingEmail.objects.update(state="SENT", sent_at=timezone.now(), created_at=timezone.now())
    jobs.climb_ladders(timezone.now)
    OutgoingEmail.objects.update(state="SENT", sent_at=timezone.now())


def codes() -> dict[str, int | None]:
    return {problem.code: problem.count for problem in jobs.look_at_machinery(timezone.now).problems}


def sql(statement: str, *values) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
