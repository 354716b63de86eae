"""Composing: messages as e-mails, in the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import TemplateDoesNotExist, loader
from django.urls import reverse
from django.utils import timezone, translation

from realtime_notify.conf import settings
from realtime_notify.links import absolute
from realtime_notify.media.email.headers import headers_of, is_address, sender, subject_line
from realtime_notify.outbox import Item, Message, Reader, Refused


def compose(message: Message) -> EmailMultiAlternatives:
    """Return a message as an e-mail, in its reader's language and time zone.

    Raises:
        Refused: the reader has no e-mail address, or one that is none.
    """
    with reading_as(message.reader):
        lines = [_line(item) for item in message.items]
        subject = message.items[-1].event.text_of("message")
        url = _unsubscribe_url(message)
        body = "\n\n".join([*lines, url])
    return _mail(message.reader, subject, body, headers_of(message, url))


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
    values = dict(context)
    with reading_as(reader):
        subject = loader.render_to_string(f"{template}_subject.txt", values)
        text = loader.render_to_string(f"{template}.txt", values)
        try:
            html = loader.render_to_string(f"{template}.html", values)
        except TemplateDoesNotExist:
            html = ""
    mail = _mail(reader, subject, text, {"Auto-Submitted": "auto-generated"})
    if html:
        mail.attach_alternative(html, "text/html")
    mail.connection = get_connection(settings.EMAIL_BACKEND or None)
    mail.send()


def reading_as(reader: Reader) -> AbstractContextManager[Any]:
    """Activate a reader's language and time zone for a block of code."""
    stack = ExitStack()
    stack.enter_context(translation.override(reader.language))
    stack.enter_context(timezone.override(reader.time_zone))
    return stack


def _mail(
    reader: Reader, subject: str, text: str, headers: dict[str, str]
) -> EmailMultiAlternatives:
    if not is_address(reader.address):
        raise Refused("There is no e-mail address." if not reader.address else "It is no address.")
    return EmailMultiAlternatives(
        subject_line(subject), text, sender(), [reader.address], headers=headers
    )


def _line(item: Item) -> str:
    return f"{item.event.text_of('message')}\n{absolute(item.event.url)}".strip()


def _unsubscribe_url(message: Message) -> str:
    own = {item.subscription.pk: item.subscription for item in message.items if item.subscription}
    if len(own) != 1:
        return ""
    (subscription,) = own.values()
    return absolute(reverse("realtime_notify:unsubscribe", args=[subscription.secret]))
