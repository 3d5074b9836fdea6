"""Parts die or stand still while a red flag waits: nothing is lost, and nothing is doubled outside the one documented window.

Each case states what must be true after, and counts rows and mails. Whom mail must reach stands in TOLD, not in the rows.
"""

import asyncio
import signal
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from followup.models import Escalation, Observation, OutgoingEmail, RedFlag
from followup.services.observations import record_observation
from followup.services.outbox import LEASE, nudge, send_due
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode
from tests.conftest import free_port
from tests.running_parts import NO_BROKER, own_broker, run, running, scripted_mail_server, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.needs_postgresql, pytest.mark.django_db(transaction=True)]
URGENT = OutgoingEmail.Queue.URGENT
# So that no check of the schedule was missed, which would be told as well.
JUST_NOW = timedelta(minutes=4)
TOLD = ("nurse.one@north-unit.example", "physician.one@north-unit.example")
WEAK_LEG = NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}


@pytest.fixture(autouse=True)
def _no_nudge(monkeypatch):
    """Unless a case brings a broker of its own, nobody hears a nudge."""
    monkeypatch.setenv("CELERY_BROKER_URL", NO_BROKER)
    nudge()  # what is imported on first use is no part of any measured time


def raise_a_flag() -> None:
    """New leg weakness, typed now. It is told to the on-call physician and to the nurse: two mails."""
    site = a_site()
    a_physician(site)
    now = timezone.now()
    episode = an_episode(a_patient(site), time_zero=now - JUST_NOW)
    answers = a_routine_set(neurology=WEAK_LEG, effective_at=now - timedelta(minutes=1))
    record_observation(
        procedure=episode, answers=answers, doses=[], source="NURSE", by=a_nurse(site), now=now, form_token=uuid.uuid4()
    )


def after_the_lease():
    return timezone.now() + LEASE + timedelta(seconds=1)


def send_what_is_left(settings, server) -> None:
    """What the next clock does once the lease of a dead sender has run out."""
    settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    while send_due(queue=URGENT, clock=after_the_lease).handled:
        pass


def each_arrived_once(server, told=TOLD) -> bool:
    return sorted(mail["To"] for mail in server.messages) == sorted(told)


def states() -> list[str]:
    return list(OutgoingEmail.objects.order_by("pk").values_list("state", flat=True))


def test_a_worker_killed_before_the_server_took_the_mail_loses_nothing(settings, monkeypatch):
    """The worker has claimed its rows and stands in the middle of the first message when it is killed."""

    async def never_answer(_server, _envelope):
        in_its_hands.append(True)
        await asyncio.sleep(60)

    in_its_hands: list[bool] = []
    raise_a_flag()
    with own_broker() as broker, scripted_mail_server(never_answer) as hanging:
        where = {"mail_port": hanging.port, "broker_url": broker.url}
        with running("worker", "--queues", "urgent", "--pool", "solo", "--loglevel", "WARNING", **where) as worker:
            monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
            nudge()
            wait_until(lambda: in_its_hands)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert hanging.messages == []
    assert states() == ["CLAIMED", "CLAIMED"]

    with scripted_mail_server() as server:
        settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert send_due(queue=URGENT, clock=timezone.now).handled == 0  # its lease still runs
        send_what_is_left(settings, server)
        assert each_arrived_once(server)
    assert states() == ["SENT", "SENT"]


def test_a_sender_killed_between_the_servers_250_and_its_own_note_may_repeat_that_one_mail(settings):
    """The one documented window: the sender stands still while the server takes the message, and never goes on."""
    senders = []

    async def stop_the_sender(_server, _envelope):
        senders[0].send_signal(signal.SIGSTOP)

    raise_a_flag()
    with scripted_mail_server(stop_the_sender) as server:
        with running("tick", mail_port=server.port) as sender:
            senders.append(sender)
            wait_until(lambda: len(server.messages) == 1)
            sender.send_signal(signal.SIGKILL)
            sender.wait()
        assert states() == ["CLAIMED", "CLAIMED"]

        server.on_message = None
        send_what_is_left(settings, server)
        counts = Counter(mail["To"] for mail in server.messages)
        assert (sorted(counts), sorted(counts.values())) == (sorted(TOLD), [1, 2])
        assert len({mail["Message-ID"] for mail in server.messages}) == 2
    assert states() == ["SENT", "SENT"]
    ((twice, _count),) = counts.most_common(1)
    assert OutgoingEmail.objects.get(recipient__email=twice).possibly_sent_twice


