"""What people and monitors see of the machinery: banner, operations page, health checks, heartbeat, commands."""

import json
import shutil
import threading
from collections import namedtuple
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from celery import Celery
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from followup import jobs
from followup.models import Escalation, ImagingTask, JobRun, KeptBy, OutgoingEmail, WatchdogReport
from followup.services.job_runs import note_run
from followup.watch import KINDS, QUEUES
from kyphotrack.staff.models import Role
from tests import cast
from tests.machinery import all_is_well, an_alarm, clocks_run, codes
from tests.running_parts import NO_BROKER, own_broker, running, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100, 50, 50))


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


LOST = {
    "with no next step": {"stopped_at": timezone.now, "next_due_at": None},
    "whose next call is overdue": {"next_due_at": lambda: timezone.now() - timedelta(minutes=3)},
    "further off than their ladder allows": {"next_due_at": lambda: timezone.now() + timedelta(days=30)},
}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LEAD_CLINICIAN])
@pytest.mark.parametrize("how", LOST)
def test_the_operations_page_links_lost_items_for_those_who_may_open_them_alone(client, role, how):
    episode = an_alarm()
    all_is_well()
    Escalation.objects.update(**{name: value() if callable(value) else value for name, value in LOST[how].items()})
    task = ImagingTask.objects.get(procedure=episode)
    client.force_login(cast.a_member(cast.a_site(), role, "Reader"))
    shown = client.get(reverse("operations")).content.decode()
    assert how in shown
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
    settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
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
            with Celery(broker=broker.url, set_as_current=False) as app:
                for queue in QUEUES:
                    app.send_task("followup.answer_canary", args=[queue], queue=queue)
            wait_until(lambda: JobRun.objects.count() == 2)
    assert {run.job for run in JobRun.objects.all()} == {"canary:urgent", "canary:bulk"}
    assert codes() == {"WORKER_SILENT": None}
