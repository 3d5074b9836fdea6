"""Certificates for a mail server on loopback, made by the `openssl` command: a good one, and those that nobody may accept."""

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A certificate authority of one case. `file` is what a client has to trust."""

    def __init__(self, folder: Path):
        self.folder, self.file = folder, folder / "authority.pem"
        _openssl(
            "req", "-x509", *_KEY, "-keyout", folder / "authority.key", "-out", self.file, "-subj", "/CN=Authority",
            "-days", "2",
        )  # fmt: skip

    def server(self, *, address: str = "IP:127.0.0.1", days: int = 2) -> ssl.SSLContext:
        """What a server for `address` shows; with negative `days` it has expired."""
        key, wish, shown, names = (self.folder / f"server.{end}" for end in ("key", "csr", "pem", "names"))
        names.write_text(f"subjectAltName={address}\n")
        _openssl("req", *_KEY, "-keyout", key, "-out", wish, "-subj", "/CN=Server")
        _openssl(
            "x509", "-req", "-in", wish, "-CA", self.file, "-CAkey", self.folder / "authority.key", "-CAcreateserial",
            "-days", days, "-extfile", names, "-out", shown,
        )  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(shown, key)
        return context


def shows_nothing() -> ssl.SSLContext:
    """A server without any certificate: each handshake fails."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
