"""The nudge to a real broker, well and broken: it is quick, and whatever happens the caller does not notice."""

import json
import signal
import socket
import tempfile
from contextlib import contextmanager, nullcontext
from time import monotonic

import pytest
import redis
from celery import current_app

from followup.services.outbox import nudge
from tests.running_parts import NO_BROKER, own_broker, wait_until


@contextmanager
def no_answer():
    """A socket on which somebody listens and never says a word."""
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{place}/broker.sock")
        silent.listen(8)
        yield f"redis+socket://{place}/broker.sock"


@contextmanager
def stopped():
    with own_broker() as broker:
        broker.process.send_signal(signal.SIGSTOP)
        yield broker.url


@contextmanager
def full():
    with own_broker() as broker:
        broker.command("CONFIG", "SET", "maxmemory", "1")
        yield broker.url


BROKEN = {
    "nobody listens": lambda: nullcontext(NO_BROKER),
    "no socket": lambda: nullcontext("redis+socket:///nowhere/broker.sock"),
    "no answer": no_answer,
    "stopped": stopped,
    "full": full,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_dead_broker_does_not_fail_or_hold_up_a_save(broken, monkeypatch, caplog):
    nudge()  # what is imported on first use does not count
    caplog.clear()
    with broken() as url:
        monkeypatch.setenv("CELERY_BROKER_URL", url)
        started = monotonic()
        nudge()
        assert monotonic() - started < 1.5
    (line,) = [record for record in caplog.records if record.name == "kyphotrack.outbox"]
    assert "the timetable will send" in line.getMessage()


def test_a_nudge_waits_in_the_urgent_queue(monkeypatch):
    with own_broker() as broker:
        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        nudge()
        with redis.Redis(unix_socket_path=broker.url.partition("://")[2]) as queue:
            (message,) = queue.lrange("urgent", 0, -1)
    assert json.loads(message)["headers"]["task"] == "followup.send_urgent_email"


def test_a_broker_that_came_back_is_nudged_again(monkeypatch):
    with own_broker() as broker:
        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        nudge()
        broker.kill()
        nudge()
        broker.start_again()
        wait_until(broker.answers)
        with redis.Redis(unix_socket_path=broker.url.partition("://")[2]) as queue:
            nudge()
            assert queue.llen("urgent") == 2  # the first is still there: what the broker holds survives


def test_every_process_that_knows_the_settings_knows_the_broker(settings):
    """The web server too, or its nudges would go nowhere."""
    assert current_app.conf.broker_url == settings.REDIS_URL
