"""What `make demo` runs: the whole stack on loopback with a demo ward, in the foreground, until Ctrl-C.

A part whose URL is in the environment (DATABASE_URL, REDIS_URL, EMAIL_URL) is used as given and not started here.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.processes import ChildDied, Children

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".demo"
# port, what it is for, the variable that changes it
_PORTS = ((8000, "web page", "PORT"), (8025, "mailbox page", "MAILBOX_PORT"), (1025, "mail server", "SMTP_PORT"))
_PATIENCE_SECONDS = 60


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - this is the program's voice


class NotReady(RuntimeError):
    """The demo cannot start; the text is one sentence that says why and what to do."""


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if "--reset" in arguments:
            return _reset()
        return _run()
    except (NotReady, ChildDied) as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 0


def _reset() -> int:
    if _answers(_port("PORT", 8000)):
        raise NotReady("The demo is running; stop it with Ctrl-C first.")
    given = "DATABASE_URL" in os.environ
    if not given and STATE.exists():
        shutil.rmtree(STATE)
    _prepare_state()
    _set_environment()
    _manage("migrate", "--verbosity", "0")
    _manage("load_demo_ward", *(["--reset"] if given else []))
    say("The demo ward is loaded anew. `make demo` runs it.")
    return 0


def _run() -> int:
    ports = {variable: _port(variable, usual) for usual, _what, variable in _PORTS}
    for usual, what, variable in _PORTS:
        if variable == "PORT" or "EMAIL_URL" not in os.environ:
            _refuse_busy(ports[variable], what, variable, usual)
    _prepare_state()
    children = Children(STATE / "logs")
    broker = None
    try:
        if "REDIS_URL" not in os.environ:
            say("Starting the broker")
            broker = Broker(children, STATE / "broker")
            os.environ["REDIS_URL"] = broker.url
        if "EMAIL_URL" not in os.environ:
            say("Starting the mailbox")
            children.start(
                "mailbox",
                [sys.executable, "-m", "kyphotrack.embedded.mailbox", "--smtp-port", ports["SMTP_PORT"],
                 "--http-port", ports["MAILBOX_PORT"], "--directory", STATE / "mail"],
            )  # fmt: skip
            os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{ports['SMTP_PORT']}"
        _set_environment()
        say("Preparing the database and the static files")
        _manage("migrate", "--verbosity", "0")
        _manage("collectstatic", "--noinput", "--verbosity", "0")
        say("Loading the demo ward")
        _manage("load_demo_ward")
        _start_stack(children, ports["PORT"])
        _wait_until_it_answers(children, ports["PORT"])
        _tell(ports)
        while True:
            time.sleep(1)
            children.check()
    finally:
        say("\nStopping")
        # A second Ctrl-C must not leave half of the parts running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        children.stop()
        if broker:
            broker.forget()


def _port(variable: str, usual: int) -> int:
    value = os.environ.get(variable, str(usual))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise NotReady(f"{variable} is {value!r}; it must be a port number.")
    return int(value)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _refuse_busy(port: int, what: str, variable: str, usual: int) -> None:
    if _answers(port):
        raise NotReady(
            f"Port {port}, for the {what}, is in use: stop what uses it, or choose another with "
            f"{variable}={usual + 1000} make demo."
        )


def _prepare_state() -> None:
    (STATE / "logs").mkdir(parents=True, exist_ok=True)
    secret = STATE / "secret_key"
    if not secret.exists():
        secret.write_text(secrets.token_urlsafe(64))
        secret.chmod(0o600)


def _set_environment() -> None:
    port = _port("PORT", 8000)
    os.environ["KYPHOTRACK_MODE"] = "demo"
    os.environ.setdefault("SECRET_KEY", (STATE / "secret_key").read_text())
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{STATE / 'kyphotrack.sqlite3'}")
    os.environ.setdefault("SITE_ADDRESS", f"http://127.0.0.1:{port}")
    os.environ.setdefault("STATIC_ROOT", str(STATE / "static"))


def _manage(*arguments: str) -> None:
    result = subprocess.run(  # noqa: S603 - the commands are ours
        [sys.executable, "manage.py", *arguments], cwd=ROOT
    )
    if result.returncode:
        raise NotReady(f"manage.py {arguments[0]} failed; its message stands above. `make demo-reset` starts over.")


def _start_stack(children: Children, port: int) -> None:
    say("Starting web server, worker and timetable")
    binaries = Path(sys.executable).parent
    celery = [binaries / "celery", "-A", "kyphotrack"]
    os.chdir(ROOT)
    children.start(
        "web", [binaries / "gunicorn", "kyphotrack.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", 2,
                "--worker-tmp-dir", tempfile.gettempdir(), "--graceful-timeout", 5],
    )  # fmt: skip
    children.start(
        "worker", [*celery, "worker", "--queues", "urgent,mail,bulk", "--concurrency", 2, "--loglevel", "INFO"]
    )
    children.start(
        "timetable",
        [*celery, "beat", "--schedule", STATE / "timetable", "--pidfile", STATE / "timetable.pid", "--loglevel", "INFO"],
    )


def _wait_until_it_answers(children: Children, port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        children.check()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)  # noqa: S310 - our own page
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise NotReady(f"The page did not answer within {_PATIENCE_SECONDS} s; see {STATE / 'logs' / 'web.log'}.")


def _tell(ports: dict[str, int]) -> None:
    say(f"\nKyphotrack is running: http://127.0.0.1:{ports['PORT']}/")
    _manage("load_demo_ward", "--print-sign-ins")
    if os.environ["EMAIL_URL"].endswith(f":{ports['SMTP_PORT']}"):
        say(f"Mail that it sends: http://127.0.0.1:{ports['MAILBOX_PORT']}/")
    say(f"Logs: {STATE / 'logs'}. Ctrl-C stops everything; the data stays. `make demo-reset` starts over, dated to now.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
