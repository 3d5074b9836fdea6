"""The demo's mail server: it takes every message and shows it on a page. It delivers nothing anywhere.

python -m kyphotrack.embedded.mailbox --smtp-port 1025 --http-port 8025 --directory .demo/mail
"""

import argparse
import email
import email.policy
import html
import mailbox
import re
import signal
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

_STYLE = """
body { font: 16px sans-serif; margin: 2rem; max-width: 60rem }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #bbb; padding: .4rem; text-align: left }
pre { background: #f3f3f3; padding: 1rem; white-space: pre-wrap }
"""
_HEADERS = ("From", "To", "Subject", "Date", "Message-ID")


def _messages(directory: Path) -> dict[str, EmailMessage]:
    """Newest first: a Maildir's key begins with the time of arrival."""
    box = mailbox.Maildir(directory)
    return {
        key: email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
        for key in sorted(box.keys(), reverse=True)
    }


def list_page(directory: Path) -> str:
    rows = [
        f"<tr><td>{_escaped(message['Date'])}<td>{_escaped(message['To'])}"
        f'<td><a href="/message/{_escaped(key)}">{_escaped(message["Subject"])}</a>'
        for key, message in _messages(directory).items()
    ]
    table = f"<table><tr><th>Date<th>To<th>Subject{''.join(rows)}</table>" if rows else "<p>No mail yet.</p>"
    return _page("Mailbox of the demo", f"<p>Newest first. Every message that the demo sends ends here.</p>{table}")


def message_page(directory: Path, key: str) -> str | None:
    message = _messages(directory).get(key)
    if message is None:
        return None
    headers = "".join(f"<tr><th>{name}<td>{_escaped(message[name])}" for name in _HEADERS)
    body = message.get_body(("plain",))
    text = _escaped(body.get_content() if body else "(no text part)")
    linked = re.sub(r"https?://[^\s&<>]+", r'<a href="\g<0>">\g<0></a>', text)
    return _page("Message", f'<p><a href="/">All mail</a></p><table>{headers}</table><pre>{linked}</pre>')


def _escaped(words: object) -> str:
    return html.escape(str(words))


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}"
    )


def _pages_of(directory: Path) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = None
            if self.path == "/":
                page = list_page(directory)
            elif self.path.startswith("/message/"):
                page = message_page(directory, self.path.removeprefix("/message/"))
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or _page("No such page", "")).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            return

    return Pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    given = parser.parse_args()
    smtp = Controller(Mailbox(given.directory), hostname="127.0.0.1", port=given.smtp_port)
    smtp.start()
    web = ThreadingHTTPServer(("127.0.0.1", given.http_port), _pages_of(given.directory))
    # shutdown() waits for the loop below, so it cannot be called from it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever()
    smtp.stop()


if __name__ == "__main__":
    main()
