"""A mail server that drips or falls silent: it holds a sender no longer than the limit, and what it may have taken is said."""

import asyncio
import smtplib
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from followup import jobs
from followup.management.commands import tick
from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.services.outbox import send_due
from followup.services.patient_reminders import queue_patient_reminders
from kyphotrack.smtp_backend import EmailBackend, NoAnswer
from patients.services import change_patient_details
from tests import cast
from tests.integration.test_patient_reminders import DETAILS
from tests.running_parts import scripted_mail_server

MAIL, URGENT = OutgoingEmail.Queue.MAIL, OutgoingEmail.Queue.URGENT
WEAK_LEG = cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}


@contextmanager
def a_server_that_says(*replies: bytes, drip_seconds: float = 0):
    """One reply to the connection and to each line; after the last it drips bytes, or nothing. Yields the port."""
    stopped = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client):
        with suppress(OSError), client, client.makefile("rb") as lines:
            for number, reply in enumerate(replies):
                if number:
                    lines.readline()
                client.sendall(reply)
            while drip_seconds and not stopped.wait(drip_seconds):
                client.sendall(b"2")
            stopped.wait(30)

    def listen():
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        stopped.set()
        listener.close()


def seconds_until_given_up(port: int, **options) -> float:
    began = time.monotonic()
    backend = EmailBackend(host="127.0.0.1", port=port, timeout=5, seconds=1, **options)
    with pytest.raises(OSError):
        backend.open()
        backend.connection.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx")
    backend.close()
    return time.monotonic() - began


@pytest.mark.parametrize("replies", [
    (), (b"220 hello\r\n",), (b"220 hello\r\n", b"250 well\r\n"), (b"220 hello\r\n", b"250 well\r\n", b"250 yes\r\n"),
])  # fmt: skip
@pytest.mark.parametrize("drip_seconds", [0, 0.2])
def test_no_stage_of_a_conversation_outlasts_the_limit(replies, drip_seconds):
    """The time-out of smtplib is five seconds here, and a dripping server would never meet it."""
    with a_server_that_says(*replies, drip_seconds=drip_seconds) as port:
        assert 0.5 < seconds_until_given_up(port) < 4


@pytest.mark.parametrize("options", [{"use_tls": True}, {"use_ssl": True}])
def test_nor_does_a_handshake_that_never_ends(options):
    replies = () if "use_ssl" in options else (b"220 hello\r\n", b"250-well\r\n250 STARTTLS\r\n", b"220 begin\r\n")
    with a_server_that_says(*replies) as port:
        assert seconds_until_given_up(port, **options) < 4


def test_the_line_is_closed_in_time_when_all_goes_well():
    with scripted_mail_server() as server:
        backend = EmailBackend(host="127.0.0.1", port=server.port, timeout=5, seconds=1)
        backend.open()
        backend.connection.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx")
        timer = backend.connection._end
        backend.close()
        assert len(server.messages) == 1
        timer.join(timeout=3)
        assert timer.finished.is_set()


@pytest.mark.parametrize(("replies", "expected"), [
    ((b"250 yes\r\n", b"250 yes\r\n", b"354 go on\r\n"), NoAnswer),
    ((b"250 yes\r\n", b"250 yes\r\n", b"451 later\r\n", b"250 reset\r\n"), smtplib.SMTPDataError),
    ((b"250 yes\r\n", b"250 yes\r\n"), smtplib.SMTPServerDisconnected),
])  # fmt: skip
def test_only_a_whole_message_without_an_answer_may_have_been_taken(replies, expected):
    with a_server_that_says(b"220 hello\r\n", b"250 well\r\n", *replies) as port:
        backend = EmailBackend(host="127.0.0.1", port=port, timeout=5, seconds=1)
        backend.open()
        with pytest.raises(expected) as raised:
            backend.connection.sendmail("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\nx")
        assert isinstance(raised.value, NoAnswer) == (expected is NoAnswer)
        backend.close()


