"""What `make test` runs: the suite on SQLite, and again on a real PostgreSQL, with a real broker and mail server.

--bench    only the measurements, on PostgreSQL; a word after it chooses those whose name has it
--faults   only the fault cases, in their long form, on PostgreSQL
--screenshots   no test: take the pictures of the README anew

DATABASE_URL (if it is PostgreSQL) and REDIS_URL are used as given; what is not given is started here and stopped after.
With CI set, a skipped test and a missing Chromium are failures.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from kyphotrack.embedded import processes
from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.chromium import find_chromium
from kyphotrack.embedded.database import Database
from kyphotrack.embedded.processes import ChildDied, Children

ROOT = Path(__file__).resolve().parents[2]
_NOTHING_COLLECTED = 5  # pytest's exit code


def say(words: str) -> None:
    print(words, flush=True)


def main(arguments: list[str]) -> int:
    processes.end_in_order_when_told()
    with ExitStack() as at_the_end:
        place = Path(tempfile.mkdtemp(prefix="kyphotrack-test-"))
        at_the_end.callback(shutil.rmtree, place, ignore_errors=True)
        try:
            broker_url, postgresql_url = _servers(place, at_the_end)
            return _run_passes(arguments, place, broker_url, postgresql_url, at_the_end)
        except ChildDied as problem:
            say(str(problem))
            return 1
        except KeyboardInterrupt:
            say("\nStopped.")
            return 130


def _servers(place: Path, at_the_end: ExitStack) -> tuple[str, str]:
    """The addresses of a broker and of a PostgreSQL."""
    children = Children(place)
    own: list[Broker | Database] = []
    # What is registered last happens first: the servers stop before their folders go.
    at_the_end.callback(lambda: [server.forget() for server in own])
    at_the_end.callback(children.stop)
    at_the_end.callback(processes.let_nothing_interrupt_the_end)
    broker_url = os.environ.get("REDIS_URL", "")
    postgresql_url = os.environ.get("DATABASE_URL", "")
    if not broker_url:
        say("Starting the broker")
        own.append(Broker(children, place / "broker"))
        broker_url = own[-1].url
    if not postgresql_url.startswith("postgres"):
        say("Starting PostgreSQL")
        own.append(Database(children))
        postgresql_url = own[-1].url
    return broker_url, postgresql_url


def _run_passes(arguments: list[str], place: Path, broker_url: str, postgresql_url: str, at_the_end: ExitStack) -> int:
    static = place / "static"
    static.mkdir()
    environment = {
        **os.environ,
        "KYPHOTRACK_MODE": "test",
        "REDIS_URL": broker_url,
        "STATIC_ROOT": str(static),
    }
    sums = place / "sums-of-the-fault-cases"
    if "--faults" in arguments:
        environment |= {"FAULTS": "long", "FAULTS_SUMS": str(sums)}
    if os.environ.get("CI"):
        environment["KYPHOTRACK_NO_SKIPS"] = "1"
    prefix: list[str] = []
    if "--faults" in arguments:
        # Not below `place`: PostgreSQL runs as another account where this is root, and must get there.
        small = Path(tempfile.mkdtemp(prefix="kyphotrack-small-disk-"))
        small.chmod(0o755)
        at_the_end.callback(shutil.rmtree, small, ignore_errors=True)
        environment |= {"SMALL_DISK": str(small)}
        prefix = _on_a_small_disk(small)
    failed = [
        name
        for name, database_url, options in _passes(arguments, f"sqlite:///{place / 'test.sqlite3'}", postgresql_url)
        if not _passed(name, options, {**environment, "DATABASE_URL": database_url}, prefix)
    ]
    if not find_chromium():
        say("No Chromium was found, so the browser journeys did not run (set CHROMIUM to its path).")
    say(f"Failed: {', '.join(failed)}." if failed else "The whole run passed.")
    if sums.exists():
        say(sums.read_text())
    return 1 if failed else 0


def _passes(arguments: list[str], sqlite_url: str, postgresql_url: str) -> list[tuple[str, str, list[str]]]:
    """Name, database and pytest's options of each pass. What measures, kills or drives a browser runs alone."""
    if "--bench" in arguments:
        only = [word for word in arguments if not word.startswith("--")]
        return [
            ("measurements on PostgreSQL", postgresql_url, ["-m", "bench", "-s", *(["-k", only[0]] if only else [])])
        ]
    if "--faults" in arguments:
        return [("fault cases on PostgreSQL", postgresql_url, ["-m", "faults", "-v"])]
    if "--screenshots" in arguments:
        return [("screenshots of the demo ward", postgresql_url, ["tests/screenshots.py"])]
    side_by_side = ["-m", "not browser and not faults and not bench", "-n", "2"]
    return [
        ("SQLite", sqlite_url, side_by_side),
        ("PostgreSQL", postgresql_url, side_by_side),
        ("browser journeys and fault cases on PostgreSQL", postgresql_url, ["-m", "browser or faults"]),
    ]


def _on_a_small_disk(place: Path) -> list[str]:
    """What goes before a command so that it finds a disk of its own there, for one case fills it.

    Root mounts it. Anybody else does so in a namespace where they are root, and then is again who they were. Empty where the
    kernel allows neither.
    """
    mount_and_go_on = (
        'mount -t tmpfs -o size=600m,mode=755 tmpfs "$1"; user=$2 group=$3; shift 3;'
        ' [ "$user" = 0 ] && exec "$@"; exec unshare --user --map-user="$user" --map-group="$group" -- "$@"'
    )
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    prefix = [
        "unshare", *as_root, "--mount", "sh", "-ec", mount_and_go_on, "sh", str(place), str(os.geteuid()),
        str(os.getegid()),
    ]  # fmt: skip
    try:
        tried = subprocess.run([*prefix, "mountpoint", "-q", str(place)], capture_output=True)
    except FileNotFoundError:
        return []
    return prefix if tried.returncode == 0 else []


def _passed(name: str, options: list[str], environment: dict[str, str], prefix: list[str]) -> bool:
    say(f"\n=== {name} ===")
    started = time.monotonic()
    result = subprocess.run([*prefix, sys.executable, "-m", "pytest", "-q", *options], cwd=ROOT, env=environment)
    # Without a browser the last pass may have nothing left to run.
    passed = result.returncode == 0 or (result.returncode == _NOTHING_COLLECTED and not find_chromium())
    say(f"=== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s ===")
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