def test_with_no_broker_a_save_answers_at_once_and_the_second_clock_sends(settings):
    started = time.monotonic()
    raise_a_flag()
    assert time.monotonic() - started < 10  # a broker that is patiently asked again and again takes minutes
    assert RedFlag.objects.count() == Observation.objects.count() == 1
    with scripted_mail_server() as server:
        assert run("tick", mail_port=server.port) == 0
        assert each_arrived_once(server)


def test_a_broker_that_is_killed_and_comes_back_empty_loses_no_mail(monkeypatch):
    """The worker finds its way back by itself; what the broker forgot, the rows remember."""
    with own_broker() as broker, scripted_mail_server() as server:
        where = {"mail_port": server.port, "broker_url": broker.url}
        with running("worker", "--queues", "urgent", "--pool", "solo", "--loglevel", "ERROR", **where):
            monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
            nudge()
            broker.kill()
            raise_a_flag()  # its nudge goes nowhere
            broker.start_again()
            wait_until(broker.answers)
            broker.command("FLUSHALL")
            wait_until(lambda: nudged_and_sent(), seconds=60)
        assert each_arrived_once(server)


def nudged_and_sent() -> bool:
    """What the timetable does every 15 seconds."""
    nudge()
    time.sleep(1)
    return states() == ["SENT"] * len(TOLD)


def test_a_mail_server_that_is_down_and_comes_back_gets_each_mail_once():
    raise_a_flag()
    port = free_port()
    for _minute in range(3):
        assert run("tick", mail_port=port) == 0
        OutgoingEmail.objects.update(due_at=timezone.now())
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {("FAILED", 0)}
    assert Escalation.objects.live().count() == 1  # a stopped mail server stops no clock
    with scripted_mail_server(port=port) as server:
        assert run("tick", mail_port=port) == 0
        assert each_arrived_once(server)


@pytest.mark.parametrize("reply", ["421 closing", "451 try later", "554 no", "drops the line"])
def test_a_server_that_misbehaves_on_one_message_gets_the_others(settings, reply):
    async def spoil_the_first(server, _envelope):
        if not spoiled:
            spoiled.append(True)
            if reply == "drops the line":
                server.transport.abort()
            return reply
        return None

    spoiled: list[bool] = []
    raise_a_flag()
    with scripted_mail_server(spoil_the_first) as server:
        assert run("tick", mail_port=server.port) == 0
        assert len(server.messages) == 1
        assert states() == ["DEAD" if reply.startswith("5") else "FAILED", "SENT"]
        OutgoingEmail.objects.filter(state="FAILED").update(due_at=timezone.now())
        assert run("tick", mail_port=server.port) == 0
        assert len(server.messages) == 1 if reply.startswith("5") else each_arrived_once(server)


def test_two_clocks_and_two_workers_at_once_send_each_mail_once(monkeypatch):
    site = a_site()
    for number in range(30):
        a_physician(site, f"Physician {number}")
    with own_broker() as broker, scripted_mail_server() as server:
        where = {"mail_port": server.port, "broker_url": broker.url}
        worker = ("worker", "--queues", "urgent", "--pool", "solo", "--loglevel", "ERROR")
        clock = ("tick", "--loop", "--every", "0.05")
        with running(*worker, **where), running(*worker, **where), running(*clock, **where), running(*clock, **where):
            monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
            time.sleep(4)  # all of them are up before there is anything to do
            now = timezone.now()
            episode = an_episode(a_patient(site), time_zero=now - JUST_NOW)
            answers = a_routine_set(neurology=WEAK_LEG, effective_at=now)
            record_observation(
                procedure=episode, answers=answers, doses=[], source="NURSE", by=a_nurse(site), now=now,
                form_token=uuid.uuid4(),
            )  # fmt: skip
            for _repeat in range(5):
                nudge()
            wait_until(lambda: set(states()) == {"SENT"})
        told = [TOLD[0], *(f"physician.{number}@north-unit.example" for number in range(30))]
        assert each_arrived_once(server, told)
    assert not OutgoingEmail.objects.filter(possibly_sent_twice=True).exists()
