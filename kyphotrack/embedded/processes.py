"""Children of this program: started in groups of their own, watched, and ended with it."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


class ChildDied(RuntimeError):
    """A part stopped by itself; the text has its last lines."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen
    log: Path

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


@dataclass
class Children:
    """Start parts, see that they live, and stop them in the reverse order."""

    logs: Path
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[object], *, user: int | None = None, **environment: str) -> Child:
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - the commands are ours
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                # A group of its own: Ctrl-C reaches this program alone, which then stops the parts in order.
                start_new_session=True,
                env={**os.environ, **environment},
                user=user,
                group=user,
                extra_groups=[] if user is not None else None,
            )
        child = Child(name, process, log)
        self.running.append(child)
        return child

    def check(self) -> None:
        """Raise ChildDied if one of them has ended."""
        for child in self.running:
            if child.process.poll() is not None:
                raise ChildDied(
                    f"{child.name} stopped with code {child.process.returncode}. Its last lines:\n{child.last_lines()}"
                )

    def stop(self, patience_seconds: float = 20) -> None:
        """Ask each to end, last started first; after the patience, end its whole group."""
        for child in reversed(self.running):
            _signal(child, signal.SIGTERM)
            deadline = time.monotonic() + patience_seconds
            while child.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            _signal_group(child, signal.SIGKILL)
            child.process.wait()
        self.running.clear()


def _signal(child: Child, number: int) -> None:
    if child.process.poll() is None:
        child.process.send_signal(number)


def _signal_group(child: Child, number: int) -> None:
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
