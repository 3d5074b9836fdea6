"""Django's SMTP backend with two things that smtplib lacks.

A conversation has an end: smtplib counts its time-out from byte to byte, so that a server which drips holds its client for
minutes. And a message that the server had in whole and never answered is told from one that it refused: it may have been taken.
"""

import os
import smtplib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.core.mail.backends import smtp

MOST_SECONDS = 25.0


class NoAnswer(smtplib.SMTPServerDisconnected):
    """The server had the whole message and fell silent: nobody knows whether it took it."""


class EmailBackend(smtp.EmailBackend):
    """All conversations of one backend end `seconds` after it was made, whatever the server does."""

    def __init__(self, *args, seconds: float = MOST_SECONDS, **kwargs):
        super().__init__(*args, **kwargs)
        self._ends_at = time.monotonic() + seconds

    @property
    def connection_class(self) -> Callable:
        return partial(_TlsConversation if self.use_ssl else _Conversation, ends_at=self._ends_at)


class _Conversation(smtplib.SMTP):
    _all_said = False
    _line: socket.socket | None = None
    _end: threading.Timer | None = None

    def __init__(self, *args, ends_at: float, **kwargs):
        self._ends_at = ends_at
        super().__init__(*args, **kwargs)

    def _get_socket(self, host, port, timeout):
        left = max(self._ends_at - time.monotonic(), 0.1)
        connected = super()._get_socket(host, port, min(timeout, left))  # type: ignore[misc]
        # A second handle of the same line, for STARTTLS puts another object in the place of the first.
        self._line = socket.socket(fileno=os.dup(connected.fileno()))
        self._end = threading.Timer(max(self._ends_at - time.monotonic(), 0), self._cut)
        self._end.daemon = True
        self._end.start()
        return connected

    def _cut(self) -> None:
        with suppress(OSError):  # it was closed meanwhile
            if self._line:
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._end:
            self._end.cancel()
        if self._line:
            self._line.close()
        super().close()

    def send(self, s) -> None:
        self._all_said = False
        super().send(s)
        self._all_said = isinstance(s, bytes)  # commands are text; only a message goes out as bytes

    def data(self, msg):
        try:
            return super().data(msg)
        except smtplib.SMTPResponseException:
            raise
        except OSError as error:
            if self._all_said:
                raise NoAnswer("No answer to a whole message.") from error
            raise


class _TlsConversation(_Conversation, smtplib.SMTP_SSL):
    """TLS from the first byte."""


def reply_of(error: Exception) -> tuple[int | None, str]:
    """The server's code, if it gave one, and words without the address that a server's own words may repeat."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _words in error.recipients.values()), "recipient refused"
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, "refused by the mail server"
    return None, type(error).__name__
