"""Losses are planted by SQL, behind the services' back, and the watchdog must find each; a clean system is silent."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followup import jobs
from followup.models import Escalation, ImagingTask, JobRun, KeptBy, OutgoingEmail, RedFlag
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.job_runs import run_job
from followup.services.red_flags import acknowledge_flag
from followup.watch import CANARY
from kyphotrack.timetable import TIMETABLE
from tests import cast
from tests.machinery import WEAK_LEG, all_is_well, an_alarm, clocks_run, codes, sql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100, 50, 50))


def test_a_clean_system_gives_no_alarm():
    an_alarm()
    an_alarm(1, **cast.a_routine_set(pain_on_movement=7, pain_at_rest=2))
    all_is_well()
    assert codes() == {}


def test_two_hundred_planted_losses_are_all_found():
    for number in range(200):
        an_alarm(number, **cast.a_routine_set(neurology=WEAK_LEG))
    all_is_well()
    assert codes() == {}
    live = list(Escalation.objects.live().filter(imaging_task__isnull=False).values_list("pk", flat=True))
    assert len(live) == 200
    now = timezone.now()
    for number, key in enumerate(live):
        kind = number % 4
        if kind == 0:  # deleted, with what hangs on it
            sql(
                "DELETE FROM followup_outgoingemail WHERE escalation_step_id IN"
                " (SELECT id FROM followup_escalationstep WHERE escalation_id = %s)", key,
            )  # fmt: skip
            sql("DELETE FROM followup_escalationstep WHERE escalation_id = %s", key)
            sql("DELETE FROM followup_escalation WHERE id = %s", key)
        elif kind == 1:  # frozen: stopped by nobody
            sql("UPDATE followup_escalation SET stopped_at = %s, next_due_at = NULL WHERE id = %s", now, key)
        elif kind == 2:  # put off
            sql("UPDATE followup_escalation SET next_due_at = %s WHERE id = %s", now + timedelta(days=400), key)
        else:  # back-dated, and never climbed
            sql("UPDATE followup_escalation SET next_due_at = %s WHERE id = %s", now - timedelta(days=90), key)
    found = codes()
    assert found == {"NO_NEXT_STEP": 100, "FROZEN": 50, "STALLED": 50}


def test_a_flag_without_a_scan_must_have_a_ladder_of_its_own():
    an_alarm(0, **cast.a_routine_set(pain_on_movement=7, pain_at_rest=2))
    all_is_well()
    flags = RedFlag.objects.open().filter(severity="AMBER", imaging_task=None)
    assert flags.exists()
    Escalation.objects.filter(red_flag__in=flags).update(stopped_at=timezone.now(), next_due_at=None)
    assert codes() == {"NO_NEXT_STEP": flags.count()}


def test_an_acknowledged_scan_needs_a_next_step_like_any_other():
    episode = an_alarm()
    task = ImagingTask.objects.get(procedure=episode)
    acknowledge_imaging_task(task=task, comment="", by=cast.a_physician(cast.a_site()), now=timezone.now())
    all_is_well()
    assert codes() == {}
    Escalation.objects.live().filter(imaging_task=task).update(stopped_at=timezone.now(), next_due_at=None)
    assert codes() == {"NO_NEXT_STEP": 1}


def test_an_acknowledged_flag_that_nobody_closed_needs_a_next_step_too():
    an_alarm(0, **cast.a_routine_set(pain_on_movement=7, pain_at_rest=2))
    flag = RedFlag.objects.open().filter(severity="AMBER", imaging_task=None).first()
    acknowledge_flag(flag=flag, comment="", by=cast.a_nurse(cast.a_site()), now=timezone.now())
    all_is_well()
    assert codes() == {}
    Escalation.objects.live().filter(red_flag=flag).update(stopped_at=timezone.now(), next_due_at=None)
    assert codes() == {"NO_NEXT_STEP": 1}


def test_a_hop_whose_target_was_put_off_is_frozen():
    episode = an_alarm()
    task = ImagingTask.objects.get(procedure=episode)
    acknowledge_imaging_task(task=task, comment="", by=cast.a_physician(cast.a_site()), now=timezone.now())
    all_is_well()
    off = timezone.now() + timedelta(hours=9)
    Escalation.objects.live().filter(imaging_task=task).update(target_at=off, next_due_at=off)
    assert codes() == {"FROZEN": 1}


def test_everyone_has_seen_it_and_nobody_acts():
    an_alarm()
    all_is_well()
    Escalation.objects.live().update(nobody_left_since=timezone.now())
    assert codes() == {"ALL_TOLD_NONE_ACTED": Escalation.objects.live().count()}


def test_an_acknowledgement_by_nobody_does_not_count():
    an_alarm()
    all_is_well()
    now = timezone.now()
    ImagingTask.objects.update(acknowledged_at=now, state="received")
    Escalation.objects.update(stopped_at=now, next_due_at=None)
    assert codes()["NO_NEXT_STEP"] >= 1


def test_an_alarm_of_which_nobody_was_told():
    an_alarm()
    all_is_well()
    sql("DELETE FROM followup_outgoingemail")
    Escalation.objects.update(started_at=timezone.now() - timedelta(minutes=2))
    assert "TOLD_NOBODY" in codes()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"state": "QUEUED", "created_at": timedelta(minutes=-3)}, "URGENT_MAIL_WAITS"),
        ({"state": "FAILED", "due_at": timedelta(days=3)}, "URGENT_MAIL_WAITS"),
        ({"state": "CLAIMED", "claimed_until": timedelta(minutes=-2)}, "MAIL_CLAIMED"),
        ({"state": "DEAD"}, "MAIL_DEAD"),
        ({"state": "QUEUED", "queue": "MAIL", "due_at": timedelta(minutes=-11)}, "MAIL_WAITS"),
    ],
)
def test_mail_that_is_stuck(columns, code):
    an_alarm()
    all_is_well()
    now = timezone.now()
    values = {name: now + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    OutgoingEmail.objects.update(sent_at=None, **values)
    assert codes() == {code: OutgoingEmail.objects.count()}


def test_missed_checks_that_nobody_marks():
    an_alarm()
    all_is_well()
    missed = sql("UPDATE followup_monitoringslot SET state = 'OPEN', closed_at = NULL WHERE state = 'MISSED'")
    assert missed
    assert "SLOTS_UNMARKED" in codes()


def test_clocks_that_stand_still_never_ran_or_fail():
    assert codes() == {"CLOCKS_STOPPED": None}
    clocks_run(timezone.now() - timedelta(seconds=91))
    assert codes() == {"CLOCKS_STOPPED": None}
    clocks_run()
    assert codes() == {}
    JobRun.objects.filter(job="climb_ladders").update(finished_at=timezone.now() - timedelta(minutes=10))
    assert codes() == {"JOB_SILENT": None}
    JobRun.objects.filter(job="climb_ladders").update(last_error="ValueError")
    assert codes() == {"JOB_FAILS": None}


def test_a_queue_that_no_worker_reads_and_a_clock_that_should_run(settings):
    clocks_run()
    JobRun.objects.filter(job=CANARY + "urgent").update(finished_at=timezone.now() - timedelta(minutes=3))
    assert codes() == {"WORKER_SILENT": None}
    settings.WATCHED_CLOCKS = ["TICK"]
    assert codes() == {"CLOCK_SILENT": None}


def test_a_full_disk(monkeypatch):
    clocks_run()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100, 91, 9))
    assert codes() == {"DISK_LOW": None}


@pytest.mark.needs_postgresql
def test_a_clock_that_differs_from_the_databases():
    # A little behind: the clocks' own limit is not yet reached.
    behind = lambda: timezone.now() - timedelta(seconds=6)  # noqa: E731
    clocks_run(behind())
    assert {problem.code for problem in jobs.look_at_machinery(behind).problems} == {"CLOCK_SKEW"}


def test_a_look_costs_the_same_statements_whatever_the_number():
    def statements():
        with CaptureQueriesContext(connection) as captured:
            codes()
        return len(captured)

    an_alarm()
    first = statements()
    for number in range(1, 6):
        an_alarm(number)
    assert statements() == first


# --- job runs ---------------------------------------------------------------------------------------------------------


def test_a_run_is_one_row_and_an_error_keeps_the_last_good_end():
    def job(clock):
        return 3

    run_job(job, clock=timezone.now, kept_by=KeptBy.TICK)
    good = JobRun.objects.get()
    assert (good.job, good.handled, good.last_error) == ("job", 3, "")

    def fails(clock):
        raise ValueError("MRN-0001")

    fails.__name__ = "job"
    with pytest.raises(ValueError, match="MRN"):
        run_job(fails, clock=timezone.now, kept_by=KeptBy.TICK)
    bad = JobRun.objects.get()
    assert (bad.last_error, bad.finished_at) == ("ValueError", good.finished_at)
    assert bad.started_at > good.started_at


def test_no_job_of_the_timetable_is_called_silent_between_two_runs():
    from followup.watch import CLOCK_SILENT_AFTER, SLOW_JOBS

    for entry in TIMETABLE.values():
        limit = SLOW_JOBS.get(entry["task"].removeprefix("followup."), CLOCK_SILENT_AFTER)
        assert timedelta(seconds=entry["schedule"]) * 1.5 <= limit, entry
