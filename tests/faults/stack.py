"""A whole stack of processes on a PostgreSQL, a broker and a mail server of its own, each of which can be hurt."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

from kyphotrack.embedded.database import Database
from kyphotrack.embedded.processes import Children
from tests.faults.part import LEASE_SECONDS
from tests.faults.script import Script
from tests.faults.sink import Sink
from tests.faults.tally import Count, count
from tests.running_parts import NO_BROKER, OwnBroker, wait_until

LONG = os.environ.get("FAULTS") == "long"
TICK = ("tick", "--loop", "--every", "0.5")
WORKER = ("worker", "--queues", "urgent,mail,bulk", "--concurrency", "1", "--loglevel", "ERROR")
# The next rung of a ladder calls five minutes after a flag; by then a case must have been counted.
LONGEST_CASE_SECONDS = 270


class Cluster:
    """A PostgreSQL that can be stopped at once and started again. Each case gets a database of its own."""

    def __init__(self, place: Path):
        self._children = Children(place)
        self._database = Database(self._children)
        (self._child,) = self._children.running
        migrated = self.new_database("migrated")
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=settings.BASE_DIR, check=True,
            env={**os.environ, "DATABASE_URL": migrated},
        )  # fmt: skip

    def new_database(self, name: str, template: str = "template1") -> str:
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return urlsplit(self._database.url)._replace(path=f"/{name}").geturl()

    def sql(self, statement: str, url: str = "") -> None:
        with psycopg.connect(url or self._database.url, autocommit=True) as connection:
            connection.execute(statement)

    def stop_at_once(self) -> None:
        """As `pg_ctl stop -m immediate`: no checkpoint, every client is cut off."""
        self._child.process.send_signal(signal.SIGQUIT)
        self._child.process.wait()

    def runs(self) -> bool:
        return self._child.alive

    def start_again(self) -> None:
        with self._child.log.open("ab") as log:
            self._child.process = subprocess.Popen(
                self._child.process.args, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                extra_groups=[], **self._database._as_account(),
            )  # fmt: skip
        self._child.wait_until(self._database._answers, seconds=30)

    def forget(self) -> None:
        self.stop_at_once()  # an orderly end would first write down every case's database
        self._children.stop()
        self._database.forget()


@dataclass
class Part:
    """A process with everything that it started, in a group of its own."""

    command: tuple[str, ...]
    process: subprocess.Popen

    def kill(self) -> None:
        """Only this process: what it started may live on."""
        self.process.kill()
        self.process.wait()

    def kill_with_children(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def hears(self, number: signal.Signals) -> bool:
        """Whether it has come so far in its start that it handles this signal."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
        return bool(int(caught, 16) >> (number - 1) & 1)

    def children(self) -> list[int]:
        try:
            return [
                int(pid)
                for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            ]
        except OSError:
            return []


