"""What `make test` runs: the suite on SQLite, and again on a real PostgreSQL, with a real broker and mail server.

--bench    only the measurements, on PostgreSQL
--faults   only the fault cases, on PostgreSQL
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kyphotrack.embedded.broker import Broker
from kyphotrack.embedded.database import Database
from kyphotrack.embedded.processes import ChildDied, Children

ROOT = Path(__file__).resolve().parents[2]


def say(words: str) -> None:
    print(words, flush=True)


def main(arguments: list[str]) -> int:
    place = Path(tempfile.mkdtemp(prefix="kyphotrack-test-"))
    children = Children(place)
    parts: list[Broker | Database] = []
    environment = {
        **os.environ,
        "KYPHOTRACK_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "kyphotrack.settings",
        "STATIC_ROOT": str(place / "static"),
    }
    if os.environ.get("CI"):
        environment["KYPHOTRACK_NO_SKIPS"] = "1"
    try:
        if "REDIS_URL" not in environment:
            say("Starting the broker")
            parts.append(Broker(children, place / "broker"))
            environment["REDIS_URL"] = parts[-1].url
        postgresql = os.environ.get("DATABASE_URL", "")
        if not postgresql.startswith("postgres"):
            say("Starting PostgreSQL")
            parts.append(Database(children))
            postgresql = parts[-1].url
        passes = _passes(arguments, place, postgresql)
        failed = [name for name, url, options in passes if not _suite(name, url, options, environment)]
    except ChildDied as problem:
        say(str(problem))
        return 1
    finally:
        children.stop()
        for part in parts:
            part.forget()
    say(f"Failed: {', '.join(failed)}." if failed else "The whole run passed.")
    return 1 if failed else 0


def _passes(arguments: list[str], place: Path, postgresql: str) -> list[tuple[str, str, list[str]]]:
    if "--bench" in arguments:
        return [("measurements on PostgreSQL", postgresql, ["-m", "bench", "-s"])]
    if "--faults" in arguments:
        return [("fault cases on PostgreSQL", postgresql, ["-m", "faults", "-v"])]
    sqlite = f"sqlite:///{place / 'test.sqlite3'}"
    quick = "not browser and not faults and not bench"
    return [
        ("SQLite", sqlite, ["-m", quick, "-n", "2"]),
        ("PostgreSQL", postgresql, ["-m", quick, "-n", "2"]),
        ("browser and faults on PostgreSQL", postgresql, ["-m", "browser or faults"]),
    ]


def _suite(name: str, database_url: str, options: list[str], environment: dict[str, str]) -> bool:
    say(f"\n=== {name} ===")
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options], cwd=ROOT, env={**environment, "DATABASE_URL": database_url}
    )
    say(f"=== {name}: {'passed' if result.returncode == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s ===")
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
