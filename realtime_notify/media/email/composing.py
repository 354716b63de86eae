"""Composing: messages as e-mails, in the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from email.utils import make_msgid
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation

from realtime_notify.links import absolute
from realtime_notify.media.email.connection import new_connection
from realtime_notify.media.email.context import own_context
from realtime_notify.media.email.headers import (
    headers_of,
    host,
    is_address,
    sender,
    subject_line,
)
from realtime_notify.media.email.letters import Letters
from realtime_notify.media.email.templates import Said, html_of, text_of
from realtime_notify.media.email.tracking import METADATA
from realtime_notify.outbox import Message, Reader, Refused
from realtime_notify.subscriptions.unsubscribing import unsubscribe_url_of


class Composer:
    """Composes mails. One serves many, and remembers what they have in common."""

    def __init__(self) -> None:
        self._letters = Letters()

    def compose(self, message: Message) -> EmailMultiAlternatives:
        """Return a message as an e-mail, in its reader's language and time zone.

        Raises:
            Refused: the reader has no e-mail address, or one that is none.
        """
        url = absolute(unsubscribe_url_of(message))
        said = self._letters.said_to(message, url, lambda: reading_as(message.reader))
        mail = _mail(message.reader, said, headers_of(message, url))
        # Of use to django-anymail alone: services send it back with their reports.
        mail.metadata = {METADATA: str(message.pk)}  # type: ignore[attr-defined]
        return mail


def compose(message: Message) -> EmailMultiAlternatives:
    """Return a message as an e-mail, in its reader's language and time zone.

    Raises:
        Refused: the reader has no e-mail address, or one that is none.
    """
    return Composer().compose(message)


def send_test(message: Message) -> None:
    """Send a mail that stands in no queue, at once.

    Its Message-ID is its own, so that mail programs do not take the second test for the first.

    Raises:
        Refused: the reader has no e-mail address, or one that is none.
        Exception: the mail could not be sent.
    """
    mail = compose(message)
    mail.extra_headers["Message-ID"] = make_msgid(domain=host())
    _send(mail)


def send_mail_to(reader: Reader, template: str, context: Mapping[str, Any]) -> None:
    """Send a mail of one's own, such as a confirmation, in the reader's language and time zone.

    Args:
        reader: to whom, and how they read.
        template: the path of its templates without their endings: `<template>_subject.txt`,
            `<template>.txt` and, if there is one, `<template>.html`.
        context: what the templates get.

    Raises:
        Refused: the reader has no e-mail address, or one that is none.
        OSError, SMTPException: the mail could not be sent.
    """
    with reading_as(reader):
        values = {**own_context(), **context}
        said = Said(
            text_of(f"{template}_subject.txt", values),
            text_of(f"{template}.txt", values),
            html_of(f"{template}.html", values),
        )
    mail = _mail(reader, said, {"Auto-Submitted": "auto-generated"})
    _send(mail)


def reading_as(reader: Reader) -> AbstractContextManager[Any]:
    """Activate a reader's language and time zone for a block of code."""
    stack = ExitStack()
    stack.enter_context(translation.override(reader.language))
    stack.enter_context(timezone.override(reader.time_zone))
    return stack


def _mail(reader: Reader, said: Said, headers: dict[str, str]) -> EmailMultiAlternatives:
    if not is_address(reader.address):
        raise Refused("There is no e-mail address." if not reader.address else "It is no address.")
    subject = subject_line(said.subject)
    mail = EmailMultiAlternatives(subject, said.text, sender(), [reader.address], headers=headers)
    if said.html:
        mail.attach_alternative(said.html, "text/html")
    return mail


def _send(mail: EmailMultiAlternatives) -> None:
    new_connection().send_messages([mail])
