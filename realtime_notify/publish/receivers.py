"""The receiver of the `notify` signal, which calls `notify()`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from realtime_notify import signals
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidNotification, InvalidRecipient
from realtime_notify.models import Event
from realtime_notify.models.humanize import sentence, sentence_text
from realtime_notify.models.moments import stored
from realtime_notify.models.objects import object_text
from realtime_notify.publish.drafts import Call, draft
from realtime_notify.publish.events import write
from realtime_notify.texts import Text, in_site_language

PASSED_ON = frozenset(
    {
        "url",
        "exclude",
        "actors",
        "filters",
        "collapse_key",
        "dedupe_key",
        "deliver_at",
        "expires_at",
        "lazy",
    }
)
"""Arguments passed to `notify()` unchanged; all others become data."""


def send(
    sender: models.Model | None,
    *,
    recipient: Any = None,
    verb: object = "",
    action_object: models.Model | None = None,
    target: models.Model | None = None,
    level: str | None = None,
    description: object = None,
    public: bool = True,
    timestamp: datetime | None = None,
    key: str | None = None,
    message: object = None,
    data: Any = None,
    signal: object = None,
    **extra: Any,
) -> Event:
    """Notify the recipients of a sent signal. Called by `realtime_notify.signals.notify.send()`.

    Args:
        sender: who did it.
        recipient: a user, a group, a queryset of either, or any iterable of them.
        verb: what they did; a lazy translation becomes text in the language of the moment, and a
            `text()` makes the composed message one that is translated for each reader.
        action_object: what they did it with.
        target: what they did it to.
        level: as for `notify()`.
        description: a longer text.
        public: whether others may see it.
        timestamp: when it happened; now, when None.
        key: the key of the notification type; the setting `DEFAULT_KEY` when None.
        message: what people read; composed of actor, verb and objects when None.
        data: a dictionary, to which everything else that was sent is added.
        signal: the signal.
        extra: arguments of `notify()` by their names; `actor_for_concrete_model=False`, and the
            same for `action_object` and `target`, to refer to a proxy model; all else is data,
            the same for every recipient.

    Returns:
        The event.

    Raises:
        InvalidRecipient: nobody was named.
        InvalidNotification: there is neither a verb nor a message, or another argument is wrong.
    """
    if recipient is None:
        raise InvalidRecipient(
            "notify.send() needs recipient=: a user, a group, a queryset of either, or any "
            "iterable of them; [] is nobody."
        )
    verb = verb if isinstance(verb, Text) else str(verb)
    if not verb and message is None:
        raise InvalidNotification("notify.send() needs verb=, or message= to do without one.")
    if message is None:
        texts = {"action_object": _text("action_object", action_object)}
        texts["target"] = _text("target", target)
        message = _composed(_text("actor", sender), verb, **texts)
    referred = {"actor": sender, "action_object": action_object, "target": target}
    proxies = {
        f"{name}_type": ContentType.objects.get_for_model(instance, for_concrete_model=False)
        for name, instance in referred.items()
        if not extra.pop(f"{name}_for_concrete_model", True) and instance is not None
    }
    call: Call = {
        "message": _plain_or_text(message),
        "key": settings.DEFAULT_KEY if key is None else key,
        "target_object": target,
        "recipients": recipient,
        "actor": sender,
        "verb": verb,
        "action_object": action_object,
        "description": _plain_or_text(description),
        "level": level,
        "public": public,
    }
    for name in PASSED_ON & extra.keys():
        call[name] = extra.pop(name)  # type: ignore[literal-required]
    call["data"] = _data(data, extra)
    event = draft(call)
    for column, content_type in proxies.items():
        setattr(event, column, content_type)
    if timestamp is not None:
        event.created = _moment(timestamp)
    (written,) = write([event])
    return written


def _data(data: Any, extra: dict[str, Any]) -> Any:
    """Return `data` with the unknown arguments added, in a new dictionary."""
    if not extra:
        return data
    if data is not None and not isinstance(data, dict):
        raise InvalidNotification(
            f"data={data!r} is not a dictionary, so {', '.join(extra)} cannot be added to it; put "
            "everything into data=, or leave data= out."
        )
    return {**(data or {}), **extra}


def _text(name: str, value: models.Model | None) -> str:
    return object_text(f"The {name}", value)[:255] if isinstance(value, models.Model) else ""


def _composed(actor: str, verb: str | Text, **objects: str) -> str | Text:
    """Return a sentence; one without an actor is in the language of the site at most."""
    if isinstance(verb, Text) and actor:
        return sentence_text(actor, verb, **objects)
    return sentence(actor, in_site_language(verb), **objects).strip()


def _plain_or_text(value: object) -> str | Text:
    return value if isinstance(value, Text) else "" if value is None else str(value)


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise InvalidNotification(f"timestamp must be a datetime, not {value!r}.")
    try:
        return stored(value)
    except ValueError as error:
        raise InvalidNotification(f"timestamp: {error}") from error


signals.notify.connect(send, dispatch_uid="realtime_notify.publish.receivers")
