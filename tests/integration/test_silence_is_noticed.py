"""Five silences, each by the real jobs at a clock that goes on: within 90 s a banner and no heartbeat (goal R9)."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.utils import timezone

from followup import jobs
from followup.models import Escalation, KeptBy, OutgoingEmail
from followup.selectors import operations
from followup.services import watchdog
from followup.services.job_runs import run_job
from tests.machinery import all_is_well, an_alarm

pytestmark = pytest.mark.django_db
EVERY = timedelta(seconds=15)
WITHIN = timedelta(seconds=90)


@pytest.fixture(autouse=True)
def machinery(settings, monkeypatch):
    settings.WATCHED_CLOCKS = ["TICK"]
    monkeypatch.setattr(watchdog, "_database_ahead", lambda clock: timedelta())  # the test's clock runs ahead of it
    has_room(monkeypatch, 50)


def has_room(monkeypatch, free):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100, 100 - free, free))


@pytest.fixture
def beats(monkeypatch):
    sent = []
    monkeypatch.setattr(jobs, "send_heartbeat", lambda *, now: sent.append(now))
    return sent


def no_clock(monkeypatch, settings):
    return ()


def no_sender(monkeypatch, settings):
    return [job for job in jobs.JOBS if job is not jobs.send_urgent_email]


def failing_mail(monkeypatch, settings):
    settings.EMAIL_PORT = 1
    return jobs.JOBS


def frozen_ladder(monkeypatch, settings):
    Escalation.objects.update(stopped_at=timezone.now(), next_due_at=None)
    return jobs.JOBS


def full_disk(monkeypatch, settings):
    has_room(monkeypatch, 9)
    return jobs.JOBS


@pytest.mark.parametrize(
    ("silence", "code"),
    [
        (no_clock, "CLOCKS_STOPPED"),
        (no_sender, "URGENT_MAIL_WAITS"),
        (failing_mail, "URGENT_MAIL_WAITS"),
        (frozen_ladder, "NO_NEXT_STEP"),
        (full_disk, "DISK_LOW"),
    ],
)
def test_it_is_on_every_page_within_90_seconds(silence, code, beats, smtp_server, settings, monkeypatch):
    now = timezone.now()
    all_is_well()
    _run(jobs.JOBS, now)
    assert beats and not operations.banner(now=now).problems
    left = silence(monkeypatch, settings)
    if silence is not full_disk:
        an_alarm()
    if silence is frozen_ladder:
        left = silence(monkeypatch, settings)
    end, heard = now + WITHIN, len(beats)
    while (now := now + EVERY) < end:
        _run(left, now)
    shown = operations.banner(now=end + timedelta(seconds=1)).problems
    assert code in {problem.code for problem in shown}
    beats_before = len(beats)
    _run(left, end + timedelta(seconds=1))
    assert len(beats) == beats_before <= heard + WITHIN / EVERY


def test_one_run_of_all_jobs_after_a_stop_leaves_no_banner(smtp_server):
    """As docs/operations.md says of `run_timetable_once`: the look itself is a run of the job that looks."""
    now = timezone.now()
    _run(jobs.JOBS, now)
    now += timedelta(hours=1)
    assert [problem.code for problem in operations.banner(now=now).problems] == ["CLOCKS_STOPPED"]
    _run(jobs.JOBS, now)
    assert not operations.banner(now=now).problems


@pytest.mark.parametrize(("reply", "shown"), [("421 busy", False), ("451 greylisted", True)])
def test_one_busy_answer_shows_no_banner_and_a_wait_of_minutes_does(reply, shown, smtp_server, site, physician):
    """The worst case: the nudge was lost, so that each try comes with a turn of the timetable."""
    now = timezone.now()
    all_is_well()
    an_alarm()
    smtp_server.refuse = dict.fromkeys(OutgoingEmail.objects.values_list("recipient__email", flat=True), reply)
    seen = set()
    for turn in range(1, 7):
        _run(jobs.JOBS, now + turn * EVERY)
        seen |= {problem.code for problem in operations.banner(now=now + turn * EVERY).problems}
        smtp_server.refuse.clear()
    assert ("URGENT_MAIL_WAITS" in seen) is shown
    urgent = [mail for mail in smtp_server.messages if "urgent" in mail["Subject"]]
    assert bool(urgent) is not shown


def _run(jobs_left, now) -> None:
    for job in jobs_left:
        run_job(job, clock=lambda: now, kept_by=KeptBy.TICK)
