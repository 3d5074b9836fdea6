"""Real parts for tests that need processes: a broker of one's own, commands and workers on the test's database."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.processes import Children
from tests.conftest import MailServer, free_port

NO_BROKER = "redis://127.0.0.1:1/0"  # nobody listens there


@dataclass
class OwnBroker:
    url: str
    process: subprocess.Popen

    def command(self, *words: str) -> None:
        """Say something to it in its own protocol."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.url.partition("://")[2])
            connection.sendall((" ".join(words) + "\r\n").encode())
            assert connection.recv(64).startswith(b"+OK")

    def answers(self) -> bool:
        try:
            self.command("CONFIG", "SET", "maxmemory", "0")
        except OSError:
            return False
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process = subprocess.Popen(self.process.args, stdout=subprocess.DEVNULL)


@contextmanager
def own_broker() -> Iterator[OwnBroker]:
    """A broker that no other test publishes to."""
    place = Path(tempfile.mkdtemp(prefix="kyphotrack-test-"))
    children = Children(place)
    broker = Broker(children, place / "broker")
    own = OwnBroker(broker.url, children.running[0].process)
    try:
        yield own
    finally:
        own.kill()
        children.stop()
        broker.forget()
        shutil.rmtree(place)


def environment(*, mail_port: int, broker_url: str = NO_BROKER) -> dict[str, str]:
    """The environment of a process that shares the test's database. The test must commit (`transaction=True`)."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        database_url = f"sqlite:///{name}"
    else:
        database_url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kyphotrack.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": broker_url,
        # Celery reads it before the settings, and the test may have set it for itself.
        "CELERY_BROKER_URL": broker_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }


@contextmanager
def running(*command: str, **where) -> Iterator[subprocess.Popen]:
    """A process of the project, `manage.py tick` or `celery worker`; killed at the end if it still runs."""
    process = start(*command, **where)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def start(*command: str, **where) -> subprocess.Popen:
    program = ["-m", "celery", "-A", "kyphotrack"] if command[0] in ("worker", "beat") else ["manage.py"]
    return subprocess.Popen([sys.executable, *program, *command], cwd=settings.BASE_DIR, env=environment(**where))


def run(*command: str, **where) -> int:
    """Run a command to its end; its exit code."""
    return start(*command, **where).wait(timeout=60)


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("It did not happen in time.")
        time.sleep(0.05)


@dataclass
class ScriptedMailServer(MailServer):
    """A real SMTP server that misbehaves: `on_message` is awaited with each message before it is taken.

    It answers with a reply of its own, or with nothing to take the message.
    """

    on_message: Callable | None = None
    connections: set = field(default_factory=set)

    async def handle_DATA(self, server, session, envelope):
        self.connections.add(session.peer)
        reply = await self.on_message(server, envelope) if self.on_message else None
        return reply or await super().handle_DATA(server, session, envelope)


@contextmanager
def scripted_mail_server(on_message: Callable | None = None, port: int = 0) -> Iterator[ScriptedMailServer]:
    server = ScriptedMailServer(port=port or free_port(), on_message=on_message)
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
