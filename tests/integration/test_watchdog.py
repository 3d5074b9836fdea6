"""Losses are planted by SQL, behind the services' back, and the watchdog must find each; a clean system is silent."""

import json
import shutil
import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from celery import Celery
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from followup import jobs
from followup.models import Escalation, ImagingTask, JobRun, KeptBy, OutgoingEmail, RedFlag, WatchdogReport
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.job_runs import note_run, run_job
from followup.services.missed_checks import mark_missed_slots
from followup.watch import CANARY, KINDS, QUEUES
from kyphotrack.staff.models import Role
from kyphotrack.timetable import TIMETABLE
from tests import cast
from tests.running_parts import NO_BROKER, own_broker, running, wait_until

pytestmark = pytest.mark.django_db
WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100, 50, 50))


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


def test_an_acknowledged_scan_is_quiet_until_its_time_has_passed():
    episode = an_alarm()
    task = ImagingTask.objects.get(procedure=episode)
    acknowledge_imaging_task(task=task, comment="", by=cast.a_physician(cast.a_site()), now=timezone.now())
    all_is_well()
    assert codes() == {}
    ImagingTask.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(minutes=2))
    assert codes() == {"NO_NEXT_STEP": 1}


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


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["board", "worklist", "patient_list", "rulesets", "register_patient"])
def test_every_staff_page_says_that_alarms_may_not_arrive(client, page):
    client.force_login(cast.a_nurse(cast.a_site()))
    assert "Alarms may not reach anyone" in client.get(reverse(page)).content.decode()
    clocks_run()
    jobs.watch(timezone.now)
    assert "Alarms may not reach anyone" not in client.get(reverse(page)).content.decode()
    WatchdogReport.objects.update(looked_at=timezone.now() - timedelta(seconds=91))
    assert "Alarms may not reach anyone" in client.get(reverse(page)).content.decode()


@pytest.mark.parametrize("page", ["board_rows", "worklist_rows"])
def test_an_open_list_brings_the_banner_along(client, page):
    client.force_login(cast.a_nurse(cast.a_site()))
    assert "hx-swap-oob" in client.get(reverse(page), headers={"HX-Request": "true"}).content.decode()


def test_the_sign_in_page_shows_no_banner(client):
    assert "watchdog" not in client.get(reverse("sign_in")).content.decode()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LEAD_CLINICIAN])
def test_the_operations_page_links_lost_items_for_those_who_may_open_them_alone(client, role):
    episode = an_alarm()
    all_is_well()
    Escalation.objects.update(stopped_at=timezone.now(), next_due_at=None)
    task = ImagingTask.objects.get(procedure=episode)
    client.force_login(cast.a_member(cast.a_site(), role, "Reader"))
    shown = client.get(reverse("operations")).content.decode()
    assert "Open flags or scans with no next step" in shown
    assert (str(task.public_id) in shown) == (role == Role.LEAD_CLINICIAN)
    assert "MRN-0000" not in shown
    client.force_login(cast.a_member(cast.a_site("South unit"), role, "Foreign"))
    assert str(task.public_id) not in client.get(reverse("operations")).content.decode()


# --- health -----------------------------------------------------------------------------------------------------------


def test_healthz_asks_no_database(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/healthz").status_code == 200
    assert len(captured) == 0


def test_readyz_is_503_for_each_cause(client, settings):
    settings.WATCHED_CLOCKS = ["TICK"]
    now = timezone.now()
    for job in jobs.JOBS:
        note_run(job=job.__name__, kept_by=KeptBy.TICK, started_at=now, finished_at=now)
    an_alarm()
    OutgoingEmail.objects.update(state="SENT", sent_at=now)
    jobs.climb_ladders(timezone.now)

    def ready():
        answer = client.get("/readyz")
        return answer.status_code, {name for name, good in json.loads(answer.content).items() if good is False}

    assert ready() == (503, {"timetable"})
    jobs.watch(timezone.now)
    assert ready() == (200, set())
    settings.WATCHED_CLOCKS = ["CELERY"]
    from followup.selectors import operations

    assert ready()[1] <= {"broker"}
    settings.WATCHED_CLOCKS = ["TICK"]
    Escalation.objects.update(stopped_at=now, next_due_at=None)
    jobs.watch(timezone.now)
    assert ready() == (503, {"escalations"})
    WatchdogReport.objects.update(looked_at=now - timedelta(minutes=5))
    assert ready() == (503, {"timetable", "escalations"})

    def gone(**_):
        raise operations.DatabaseError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations.watchdog, "last_report", gone)
        assert ready() == (503, {"database", "timetable", "escalations"})


