"""Nothing is sent or asked over the network while a transaction holds rows (law 8; reliability goal R19)."""

import socket
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from followup import jobs
from followup.services.outbox import nudge
from tests import cast

# Without a transaction of the test's own around it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(monkeypatch):
    """Every use of a socket by this thread: True where a transaction was open."""
    uses: list[bool] = []

    def noted(name):
        original = getattr(socket.socket, name)

        def method(self, *arguments, **options):
            # The mail server of the test runs in another thread, whose connection holds no transaction.
            uses.append(connection.in_atomic_block)
            return original(self, *arguments, **options)

        monkeypatch.setattr(socket.socket, name, method)

    for name in ("connect", "sendall", "send"):
        noted(name)
    return uses


def test_a_save_and_every_job(network, smtp_server, settings):
    settings.HEARTBEAT_URL = f"http://127.0.0.1:{smtp_server.port}/"  # it answers, if not as a monitor does
    site = cast.a_site()
    cast.a_physician(site)
    episode = cast.an_episode(cast.a_patient(site), time_zero=timezone.now() - timedelta(minutes=32))
    cast.log(episode, minutes=30, **cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    for job in jobs.JOBS:
        job(timezone.now)
    assert smtp_server.messages
    assert network and not any(network)


def test_it_would_be_noticed(network):
    with transaction.atomic():
        nudge()
    assert any(network)
