"""The demo's mail server: it takes every message and shows it on a page. It delivers nothing anywhere.

    python -m kyphotrack.embedded.mailbox --smtp-port 1025 --http-port 8025 --directory .demo/mail
"""

import argparse
import email
import email.policy
import html
import mailbox
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

_STYLE = "body{font:16px sans-serif;margin:2rem;max-width:60rem}table{border-collapse:collapse;width:100%}" \
    "td,th{border-bottom:1px solid #bbb;padding:.4rem;text-align:left}pre{background:#f3f3f3;padding:1rem;white-space:pre-wrap}"  # fmt: skip


def _messages(directory: Path) -> list[tuple[str, email.message.EmailMessage]]:
    box = mailbox.Maildir(directory, create=True)
    found = [(key, email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)) for key in box.keys()]
    return sorted(found, key=lambda pair: pair[0], reverse=True)  # a Maildir key begins with the time of arrival


def list_page(directory: Path) -> str:
    rows = "".join(
        f'<tr><td>{html.escape(str(message["Date"]))}</td><td>{html.escape(str(message["To"]))}</td>'
        f'<td><a href="/message/{html.escape(key)}">{html.escape(str(message["Subject"]))}</a></td></tr>'
        for key, message in _messages(directory)
    )
    table = f"<table><tr><th>Date<th>To<th>Subject</tr>{rows}</table>" if rows else "<p>No mail yet.</p>"
    return _page("Mailbox of the demo", f"<p>Newest first. Every message of the demo ends here.</p>{table}")


def message_page(directory: Path, key: str) -> str | None:
    message = dict(_messages(directory)).get(key)
    if message is None:
        return None
    heads = "".join(
        f"<tr><th>{name}</th><td>{html.escape(str(message[name]))}</td></tr>"
        for name in ("From", "To", "Subject", "Date", "Message-ID")
    )
    body = message.get_body(("plain",))
    text = html.escape(body.get_content() if body else "(no text part)")
    return _page("Message", f'<p><a href="/">All mail</a></p><table>{heads}</table><pre>{text}</pre>')


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}"
    )


def _handler(directory: Path) -> type[BaseHTTPRequestHandler]:
    class ReadOnly(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
            if self.path == "/":
                page = list_page(directory)
            elif self.path.startswith("/message/"):
                page = message_page(directory, self.path.removeprefix("/message/"))
            else:
                page = None
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "No such page.").encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is http.server's
            return

    return ReadOnly


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    given = parser.parse_args()
    smtp = Controller(Mailbox(given.directory), hostname="127.0.0.1", port=given.smtp_port)
    smtp.start()
    web = ThreadingHTTPServer(("127.0.0.1", given.http_port), _handler(given.directory))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever()
    smtp.stop()


if __name__ == "__main__":
    main()
