"""What a push says: one notification in the form of Declarative Web Push, and its headers.

Safari 18.4 and later show this form without any script; our service worker reads the same in all
other browsers (https://www.w3.org/TR/push-api/#declarative-push-message).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from unicodedata import combining

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from realtime_notify.conf import settings
from realtime_notify.links import absolute, is_safe_url
from realtime_notify.media.webpush.vapid import encoded
from realtime_notify.models import Level
from realtime_notify.outbox import Item, Message

MAX_BYTES = 4096 - 103
"""What push services must accept (RFC 8030), less what the encryption adds (RFC 8188)."""
SHORT_BYTES = 1024
"""The size that is tried after a push service found a message too large."""
MAX_LINES = 5
MAX_LINK_BYTES = 500
TOPIC_BYTES = 24  # 32 characters of base64url, which is the longest that a topic may be

_JOINER = "\u200d"
_MODIFIERS = frozenset("\ufe0e\ufe0f🏻🏼🏽🏾🏿")
_TITLE, _BODY = 200, 1500  # characters that browsers show at most, with much to spare


def compose(message: Message, limit: int = MAX_BYTES) -> bytes:
    """Return the payload of a message, in its reader's language.

    Args:
        message: the message.
        limit: how many bytes it may have, at least 1,024. What is too long is cut.
    """
    title, body = _texts(message)
    while True:
        text = json.dumps(
            _declared(message, title, body, limit), ensure_ascii=False, separators=(",", ":")
        ).encode(errors="replace")
        excess = len(text) - limit
        if excess <= 0:
            return text
        # A character takes one to six bytes here, so this cuts a little at a time.
        if body:
            body = cut(body, max(0, len(body) - max(1, excess // 6)))
        else:
            title = cut(title, max(1, len(title) - max(1, excess // 6)))


def cut(text: str, length: int) -> str:
    """Return the beginning of a text, at most so many characters, with … for what is left out."""
    if len(text) <= length:
        return text
    kept = max(0, length - 1)
    while kept and _is_inside(text, kept):
        kept -= 1
    return f"{text[:kept].rstrip()}…" if length else ""


def _is_inside(text: str, place: int) -> bool:
    """Tell whether a text would be cut within what is seen as one character, such as 👩‍🚀."""
    before, after = text[place - 1], text[place]
    return _JOINER in (before, after) or combining(after) != 0 or after in _MODIFIERS


def headers(message: Message) -> dict[str, str]:
    """Return the headers that tell a push service how to treat a message (RFC 8030)."""
    return {
        "TTL": str(_seconds_to_keep(message)),
        "Urgency": _urgency(message),
        "Topic": topic(message.items),
    }


def topic(items: Iterable[Item]) -> str:
    """Return what a message is about, as a name that tells nothing to those who carry it.

    A message takes the place of an older one of the same topic, at the push service while the
    browser is off and on the screen later. It is the type and the target that all items share.
    """
    events = [item.event for item in items]
    types = {event.type_id for event in events}
    targets = {f"{event.target_type_id or ''}:{event.target_id}" for event in events}
    shared = [found.pop() if len(found) == 1 else ":" for found in (types, targets)]
    return encoded(sha256("\0".join(shared).encode()).digest()[:TOPIC_BYTES])


def _texts(message: Message) -> tuple[str, str]:
    """Return the title and the body."""
    items = list(reversed(message.items))
    if len(items) == 1:
        event = items[0].event
        return cut(event.text_of("message"), _TITLE), cut(event.text_of("description"), _BODY)
    title = ngettext("%(count)d new notification", "%(count)d new notifications", len(items))
    lines = [cut(item.event.text_of("message"), _TITLE) for item in items[:MAX_LINES]]
    return title % {"count": len(items)}, "\n".join(lines)


def _declared(message: Message, title: str, body: str, limit: int) -> dict[str, Any]:
    items = message.items
    newest = items[-1]
    notification: dict[str, Any] = {
        "title": title,
        "body": body,
        "navigate": absolute(_opens(message)),
        "lang": translation.get_language() or message.reader.language,
        "dir": "rtl" if translation.get_language_bidi() else "ltr",
        "tag": topic(items),
        "timestamp": int(newest.event.created.timestamp() * 1000),
        # Where the first version of Safari to know this form looks for it, as a text.
        "app_badge": str(message.unread),
    }
    if limit >= MAX_BYTES and settings.PUSH_ICON:
        notification["icon"] = absolute(settings.PUSH_ICON)
    if limit >= MAX_BYTES and len(items) == 1 and (url := _link(newest)):
        notification["data"] = {"url": absolute(url)}
    return {"web_push": 8030, "app_badge": message.unread, "notification": notification}


def _opens(message: Message) -> str:
    """Return the address that a click opens: one that also marks a single item as read."""
    item = message.items[-1]
    if len(message.items) > 1:
        return reverse("realtime_notify:inbox")
    if item.notification is not None:
        return reverse("realtime_notify:go", args=[item.notification.pk])
    return _link(item) or reverse("realtime_notify:inbox")


def _link(item: Item) -> str:
    """Return the URL of an event; "" without one, and for one that leaves no room for the text."""
    url = item.event.url
    return url if is_safe_url(url) and len(url.encode()) <= MAX_LINK_BYTES else ""


def _seconds_to_keep(message: Message) -> int:
    """Return how long a push service keeps a message for a browser that is off."""
    longest = settings.PUSH_DAYS * 24 * 60 * 60
    ends = [item.event.expires_at for item in message.items]
    known = [moment for moment in ends if moment is not None]
    if len(known) < len(ends):
        return longest
    return min(longest, _seconds_until(max(known)))


def _seconds_until(moment: datetime) -> int:
    return max(0, int((moment - timezone.now()).total_seconds()))


def _urgency(message: Message) -> str:
    """Return how much a message is worth of a battery."""
    events = [item.event for item in message.items]
    if any(event.type.critical or event.level == Level.ERROR for event in events):
        return "high"
    return "low" if message.interval else "normal"