# --- what becomes of the row ----------------------------------------------------------------------------------------


async def take_it_and_hang_up(server, _envelope):
    server.transport.abort()
    await asyncio.sleep(0)


async def take_it_and_hang_up_after_the_answer(server, _envelope):
    asyncio.get_running_loop().call_later(0.02, server.transport.abort)


@pytest.fixture
def hangs_up(settings):
    with scripted_mail_server(take_it_and_hang_up) as server:
        settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def raise_a_flag(site):
    cast.a_physician(site)
    episode = cast.an_episode(cast.a_patient(site))
    return cast.log(episode, minutes=30, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]


@pytest.mark.django_db
def test_an_alarm_without_an_answer_is_sent_again_and_says_so(site, hangs_up):
    at = raise_a_flag(site).requested_at
    assert send_due(queue=URGENT, clock=lambda: at).failed == 2
    rows = OutgoingEmail.objects.values_list("state", "possibly_sent_twice", "last_error")
    assert set(rows) == {("FAILED", True, "no answer from the mail server")}
    hangs_up.on_message = None
    assert send_due(queue=URGENT, clock=lambda: at + timedelta(minutes=1)).sent == 2


@pytest.mark.django_db
def test_a_reminder_without_an_answer_is_sent_once_more_and_then_somebody_phones(site, nurse, hangs_up):
    patient = cast.a_patient(site)
    change_patient_details(
        patient=patient, details=DETAILS, email_consent=True, reason="x", by=nurse, now=cast.T0 - timedelta(hours=1)
    )
    episode = cast.an_episode(patient, disposition="SAME_DAY")
    FollowUpContact.objects.exclude(code="FU4").update(next_reminder_at=None)
    at = FollowUpContact.objects.get(code="FU4", procedure=episode).due_at - timedelta(days=1)
    queue_patient_reminders(now=at)
    first = send_due(queue=MAIL, clock=lambda: at)
    second = send_due(queue=MAIL, clock=lambda: at + timedelta(minutes=5))
    third = send_due(queue=MAIL, clock=lambda: at + timedelta(hours=5))
    assert (first.failed, second.dead, third.handled) == (1, 1, 0)
    row = OutgoingEmail.objects.get()
    assert (row.state, row.possibly_sent_twice) == ("DEAD", True)
    assert CallTask.objects.get().kind == "EMAIL_FAILED"


@pytest.mark.django_db
def test_what_was_answered_before_the_server_died_is_not_sent_again(site, hangs_up):
    at = raise_a_flag(site).requested_at
    hangs_up.on_message = take_it_and_hang_up_after_the_answer
    for minute in range(4):
        send_due(queue=URGENT, clock=lambda: at + timedelta(minutes=minute))  # noqa: B023
        time.sleep(0.1)
    assert set(OutgoingEmail.objects.values_list("state", "possibly_sent_twice")) == {("SENT", False)}
    assert len({mail["To"] for mail in hangs_up.messages}) == len(hangs_up.messages) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "loop", "ran"), [
    (0.2, True, ["send_urgent_email", "watch"]),
    (0, True, ["send_urgent_email", "send_due_email", "watch"]),
    (0.2, False, ["send_urgent_email", "send_due_email", "watch"]),
])  # fmt: skip
def test_what_held_the_escalation_mail_does_not_hold_the_clock_a_second_time(monkeypatch, seconds, loop, ran):
    """Where the escalation mail was held up the other mail waits for the next pass; a single run has no next one."""
    done = []

    def run_job(job, **_how):
        done.append(job.__name__)
        time.sleep(seconds if job is jobs.send_urgent_email else 0)
        return 0

    monkeypatch.setattr(tick, "run_job", run_job)
    monkeypatch.setattr(tick, "JOBS", (jobs.send_urgent_email, jobs.send_due_email, jobs.watch))
    monkeypatch.setattr(tick, "_HELD_UP_SECONDS", 0.1)
    assert tick.Command()._go_through(threading.Event(), loop=loop) == []
    assert done == ran
