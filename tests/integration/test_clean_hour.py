"""An hour of a busy ward in which nothing goes wrong: the watchdog looks each 30 s and never cries."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from followup import jobs
from followup.models import KeptBy, OutgoingEmail
from followup.services import imaging_tasks
from followup.services.job_runs import note_run, run_job
from followup.services.observations import record_observation
from followup.watch import CANARY, QUEUES
from kyphotrack.staff.models import Role
from tests import cast
from tests.machinery import WEAK_LEG

pytestmark = pytest.mark.django_db
LOOK_EVERY, MINUTE = timedelta(seconds=30), timedelta(minutes=1)
FULL_AND_WELL = cast.NORMAL_FULL_NEUROLOGY | {"voided": True}


def test_a_clean_hour_has_no_false_alarm(site, physician, nurse, smtp_server, monkeypatch):
    monkeypatch.setattr("followup.services.outbox.nudge", lambda: None)  # nobody listens, and each would wait for that
    cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One")
    begins = datetime.now(UTC).replace(microsecond=0)
    ward = [cast.an_episode(cast.a_patient(site, f"HOUR-{n}"), time_zero=begins + n * MINUTE) for n in range(6)]
    acts = {}
    for number, episode in enumerate(ward):
        for minute in (0, 15, 30, 45):
            # The last patient's leg is weak at the third set.
            answers = {"neurology": WEAK_LEG if (number, minute) == (5, 30) else FULL_AND_WELL}
            at = episode.time_zero + minute * MINUTE
            acts[max(at, episode.time_zero + 2 * MINUTE), number] = (
                lambda now, episode=episode, at=at, answers=answers: record_observation(
                    procedure=episode, answers=cast.a_routine_set(**answers) | {"effective_at": at}, doses=[],
                    source="NURSE", by=nurse, now=now, form_token=uuid.uuid4(),
                )
            )  # fmt: skip
    alarm_at = ward[5].time_zero + 30 * MINUTE
    task = {"comment": "", "by": physician}
    acts[alarm_at + 20 * MINUTE, 9] = lambda now: imaging_tasks.acknowledge_imaging_task(
        task=ward[5].imaging_tasks.get(), now=now, **task
    )
    seen: list[tuple[datetime, str]] = []
    now = begins
    for _look in range(120):
        now += LOOK_EVERY
        for (at, _number), act in sorted(acts.items()):
            if now - LOOK_EVERY < at <= now:
                act(now)
        for job in jobs.JOBS:
            run_job(job, clock=lambda now=now: now, kept_by=KeptBy.CELERY)
        for queue in QUEUES:
            note_run(job=CANARY + queue, kept_by=KeptBy.CELERY, started_at=now, finished_at=now)
        # The clock of the database runs on while this hour takes seconds.
        problems = jobs.look_at_machinery(lambda now=now: now).problems
        seen += [(now, problem.words) for problem in problems if problem.code != "CLOCK_SKEW"]
    assert seen == []
    sent = OutgoingEmail.objects.filter(state="SENT", escalation_step__isnull=False).count()
    assert sent == len([mail for mail in smtp_server.messages if "item" in mail["Subject"]]) >= 3