@dataclass
class Stack:
    """`hurt_until`: when the last fault of the case had ended. `said`: what the typist has said so far."""

    cluster: Cluster
    script: Script
    place: Path
    broker: OwnBroker | None = None
    sink: Sink = field(default_factory=Sink)
    parts: list[Part] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    hurt_until: float = 0
    copies_may_come: bool = False
    database_url: str = ""
    mail_scheme: str = "smtp"
    said: set[str] = field(default_factory=set)
    _typist: subprocess.Popen | None = None

    def __post_init__(self):
        self.database_url = self.cluster.new_database(self.place.name, "migrated")
        self.sink.start()

    def environment(self, **more: str) -> dict[str, str]:
        broker_url = self.broker.url if self.broker else NO_BROKER
        return {
            **os.environ, "KYPHOTRACK_MODE": "test", "DJANGO_SETTINGS_MODULE": "kyphotrack.settings",
            "DATABASE_URL": self.database_url, "REDIS_URL": broker_url, "CELERY_BROKER_URL": broker_url,
            "EMAIL_URL": f"{self.mail_scheme}://127.0.0.1:{self.sink.port}", **more,
        }  # fmt: skip

    def start(self, *command: str, **more: str) -> Part:
        with (self.place / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.part", *command], cwd=settings.BASE_DIR, stdout=log, stderr=log,
                env=self.environment(**more), start_new_session=True,
            )  # fmt: skip
        part = Part(command, process)
        self.parts.append(part)
        return part

    def start_all(self, *, clocks: int = 2, workers: int = 2, beats: int = 2, **more: str) -> None:
        for number in range(beats):
            self.start("beat", "--loglevel", "ERROR", "--schedule", str(self.place / f"beat-{number}"), **more)
        for number in range(workers):
            self.start(*WORKER, "--hostname", f"worker-{number}-{time.time_ns()}@loopback", **more)
        for _number in range(clocks):
            self.start(*TICK, **more)

    def start_again(self, part: Part) -> Part:
        self.parts.remove(part)
        return self.start(*part.command)

    def hurt(self) -> None:
        """A fault has just ended; its copies, if there are any, come when a lease has run out."""
        self.hurt_until, self.copies_may_come = time.time(), True

    def ask(self, question: str, *values: object) -> list[tuple]:
        """Of the database: how a part does. Never what should have arrived."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(question, values).fetchall()

    def wait_until_up(self, seconds: float = 60) -> float:
        """Until every job of the second clock has ended once from now on; how long it took."""
        now = time.time()
        wait_until(
            lambda: self.ask(
                "SELECT 1 FROM followup_jobrun WHERE kept_by = 'TICK' AND job = 'watch' AND started_at > to_timestamp(%s)",
                now,
            ),
            seconds=seconds,
        )
        return time.time() - now

    def type_the_script(self) -> None:
        """Begin to type; returns when everything is prepared."""
        with (self.place / "typist.log").open("ab") as log:
            self._typist = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.enter"], cwd=settings.BASE_DIR, env=self.environment(), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        assert self._typist.stdin
        self._typist.stdin.write(json.dumps(self.script.as_json()) + "\n")
        self._typist.stdin.close()
        threading.Thread(target=self._listen, daemon=True).start()
        wait_until(lambda: self.said & {"ready", "ended"}, seconds=120)
        assert "ready" in self.said, (self.place / "typist.log").read_text()

    def _listen(self) -> None:
        assert self._typist and self._typist.stdout
        for line in self._typist.stdout:
            word, *rest = line.split()
            if word == "due":
                self.due[rest[0]] = float(rest[1])
            self.said.add(word)
        self.said.add("ended")

    def run_to_quiet(self, *, seconds: float = 90, without: frozenset[str] = frozenset()) -> Count:
        """Until each address that the script names has its mail, and as long again as a copy could still come.

        `without`: those that the case itself keeps from arriving.
        """
        began = time.monotonic()
        expected = [address for address in self.script.expected() if address not in without]
        while not all(self.sink.by_address.get(address) for address in expected):
            if time.monotonic() - began > seconds:
                break
            time.sleep(0.1)
        time.sleep(LEASE_SECONDS + 2 if self.copies_may_come else 2)
        if self.script.answered_after is None:
            took = time.time() - min(self.due.values())
            assert took < LONGEST_CASE_SECONDS, "The case took longer than a rung waits."
        said = self.ask("SELECT message_id FROM followup_outgoingemail WHERE possibly_sent_twice")
        return count(
            self.script.case, expected, self.sink.by_address, self.due, patients=self.script.patients(),
            possibly_twice={message_id for (message_id,) in said}, hurt_until=self.hurt_until,
        )  # fmt: skip

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in self.place.glob("*.log"))

    def stop(self) -> None:
        for part in self.parts:
            part.kill_with_children()
        if self._typist:
            self._typist.kill()
            self._typist.wait()
        self.sink.stop()
