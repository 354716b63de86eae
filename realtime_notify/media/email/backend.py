"""The backend: hands mails to one connection, and tells what became of them."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from realtime_notify.conf import settings
from realtime_notify.conf.entries import Settings
from realtime_notify.media.email.composing import Composer
from realtime_notify.media.email.connection import new_connection
from realtime_notify.media.email.resting import rest
from realtime_notify.outbox import MediumBackend, Message, NotNow, Refused

AWAY_SECONDS = 60.0
"""How long to wait for a server that cannot be reached, or that refuses us and not a recipient."""
IDLE_SECONDS = 15.0
"""After so long without a mail, ask whether the connection still stands before the next one."""

_CLOSING = 421  # RFC 5321: the server closes the connection; it says so about any command
_TOO_LARGE = 552
_PERMANENT = range(500, 600)
_UNKNOWN_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")  # RFC 3463: a bad address
_SERVER_TROUBLE = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError, SMTPNotSupportedError)
_DEFAULT_READER = Settings.__dataclass_fields__["READER"].default


class Email(MediumBackend):
    """Sends messages by e-mail. Many mails share one connection, which is reopened if it breaks."""

    name: ClassVar = "email"
    label: ClassVar = _("E-mail")
    is_for_addresses: ClassVar = True

    def __init__(self) -> None:
        self._composer = Composer()
        self._connection: Any = None
        self._is_open = False
        self._used_at = 0.0
        self._free_at = 0.0

    def reachable(self, users: Collection[Any]) -> Collection[Any]:
        """Return those of the users, by primary key, who have an e-mail address.

        With a `READER` of the project's own, this is everybody: only that function knows.
        """
        if settings.READER != _DEFAULT_READER:
            return users
        model = get_user_model()
        name = model.get_email_field_name()
        if name not in {field.name for field in model._meta.get_fields()}:
            return users  # a property: no query can ask for it
        found = model._default_manager.filter(pk__in=users).exclude(**{name: ""})
        return set(found.exclude(**{name: None}).values_list("pk", flat=True))

    def open(self) -> None:
        """Make a connection; the first mail opens it."""
        self._connection = new_connection()

    def send(self, message: Message) -> str:
        """Send a message as a mail.

        Returns:
            The Message-ID.

        Raises:
            Refused: there is no address, or the server refuses it for good.
            NotNow: the server cannot be reached, or refuses us, whoever the recipient is.
            SMTPException, OSError: the server refuses this mail for now, or went away with it.
        """
        mail = self._composer.compose(message)
        connection = self._ready()
        self._keep_pace()
        try:
            accepted = connection.send_messages([mail])
        except Exception as error:
            self._after(error)
            raise
        self._used_at = time.monotonic()
        if accepted == 0:
            raise OSError(f"{type(self._connection).__name__} did not accept the mail.")
        return str(mail.extra_headers.get("Message-ID", ""))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None and self._is_open:
            with suppress(Exception):
                self._connection.close()
        self._is_open = False

    def _ready(self) -> Any:
        """Return the connection, open.

        Raises:
            NotNow: the server cannot be reached.
        """
        if self._connection is None:
            self.open()
        if self._is_open and time.monotonic() - self._used_at > IDLE_SECONDS:
            self._close_if_gone()
        if not self._is_open:
            try:
                self._connection.open()
            except Exception as error:
                raise NotNow(f"The mail server is away: {error}", AWAY_SECONDS) from error
            self._is_open, self._used_at = True, time.monotonic()
        return self._connection

    def _close_if_gone(self) -> None:
        """Close a connection that the server has closed, which only asking shows."""
        noop = getattr(getattr(self._connection, "connection", None), "noop", None)
        if noop is None:
            return
        try:
            is_gone = noop()[0] >= 400
        except Exception:
            is_gone = True
        if is_gone:
            self.close()

    def _keep_pace(self) -> None:
        """Wait until the setting `EMAIL_RATE` allows the next mail."""
        if rate := settings.EMAIL_RATE:
            now = time.monotonic()
            if now < self._free_at:
                time.sleep(self._free_at - now)
            self._free_at = max(now, self._free_at) + 1 / rate

    def _after(self, error: Exception) -> None:
        """Say what an error means for the next mails.

        Raises:
            Refused: the recipient is refused for good.
            NotNow: it is not about this mail.
        """
        if isinstance(error, SMTPRecipientsRefused):
            code, reason = next(iter(error.recipients.values()))
            if code == _CLOSING:
                self.close()
                raise NotNow(f"The server closes: {_said(reason)}", AWAY_SECONDS) from error
            if code in _PERMANENT:
                if _said(reason).startswith(_UNKNOWN_MAILBOX):
                    for address in error.recipients:
                        rest(address, _said(reason))
                raise Refused(f"{code} {_said(reason)}") from error
            return  # smtplib has sent RSET: the connection serves the next mail
        self.close()
        code = getattr(error, "smtp_code", 0)
        is_sender = isinstance(error, SMTPSenderRefused) and code != _TOO_LARGE
        if is_sender or code == _CLOSING or isinstance(error, _SERVER_TROUBLE):
            raise NotNow(f"The server refuses to work for us: {error}", AWAY_SECONDS) from error


def _said(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
