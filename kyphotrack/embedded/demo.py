"""What `make demo` runs: the whole stack on loopback with a demo ward, in the foreground, until Ctrl-C.

    python -m kyphotrack.embedded.demo            keeps the data of the last run
    python -m kyphotrack.embedded.demo --reset    forgets it and loads the ward anew, dated to now

A part whose URL is in the environment (DATABASE_URL, REDIS_URL, EMAIL_URL) is used as given and not started here.
"""

import errno
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kyphotrack.embedded import processes
from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.processes import ChildDied, Children

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".demo"
_LOCK = STATE / "lock"
_SECRET_KEY = STATE / "secret_key"
# the variable that changes it: the usual port, what it is for
_PORTS = {"PORT": (8000, "web page"), "MAILBOX_PORT": (8025, "mailbox page"), "SMTP_PORT": (1025, "mail server")}
_PATIENCE_SECONDS = 60
_STALE_AFTER_SECONDS = 12 * 60 * 60


class NotReady(RuntimeError):
    """The demo cannot start; the text is one sentence that says why and what to do."""


def say(words: str) -> None:
    try:
        print(words, flush=True)
    except OSError:
        return  # the terminal is gone; what is running must still be stopped


def main(arguments: list[str]) -> int:
    processes.end_in_order_when_told()
    os.chdir(ROOT)
    try:
        with _only_one():
            if "--reset" in arguments:
                _reset()
            else:
                _run()
    except (NotReady, ChildDied) as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        pass
    return 0


@contextmanager
def _only_one() -> Iterator[None]:
    """Two demos would write to one folder. The lock goes with its holder, however that ends."""
    STATE.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotReady("The demo is already running from this folder; stop it with Ctrl-C first.") from error
        yield


def _reset() -> None:
    if "DATABASE_URL" in os.environ:
        raise NotReady(
            "`make demo-reset` empties only the demo's own database, and DATABASE_URL names another: "
            "unset it, or empty that one yourself."
        )
    for entry in STATE.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry != _LOCK:
            entry.unlink()
    _prepare_state(port=_PORTS["PORT"][0])
    _load_ward()
    say("The demo ward is loaded anew, dated to now. `make demo` runs it.")


def _run() -> None:
    ports = _free_ports()
    fresh = not _SECRET_KEY.exists()
    _prepare_state(port=ports["PORT"])
    children = Children(STATE / "logs")
    broker = None
    try:
        if "REDIS_URL" not in os.environ:
            say("Starting the broker")
            broker = Broker(children, STATE / "broker")
            os.environ["REDIS_URL"] = broker.url
        if "MAILBOX_PORT" in ports:
            say("Starting the mailbox")
            _start_mailbox(children, ports)
        _load_ward()
        _start_stack(children, ports["PORT"])
        _tell(ports, fresh=fresh)
        while True:
            time.sleep(1)
            children.check()
    finally:
        processes.let_nothing_interrupt_the_end()
        say("\nStopping")
        children.stop()
        if broker:
            broker.forget()


def _free_ports() -> dict[str, int]:
    """The ports that are needed here, by their variable; NotReady names one that cannot be had."""
    wanted = ["PORT"] if "EMAIL_URL" in os.environ else list(_PORTS)
    ports: dict[str, int] = {}
    for variable in wanted:
        usual, purpose = _PORTS[variable]
        given = os.environ.get(variable, str(usual))
        if not given.isdecimal() or not 0 < int(given) < 65536:
            raise NotReady(f"{variable} is {given!r}; it must be a port number.")
        if int(given) in ports.values():
            raise NotReady(f"{variable} is {given}, and so is another port of the demo; they must differ.")
        ports[variable] = int(given)
        _refuse_taken(ports[variable], purpose, f"{variable}={usual + 1000} make demo")
    return ports


def _refuse_taken(port: int, purpose: str, other: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be opened by this account"
            raise NotReady(f"Port {port}, for the {purpose}, {why}: choose another with `{other}`.") from error


def _prepare_state(*, port: int) -> None:
    (STATE / "logs").mkdir(exist_ok=True)
    if not _SECRET_KEY.exists():
        _SECRET_KEY.touch(mode=0o600)
        _SECRET_KEY.write_text(secrets.token_urlsafe(64))
    os.environ["KYPHOTRACK_MODE"] = "demo"
    os.environ.setdefault("SECRET_KEY", _SECRET_KEY.read_text())
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{STATE / 'kyphotrack.sqlite3'}")
    os.environ.setdefault("SITE_ADDRESS", f"http://127.0.0.1:{port}")
    os.environ.setdefault("STATIC_ROOT", str(STATE / "static"))
    os.environ.setdefault("FALLBACK_FOLDER", str(STATE / "paper"))


def _load_ward() -> None:
    say("Preparing the database and the static files")
    _manage("migrate", "--verbosity", "0")
    _manage("collectstatic", "--noinput", "--verbosity", "0")
    say("Loading the demo ward")
    _manage("load_demo_ward")


def _manage(*arguments: str) -> None:
    if subprocess.run([sys.executable, "manage.py", *arguments]).returncode:
        raise NotReady(f"`manage.py {arguments[0]}` failed; its message stands above.")


def _start_mailbox(children: Children, ports: dict[str, int]) -> None:
    children.start(
        "mailbox",
        [sys.executable, "-m", "kyphotrack.embedded.mailbox", "--smtp-port", ports["SMTP_PORT"],
         "--http-port", ports["MAILBOX_PORT"], "--directory", STATE / "mail"],
    )  # fmt: skip
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{ports['SMTP_PORT']}"


def _start_stack(children: Children, port: int) -> None:
    say("Starting web server, worker and timetable")
    binaries = Path(sys.executable).parent
    celery = [binaries / "celery", "-A", "kyphotrack"]
    web = children.start(
        "web server",
        [binaries / "gunicorn", "kyphotrack.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", 2,
         "--worker-tmp-dir", tempfile.gettempdir(), "--graceful-timeout", 5, "--no-control-socket"],
    )  # fmt: skip
    children.start(
        "worker", [*celery, "worker", "--queues", "urgent,mail,bulk", "--concurrency", 2, "--loglevel", "INFO"]
    )
    children.start("timetable", [*celery, "beat", "--schedule", STATE / "timetable", "--loglevel", "INFO"])

    def answers() -> bool:
        children.check()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200

    web.wait_until(answers, seconds=_PATIENCE_SECONDS)


def _tell(ports: dict[str, int], *, fresh: bool) -> None:
    say(f"\nKyphotrack is running: http://127.0.0.1:{ports['PORT']}/")
    _manage("load_demo_ward", "--print-sign-ins")
    if "MAILBOX_PORT" in ports:
        say(f"Mail that it sends:   http://127.0.0.1:{ports['MAILBOX_PORT']}/")
    # The secret is made with the data and is as old.
    if not fresh and time.time() - _SECRET_KEY.stat().st_mtime > _STALE_AFTER_SECONDS:
        say("These data are of an earlier day and their clocks went on: `make demo-reset` dates the ward to now.")
    say(f"Ctrl-C stops everything and keeps the data; `make demo-reset` starts over. Logs: {STATE / 'logs'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
