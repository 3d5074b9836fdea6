"""The running stack for browser journeys: web, worker, timetable, broker, PostgreSQL and SMTP server as real processes."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql

from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.processes import Children
from tests.conftest import MailServer, free_port

ROOT = Path(settings.BASE_DIR)


@dataclass
class Stack:
    address: str
    database_url: str
    mail: MailServer

    def rows(self, statement: str, *values) -> list[tuple]:
        """Ask the stack's own database; a test's transaction cannot see what other processes do."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_stack(mail: MailServer):
    """Everything that `make demo` starts, on a database of its own, with the demo ward loaded."""
    place = Path(tempfile.mkdtemp(prefix="kyphotrack-stack-"))
    children = Children(place)
    database_url = _new_database()
    broker = Broker(children, place / "broker")
    port = free_port()
    own = {
        "KYPHOTRACK_MODE": "demo",
        "DATABASE_URL": database_url,
        "REDIS_URL": broker.url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "STATIC_ROOT": str(place / "static"),
    }
    try:
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["load_demo_ward"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env={**os.environ, **own}, check=True)
        tools = Path(sys.executable).parent
        with_own = ["env", *(f"{name}={value}" for name, value in own.items())]
        celery = [*with_own, tools / "celery", "--workdir", ROOT, "-A", "kyphotrack"]
        web = [
            *with_own,
            tools / "gunicorn",
            "kyphotrack.wsgi",
            "--chdir",
            ROOT,
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            2,
        ]
        children.start("web", web)
        children.start("worker", [*celery, "worker", "--queues", "urgent,mail,bulk", "--concurrency", 1])
        children.start("timetable", [*celery, "beat", "--schedule", place / "timetable", "--pidfile", ""])
        stack = Stack(f"http://127.0.0.1:{port}", database_url, mail)
        _wait(stack, children)
        yield stack
        children.check()
    finally:
        children.stop()
        broker.forget()
        _drop(database_url)
        shutil.rmtree(place, ignore_errors=True)


def _new_database() -> str:
    """A fresh database on the server that the tests use."""
    given = os.environ["DATABASE_URL"]
    name = f"kyphotrack_stack_{secrets.token_hex(4)}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    server, question, options = given.partition("?")
    return f"{server.rpartition('/')[0]}/{name}{question}{options}"


def _drop(database_url: str) -> None:
    name = database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _wait(stack: Stack, children: Children) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children.check()
        try:
            urllib.request.urlopen(f"{stack.address}/healthz", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The stack did not answer.")


def wait_until(condition, seconds: float = 40):
    """Poll a condition of the stack; its value, once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.25)
    raise TimeoutError("It did not happen in time.")
