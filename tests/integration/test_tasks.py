"""The jobs by either clock: Celery's timetable with a real worker, and `manage.py tick`. Each suffices alone."""

import signal
import uuid
from datetime import timedelta

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.utils import timezone

from followup import jobs
from followup.management.commands import tick
from followup.models import EscalationStep, MonitoringSlot, OutgoingEmail
from followup.services.observations import record_observation
from kyphotrack.timetable import TIMETABLE
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode
from tests.running_parts import own_broker, running, wait_until

WEAK_LEG = NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}


def raise_a_flag(*, minutes_ago: float = 1):
    """New leg weakness on the second hour, typed `minutes_ago`; returns the imaging task."""
    site = a_site()
    a_physician(site)
    now = timezone.now() - timedelta(minutes=minutes_ago)
    episode = an_episode(a_patient(site), time_zero=now - timedelta(hours=2))
    answers = a_routine_set(neurology=WEAK_LEG, effective_at=now - timedelta(minutes=1))
    saved = record_observation(
        procedure=episode, answers=answers, doses=[], source="NURSE", by=a_nurse(site), now=now, form_token=uuid.uuid4()
    )
    return saved.imaging_tasks[0]


@pytest.fixture(autouse=True)
def _tasks_are_registered():
    current_app.loader.import_default_modules()


def test_timetable_tasks_and_jobs_are_the_same():
    ours = {name for name in current_app.tasks if name.startswith("followup.")}
    assert ours == {entry["task"] for entry in TIMETABLE.values()}
    # The canary is no job: it only proves that a worker reads its queue.
    assert ours - {"followup.answer_canary"} == {f"followup.{job.__name__}" for job in jobs.JOBS}


def test_a_message_of_the_timetable_is_worthless_when_the_next_one_is_due():
    for entry in TIMETABLE.values():
        assert entry["options"]["expires"] <= entry["schedule"]


def test_escalation_has_a_queue_that_nothing_else_fills():
    queues = {}
    for entry in TIMETABLE.values():
        queue = current_app.amqp.router.route({}, entry["task"])["queue"].name
        queues.setdefault(queue, set()).add(entry["task"])
    assert queues["urgent"] == {"followup.climb_ladders", "followup.send_urgent_email"}


@pytest.mark.django_db
def test_each_task_does_its_job(smtp_server):
    raise_a_flag(minutes_ago=16)
    current_app.tasks["followup.climb_ladders"]()
    assert EscalationStep.objects.filter(role="BACKUP_PHYSICIAN").exists()
    current_app.tasks["followup.send_urgent_email"]()
    assert {mail["Subject"] for mail in smtp_server.messages} == {"1 new urgent item needs review"}
    current_app.tasks["followup.send_due_email"]()
    current_app.tasks["followup.mark_missed_slots"]()
    # Only the last of what fell due in two hours is still to be done.
    assert MonitoringSlot.objects.filter(state="MISSED").count() == 6


@pytest.mark.django_db
def test_a_backlog_is_sent_in_batches_and_a_run_has_an_end(smtp_server):
    site = a_site()
    for number in range(120):
        a_physician(site, f"Physician {number}")
    raise_a_flag()
    assert jobs.send_urgent_email(timezone.now) == OutgoingEmail.objects.filter(state="SENT").count() == 122
    late = iter([timezone.now(), timezone.now() + timedelta(minutes=1)])
    assert jobs.send_urgent_email(lambda: next(late)) == 0


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_hears_the_nudge_of_a_save_and_sends(smtp_server, monkeypatch):
    """No timetable runs here: it is the save that wakes the worker."""
    with own_broker() as broker:
        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        where = {"mail_port": smtp_server.port, "broker_url": broker.url}
        with running("worker", "--queues", "urgent", "--concurrency", "1", "--loglevel", "WARNING", **where) as worker:
            raise_a_flag()
            wait_until(lambda: len(smtp_server.messages) == 2)
            wait_until(lambda: not OutgoingEmail.objects.exclude(state="SENT").exists())
            worker.terminate()
            assert worker.wait(timeout=20) == 0
    assert len({mail["X-Message-Key"] for mail in smtp_server.messages}) == 2


# --- manage.py tick -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_tick_climbs_sends_and_marks(smtp_server, capsys):
    raise_a_flag(minutes_ago=16)
    call_command("tick")
    assert len(smtp_server.messages) == 2
    assert MonitoringSlot.objects.filter(state="MISSED").exists()
    said = capsys.readouterr().out
    assert "climb_ladders: 1" in said and "send_urgent_email: " in said


@pytest.mark.django_db(transaction=True)
def test_a_failing_job_stops_no_other_and_the_tick_says_so(smtp_server, monkeypatch):
    def broken(clock):
        raise RuntimeError("broken on purpose")

    raise_a_flag()
    monkeypatch.setattr(tick, "JOBS", (broken, *jobs.JOBS))
    with pytest.raises(CommandError, match=r"Failed: broken\."):
        call_command("tick")
    assert len(smtp_server.messages) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_ticking_process_sends_alone_and_ends_when_told(smtp_server, ending):
    with running("tick", "--loop", "--every", "0.2", mail_port=smtp_server.port) as clock:
        raise_a_flag()
        wait_until(lambda: len(smtp_server.messages) == 2)
        wait_until(lambda: not OutgoingEmail.objects.exclude(state="SENT").exists())
        clock.send_signal(ending)
        assert clock.wait(timeout=10) == 0
