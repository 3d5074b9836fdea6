"""A mail server on loopback that keeps what it took, misbehaves as a case tells it to, and sees what its clients cannot know.

A client that goes on after an answer (with its next message, or by hanging up in order) has heard it and noted it. Where the
line ends instead, nobody on the client's side knows that this message was taken: it stands in the one documented window.
"""

import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.conftest import free_port


@dataclass
class Arrival:
    """`had_at`: the whole message was here. `went_on_at`: the client had heard of it; None if it never did."""

    key: str
    message_id: str
    had_at: float
    at: float
    encrypted: bool = False
    went_on_at: float | None = None


@dataclass
class Sink:
    """`before` is awaited with each message before it is kept, `after` once it is, before the reply.

    Either may answer with a reply of its own; with None the message goes its way. With `tls` it offers STARTTLS.
    """

    before: Callable[..., Awaitable[str | None]] | None = None
    after: Callable[..., Awaitable[str | None]] | None = None
    tls: ssl.SSLContext | None = None
    # A client that cannot note what it heard, because its database is gone, hangs up in order all the same.
    hanging_up_means_noted: bool = True
    port: int = field(default_factory=free_port)
    by_address: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    tries: int = 0
    greeted: int = 0
    _controller: Controller | None = None

    async def handle_DATA(self, server, session, envelope):
        self.tries += 1
        had_at = time.time()
        message = message_from_bytes(envelope.content, policy=policy.default)
        reply = await self.before(server, envelope) if self.before else None
        if reply:
            return reply
        (address,) = envelope.rcpt_tos
        session.arrival = Arrival(
            message["X-Message-Key"], message["Message-ID"], had_at, time.time(), encrypted=session.ssl is not None
        )
        self.by_address[address].append(session.arrival)
        reply = await self.after(server, envelope) if self.after else None
        return reply or "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.greeted += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self._goes_on(session)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if self.hanging_up_means_noted:
            self._goes_on(session)
        return "221 Bye"

    @staticmethod
    def _goes_on(session) -> None:
        arrival = getattr(session, "arrival", None)
        if arrival and arrival.went_on_at is None:
            arrival.went_on_at = time.time()

    @property
    def received(self) -> int:
        return sum(map(len, self.by_address.values()))

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, tls_context=self.tls)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None
