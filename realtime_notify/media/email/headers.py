"""Headers: what tells mail programs which mails belong together, and how to stop them.

Nothing that people write breaks out of a header: texts lose their line breaks and control
characters, addresses that have any are refused, and identifiers are made of digests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings as django_settings
from django.utils.crypto import salted_hmac

from realtime_notify.conf import settings
from realtime_notify.links import site_host
from realtime_notify.models import Event
from realtime_notify.outbox import Message

MAX_SUBJECT = 200  # characters; mail programs show fewer than a hundred
_SALT = "realtime_notify.email"
_ADDRESS = re.compile(
    r'[^\s\x00-\x1f\x7f-\x9f()<>\[\],;:\\"@]+@[^\s\x00-\x1f\x7f-\x9f()<>\[\],;:\\"@]+'
)
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_IN_LABEL = re.compile(r"[^a-z0-9]+")
_DIGITS = 20  # hexadecimal, of a digest: 80 bits


def sender() -> str:
    """Return the sender of e-mails: `EMAIL_FROM`, or Django's `DEFAULT_FROM_EMAIL`."""
    return one_line(settings.EMAIL_FROM or django_settings.DEFAULT_FROM_EMAIL)


def is_address(text: str) -> bool:
    """Tell whether a text is one e-mail address, without a name, that headers can hold."""
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return _BREAKS.sub(" ", text).strip()


def subject_line(text: str) -> str:
    """Return a text as a subject: on one line, and not too long."""
    line = one_line(text)
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1].rstrip()}…"


def host() -> str:
    """Return the host that identifiers end with: that of `BASE_URL`, or of the sender."""
    return site_host() or parseaddr(sender())[1].rpartition("@")[2] or "localhost"


def headers_of(message: Message, unsubscribe_url: str) -> dict[str, str]:
    """Return the headers of a mail besides those that every mail has.

    Args:
        message: the message.
        unsubscribe_url: an absolute URL that ends it when it gets a POST request; "" if none.
    """
    events = [item.event for item in message.items]
    found = {
        "Message-ID": message_id(message),
        "List-Id": f"<{_list_of(events)}>",
        # RFC 3834: programs that answer by themselves do not answer this.
        "Auto-Submitted": "auto-generated",
        # Exchange does not know that header. Bounces are wanted, so not "All".
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if thread := _thread_of(message, events):
        found["In-Reply-To"] = found["References"] = thread
    return {**found, **_unsubscribing(unsubscribe_url)}


def message_id(message: Message) -> str:
    """Return the Message-ID of a message, the same whenever it is tried again.

    Mail programs and servers that get a mail twice recognise it by this.
    """
    return f"<{message.pk}.{_digest('message', message.pk)}@{host()}>"


def _unsubscribing(url: str) -> Mapping[str, str]:
    if not url:
        return {}
    headers = {"List-Unsubscribe": f"<{url}>"}
    if url.startswith("https://"):  # RFC 8058 allows no other
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _thread_of(message: Message, events: list[Event]) -> str:
    """Return what all mails about one target to one recipient refer to; "" for several targets.

    It is the id of a mail that never was, so that the first one need not be remembered.
    """
    targets = {(event.target_type_id, event.target_id) for event in events}
    (type_id, target_id), *others = targets
    if others or type_id is None:
        return ""
    person = message.reader.address if message.user is None else message.user.pk
    return f"<{_digest('thread', type_id, target_id, person)}@{host()}>"


def _list_of(events: list[Event]) -> str:
    """Return the list that a mail belongs to, which people filter by: its type, or the site."""
    keys = {event.type_id for event in events}
    label = _NOT_IN_LABEL.sub("-", keys.pop().lower()).strip("-") if len(keys) == 1 else ""
    return f"{label}.notifications.{host()}" if label else f"notifications.{host()}"


def _digest(*parts: Any) -> str:
    return salted_hmac(_SALT, "\n".join(map(str, parts)), algorithm="sha256").hexdigest()[:_DIGITS]