def test_a_broker_that_nobody_reaches_makes_it_not_ready(client, settings, monkeypatch):
    monkeypatch.setattr("celery.app.base.Celery.connection_for_write", _at_closed_port)
    clocks_run()
    jobs.watch(timezone.now)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"], answer.json()["timetable"]) == (503, False, True)


def _at_closed_port(self, **options):
    from kombu import Connection

    return Connection(NO_BROKER, transport_options=options.get("transport_options"))


# --- heartbeat --------------------------------------------------------------------------------------------------------


@pytest.fixture
def monitor(settings):
    calls = []

    class Monitor(BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Monitor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.server_port}/beat"
    yield calls
    server.shutdown()
    server.server_close()


def test_the_heartbeat_goes_out_once_a_minute_and_only_while_all_is_well(monitor):
    jobs.watch(timezone.now)
    assert monitor == []
    clocks_run()
    jobs.watch(timezone.now)
    jobs.watch(timezone.now)
    assert monitor == ["/beat"]
    WatchdogReport.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=61))
    jobs.watch(timezone.now)
    assert monitor == ["/beat", "/beat"]


def test_a_monitor_that_is_gone_harms_nothing(settings):
    settings.HEARTBEAT_URL = "http://127.0.0.1:1/"
    clocks_run()
    assert jobs.watch(timezone.now) == 0


# --- commands ---------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_a_well_system_well(settings, smtp_server, capsys):
    settings.WATCHED_CLOCKS = ["TICK"]
    now = timezone.now()
    note_run(job="watch", kept_by=KeptBy.TICK, started_at=now, finished_at=now)
    call_command("doctor")
    assert capsys.readouterr().out.count("ok ") == 6


def test_the_doctor_names_each_ill_part_and_what_to_do(settings, monkeypatch, capsys):
    monkeypatch.setattr("celery.app.base.Celery.connection_for_write", _at_closed_port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(CommandError, match="3 of 6"):
        call_command("doctor")
    said = capsys.readouterr().out
    for part in ("broker: no answer", "mail server: no handshake", "No clock runs"):
        assert part in said
    assert said.count("->") == 3


@pytest.mark.django_db(transaction=True)
def test_cron_runs_passes_and_no_mail_goes_out_twice(smtp_server):
    an_alarm()
    for _pass in range(3):  # what the first finds missed is told by the second
        call_command("run_timetable_once")
    keys = [mail["X-Message-Key"] for mail in smtp_server.messages]
    assert keys
    assert len(keys) == len(set(keys)) == OutgoingEmail.objects.filter(state="SENT").count()
    assert set(JobRun.objects.values_list("kept_by", flat=True)) == {"CRON"}
    assert {run.job for run in JobRun.objects.all()} == {job.__name__ for job in jobs.JOBS}


def test_each_problem_has_its_paragraph_in_the_operations_guide(settings):
    guide = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    headings = " ".join(line for line in guide.splitlines() if line.startswith("## "))
    assert [code for code in KINDS if code not in headings] == []


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_answers_for_the_queues_that_it_reads(monkeypatch):
    with own_broker() as broker:
        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        with running("worker", "--queues", "urgent,bulk", "--concurrency", "1", mail_port=1, broker_url=broker.url):
            with Celery(broker=broker.url) as app:
                for queue in QUEUES:
                    app.send_task("followup.answer_canary", args=[queue], queue=queue)
            wait_until(lambda: JobRun.objects.count() == 2)
    assert {run.job for run in JobRun.objects.all()} == {"canary:urgent", "canary:bulk"}
    assert codes() == {"WORKER_SILENT": None}
