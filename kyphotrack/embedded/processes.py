"""Children of this program: started in groups of their own, watched, and ended with it."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class ChildDied(RuntimeError):
    """A part did not start or stopped by itself; the text has its last lines."""


def end_in_order_when_told() -> None:
    """Turn a request to end, and the closing of the terminal, into an exception, so that `finally` stops the parts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would not hear Ctrl-C
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))


def let_nothing_interrupt_the_end() -> None:
    """A second Ctrl-C, or a whole row of them, must not leave half of the parts running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def installed_at(package: str) -> Path:
    """The folder of a package whose binaries are wanted; importing it could do more than that."""
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        raise ChildDied(f"The package {package} is not installed in this environment; run `make setup`.")
    return Path(found.origin).parent


@dataclass
class Child:
    name: str
    process: subprocess.Popen
    log: Path
    stop_signal: int

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait for `ready`, an OSError in it meaning not yet; ChildDied if it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            try:
                if ready():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise ChildDied(f"The {self.name} did not start. Its last lines:\n{self.last_lines()}")


@dataclass
class Children:
    """Start parts, see that they live, and stop them in the reverse order."""

    logs: Path
    running: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[object],
        *,
        stop_signal: int = signal.SIGTERM,
        user: int | None = None,
        group: int | None = None,
    ) -> Child:
        """Start a part; its output goes to a log of this run, and it hears `stop_signal` at the end."""
        log = self.logs / f"{name.replace(' ', '-')}.log"
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    # A group of its own: Ctrl-C reaches this program alone, which then stops the parts in order.
                    start_new_session=True,
                    user=user,
                    group=group,
                    extra_groups=[] if user is not None else None,
                )
        except OSError as error:
            raise ChildDied(f"The {name} could not be started: {error}.") from error
        child = Child(name, process, log, stop_signal)
        self.running.append(child)
        return child

    def check(self) -> None:
        """Raise ChildDied if one of them has ended."""
        for child in self.running:
            if not child.alive:
                raise ChildDied(
                    f"The {child.name} stopped with code {child.process.returncode}. "
                    f"Its last lines:\n{child.last_lines()}"
                )

    def stop(self, *, patience_seconds: float = 20) -> None:
        """Ask each to end, last started first; after the patience, end its whole group."""
        for child in reversed(self.running):
            if child.alive:
                child.process.send_signal(child.stop_signal)
            try:
                child.process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                child.process.kill()
            _end_group(child)
            child.process.wait()
        self.running.clear()


def _end_group(child: Child) -> None:
    """What the part itself started and left behind."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
