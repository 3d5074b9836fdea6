"""Real parts for every test: the database and broker of the environment, and a mail server on loopback."""

import os
import socket
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from kyphotrack.embedded.chromium import FLAGS, find_chromium
from kyphotrack.messages.compile import compile_catalogues

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser driver keeps an event loop running


def pytest_configure(config):
    """SQLite makes the test database, but not the folder that it stands in. Translations are those of the sources."""
    compile_catalogues()
    if connection.vendor == "sqlite":
        Path(settings.DATABASES["default"]["TEST"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)


def pytest_collection_modifyitems(config, items):
    """Leave out, and do not skip, what cannot run on this database or without a browser; one line says so."""
    left_out = []
    for item in items:
        needs_locks = item.get_closest_marker("needs_postgresql") and connection.vendor != "postgresql"
        needs_browser = item.get_closest_marker("browser") and not find_chromium()
        if needs_locks or needs_browser:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if not find_chromium() and os.environ.get("KYPHOTRACK_NO_SKIPS"):
        raise pytest.UsageError("No Chromium was found, and here the browser tests must run.")


def pytest_sessionfinish(session, exitstatus):
    """Where nothing may be skipped, a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("KYPHOTRACK_NO_SKIPS") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("Here nothing may be skipped: the run fails.", red=True)
        session.exitstatus = 1


@dataclass
class MailServer:
    """A real SMTP server. `refuse` maps a recipient to the reply that it gets."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def forget(self) -> None:
        self.messages.clear()
        self.refuse.clear()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def _running_mail_server():
    server = MailServer(port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def smtp_server(_running_mail_server, settings):
    """The mail server, empty, with the real SMTP backend pointed at it."""
    _running_mail_server.forget()
    settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _running_mail_server.port
    yield _running_mail_server


@pytest.fixture(scope="session")
def broker_url() -> str:
    return settings.REDIS_URL


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium for all browser tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def site(db):
    from tests import cast  # models can be imported only now

    return cast.a_site()


@pytest.fixture
def nurse(site):
    from tests import cast

    return cast.a_nurse(site)


@pytest.fixture
def physician(site):
    from tests import cast

    return cast.a_physician(site)
