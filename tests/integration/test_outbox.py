"""The outbox against a real SMTP server: sent once, withheld when no longer right, tried again by the class of the reply."""

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from celery import Celery, current_app

from followup.models import OutgoingEmail
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.outbox import LEASE, nudge, send_due
from kyphotrack.celery import app
from tests.cast import NORMAL_FULL_NEUROLOGY, a_patient, a_physician, a_routine_set, a_site, an_episode, log

pytestmark = pytest.mark.django_db
URGENT = OutgoingEmail.Queue.URGENT


@pytest.fixture
def task():
    site = a_site()
    a_physician(site)
    episode = an_episode(a_patient(site, family_name="Zzyzxname"))
    saved = log(episode, minutes=30, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    return saved.imaging_tasks[0]


def send(task, *, minutes: float = 0):
    return send_due(queue=URGENT, clock=lambda: task.requested_at + timedelta(minutes=minutes))


def to(smtp_server, name: str) -> list:
    return [message for message in smtp_server.messages if name in message["To"]]


def test_the_on_call_physician_gets_one_mail_with_a_link_and_no_identifier(task, smtp_server):
    report = send(task)
    assert (report.sent, report.failed) == (2, 0)
    (mail,) = to(smtp_server, "physician.one")
    text = mail.as_string() + mail.get_body(("plain",)).get_content() + mail.get_body(("html",)).get_content()
    assert mail["Subject"] == "1 new urgent item needs review"
    assert f"/imaging-tasks/{task.public_id}/" in text
    for secret in ("Zzyzxname", "MRN-0001", "1948", "L1", "weak", "MRI", "spine", "kypho"):
        assert secret.lower() not in text.lower().replace("kyphotrack", ""), secret
    assert mail["From"].startswith("Care team")


def test_a_second_run_sends_nothing(task, smtp_server):
    send(task)
    assert send(task, minutes=1).handled == 0
    assert len(smtp_server.messages) == 2


def test_acknowledged_before_it_was_sent_means_withheld_with_the_reason(task, smtp_server):
    acknowledge_imaging_task(task=task, comment="", by=a_physician(a_site()), now=task.requested_at)
    assert send(task).withheld == 2
    assert smtp_server.messages == []
    assert set(OutgoingEmail.objects.values_list("withheld_because", flat=True)) == {"the task was acknowledged"}


def test_a_closed_account_gets_nothing(task, smtp_server):
    physician = a_physician(a_site())
    physician.is_active = False
    physician.save()
    send(task)
    assert not to(smtp_server, "physician.one")


@pytest.mark.parametrize(("reply", "state", "minutes"), [
    ("451 4.7.1 greylisted", "FAILED", 6), ("452 busy", "FAILED", 1), ("550 no such user", "DEAD", None),
])  # fmt: skip
def test_a_refused_address_is_tried_by_its_class_and_holds_up_nobody(task, smtp_server, reply, state, minutes):
    refused = a_physician(a_site()).email
    smtp_server.refuse[refused] = reply
    report = send(task)
    row = OutgoingEmail.objects.get(recipient__email=refused)
    assert (row.state, report.sent) == (state, 1)
    if minutes:
        assert row.due_at == task.requested_at + timedelta(minutes=minutes)
        smtp_server.refuse.clear()
        assert send(task, minutes=minutes).sent == 1


def test_a_dead_server_leaves_the_rows_for_later_and_they_arrive_once(task, smtp_server, settings):
    settings.EMAIL_PORT = 1  # nobody listens there
    assert send(task).failed == 2
    settings.EMAIL_PORT = smtp_server.port
    assert send(task, minutes=2).sent == 2
    assert len(smtp_server.messages) == 2


def test_five_failures_give_up(task, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for minutes in (0, 10, 20, 30, 40):
        send(task, minutes=minutes)
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {("DEAD", 5)}


def test_a_row_of_a_dead_sender_is_sent_again_with_the_same_message_id(task, smtp_server):
    OutgoingEmail.objects.update(state="CLAIMED", claimed_until=task.requested_at + LEASE, fence=1, attempts=1)
    assert send(task, minutes=0.5).handled == 0
    assert send(task, minutes=2).sent == 2
    assert all(OutgoingEmail.objects.values_list("possibly_sent_twice", flat=True))
    ids = set(OutgoingEmail.objects.values_list("message_id", flat=True))
    assert {message["Message-ID"] for message in smtp_server.messages} == ids


def test_a_sender_that_lost_its_row_sends_and_writes_nothing(task, smtp_server):
    def paused_past_its_lease():
        """The clock of a sender that was stopped right after its claim, while another took the rows over."""
        if OutgoingEmail.objects.filter(state="CLAIMED").exists():
            OutgoingEmail.objects.update(fence=99)
        return task.requested_at

    assert send_due(queue=URGENT, clock=paused_past_its_lease).sent == 0
    assert smtp_server.messages == []
    assert set(OutgoingEmail.objects.values_list("state", "fence")) == {("CLAIMED", 99)}


def test_a_row_that_cannot_be_made_does_not_stop_the_others(task, smtp_server, monkeypatch):
    from followup.services import outbox

    real = outbox._message

    def poisoned(row, server):
        if "physician" in row.recipient.email:
            raise ValueError("poison")
        return real(row, server)

    monkeypatch.setattr(outbox, "_message", poisoned)
    report = send(task)
    assert (report.sent, report.failed) == (1, 1)


def test_each_further_step_is_a_mail_of_its_own(task, smtp_server):
    send(task)
    climb_due_ladders(now=task.requested_at + timedelta(minutes=15))
    send(task, minutes=15)
    assert "notice 3" in smtp_server.messages[-1].get_body(("plain",)).get_content()


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/broker.sock"])
def test_a_dead_broker_does_not_fail_or_hold_up_a_save(monkeypatch, broker):
    dead = Celery("dead", broker=broker, set_as_current=False)
    dead.conf.update({name: app.conf[name] for name in ("task_publish_retry", "task_publish_retry_policy")})
    monkeypatch.setattr("followup.services.outbox.current_app", dead)
    started = monotonic()
    nudge()
    assert monotonic() - started < 2


def test_the_web_process_publishes_to_the_configured_broker(settings):
    assert current_app.conf.broker_url == settings.REDIS_URL


def test_the_queue_is_read_by_due_time(task):
    OutgoingEmail.objects.update(due_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert send(task).handled == 0
