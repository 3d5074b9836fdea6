"""A mail server on loopback that keeps what it took, and misbehaves as a case tells it to."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.conftest import free_port


@dataclass(frozen=True)
class Arrival:
    key: str
    message_id: str
    at: float


@dataclass
class Sink:
    """`before` is awaited with each message before it is kept, `after` once it is, before the reply.

    Either may answer with a reply of its own; with None the message goes its way.
    """

    before: Callable[..., Awaitable[str | None]] | None = None
    after: Callable[..., Awaitable[str | None]] | None = None
    port: int = field(default_factory=free_port)
    by_address: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    tries: int = 0
    _controller: Controller | None = None

    async def handle_DATA(self, server, session, envelope):
        self.tries += 1
        message = message_from_bytes(envelope.content, policy=policy.default)
        reply = await self.before(server, envelope) if self.before else None
        if reply:
            return reply
        (address,) = envelope.rcpt_tos
        self.by_address[address].append(Arrival(message["X-Message-Key"], message["Message-ID"], time.time()))
        reply = await self.after(server, envelope) if self.after else None
        return reply or "250 OK"

    @property
    def received(self) -> int:
        return sum(map(len, self.by_address.values()))

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None
