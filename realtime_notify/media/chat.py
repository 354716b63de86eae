"""Chat: messages to Slack, Telegram, Matrix and many others, by apprise.

Needs ``pip install 'realtime-notify[chat]'``. A project says where to reach whom::

    class TeamChat(Chat):
        def urls(self, user):
            return [f"tgram://{settings.TELEGRAM_TOKEN}/{user.telegram.chat_id}"]

        def reachable(self, users):
            return Telegram.objects.filter(user__in=users).values_list("user", flat=True)

and names the class in ``MEDIA``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import apprise
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from realtime_notify.links import absolute
from realtime_notify.models import Level
from realtime_notify.outbox import Item, MediumBackend, Message, Refused

logger = logging.getLogger(__name__)

_KINDS = {
    Level.INFO: apprise.NotifyType.INFO,
    Level.SUCCESS: apprise.NotifyType.SUCCESS,
    Level.WARNING: apprise.NotifyType.WARNING,
    Level.ERROR: apprise.NotifyType.FAILURE,
}


class ChatFailed(Exception):
    """No service took a message; it is tried again later."""


class Chat(MediumBackend):
    """Sends what happened, with its link, to the chats of a user."""

    name: ClassVar[str] = "chat"
    label = _("Chat")

    def urls(self, user: Any) -> Sequence[str]:
        """Return where a user is reached: URLs as apprise writes them.

        Make them of what people tell you, such as a chat's id. Never take whole URLs from people:
        they could lead to hosts inside your network.

        See https://appriseit.com/services/. A URL holds secrets, so errors and log lines name the
        service alone.
        """
        raise NotImplementedError

    def title(self, message: Message) -> str:
        """Return the title of a message, for services that show one; "" by default."""
        return ""

    def body(self, message: Message) -> str:
        """Return the text of a message, in the active language: that of its reader."""
        return "\n\n".join("\n".join(_lines(item)) for item in message.items)

    def send(self, message: Message) -> str:
        """Send a message to all chats of its recipient.

        What one of them takes has reached its reader, and is not repeated in the others.

        Raises:
            Refused: the recipient has no chat, or apprise knows none of their URLs.
            ChatFailed: no service took it.
        """
        if message.user is None:
            raise Refused("Only users have chats.")
        urls = self.urls(message.user)
        services = [service for url in urls if (service := apprise.Apprise.instantiate(url))]
        if not services:
            raise Refused("Apprise knows none of the URLs." if urls else "There is no chat.")
        kind = _KINDS.get(Level(message.items[-1].event.level), apprise.NotifyType.INFO)
        reader = message.reader
        with translation.override(reader.language), timezone.override(reader.time_zone):
            title, body = self.title(message), self.body(message)
        failed = [service for service in services if not _take(service, title, body, kind)]
        names = ", ".join(sorted({str(service.service_name) for service in failed}))
        if len(failed) == len(services):
            raise ChatFailed(f"Not taken by: {names}.")
        if failed:
            logger.warning("Dispatch %s was not taken by all chats, but: %s.", message.pk, names)
        return ""


def _take(service: Any, title: str, body: str, kind: Any) -> bool:
    """Tell whether a service takes a message."""
    one = apprise.Apprise()
    one.add(service)
    return bool(one.notify(body, title, kind, body_format=apprise.NotifyFormat.TEXT))


def _lines(item: Item) -> Iterator[str]:
    """Yield what happened, and the link that marks it as read, or else the event's own."""
    yield item.event.text_of("message")
    if item.notification is not None:
        yield absolute(reverse("realtime_notify:go", args=[item.notification.pk]))
    elif url := absolute(item.event.url):
        yield url
