"""A mail server that does what a test says: refuses, closes, goes away, comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.processes import free_port


class MailServer:
    """What a server was asked, and what it answers.

    Attributes:
        mails: what it took.
        connections: how often somebody connected.
        answers: what it says to a recipient, by the recipient's address; "" closes without a word.
        greeting: what it says to every sender; "" lets all in.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.connections = 0
        self.answers: dict[str, str] = {}
        self.greeting = ""
        self.port = free_port()
        self._controller: Any = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.greeting:
            return self.greeting
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.answers.get(address, "250 OK")
        if not answer:
            server.transport.abort()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def start(self) -> None:
        """Listen."""
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Go away, with all connections."""
        if self._controller is not None:
            self._controller.close_connections()
            self._controller.stop()
            self._controller = None

    def close_connections(self) -> None:
        """Close all connections without a word, and go on listening."""
        self._controller.close_connections()


class _Controller(Controller):
    def factory(self) -> SMTP:
        server = SMTP(self.handler, enable_SMTPUTF8=True)
        self.sessions = [*getattr(self, "sessions", []), server]
        return server

    def close_connections(self) -> None:
        for server in getattr(self, "sessions", []):
            if server.transport is not None:
                self.loop.call_soon_threadsafe(server.transport.abort)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server."""
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
