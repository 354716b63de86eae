"""`notify()`: say what happened, once, and whom it concerns.

The event is one row, written in the caller's transaction: the promise. Everything else waits for
the commit. A rollback therefore leaves nothing at all, and once the commit is through nothing is
lost, whatever fails afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, router, transaction
from django.utils import timezone
from django.utils.functional import Promise

from realtime_notify import delivery
from realtime_notify.addresses import is_safe_address
from realtime_notify.addressing import Also, address
from realtime_notify.conf import settings
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidNotification, InvalidTarget
from realtime_notify.filters import filter_values
from realtime_notify.models import Event, EventActor, EventFilter, Level, NotificationType
from realtime_notify.silence import is_silent


def notify(
    message: str,
    key: str,
    target_object: models.Model | None = None,
    url: str | None = None,
    filter_exclude: dict[str, Any] | None = None,
    recipient_users: Any = None,
    *,
    recipients: Any = None,
    exclude: Any = (),
    actor: models.Model | None = None,
    actors: Iterable[models.Model] = (),
    verb: str = "",
    action_object: models.Model | None = None,
    description: str = "",
    level: str | None = None,
    public: bool = True,
    data: Any = None,
    filters: dict[str, Any] | None = None,
    collapse_key: str | None = None,
    dedupe_key: str | None = None,
    deliver_at: datetime | None = None,
    expires_at: datetime | None = None,
    also: Iterable[Also | tuple[Any, ...]] = (),
) -> Event:
    """Notify everybody whom an event concerns.

    The first six arguments are those of django-nyt's `notify()`.

    Args:
        message: what people read; plain text.
        key: the key of the notification type, created when it is new.
        target_object: what it happened to. Reaches subscriptions of this object and subscriptions
            without a target; without it, only the latter.
        url: where a click leads: a path of this site, or an http(s) address.
        filter_exclude: look-ups on `Subscription`; matching subscriptions do not count.
        recipient_users: of the subscribers, just these: a user, a Group, a queryset, any iterable.
            An empty one is nobody.
        recipients: these people, subscribed or not; the same kinds of value. `[]` is nobody.
        exclude: these people in no case; the same kinds of value.
        actor, actors: who did it; the first of them is shown.
        verb: what they did, such as "commented on".
        action_object: what they did it with, such as the comment.
        description: a longer text.
        level: "info", "success", "warning" or "error"; the type's own level when None.
        public: whether people other than the recipients may hear of it.
        data: anything JSON can hold; goes to the browser as it is.
        filters: names and values that subscriptions may be narrowed by.
        collapse_key: events of the type with the same one collapse into one notification while
            it is unread. Without it, those collapse that say exactly the same.
        dedupe_key: a second call with the same one does nothing and returns the first event.
        deliver_at: not before this moment.
        expires_at: gone from every inbox after this moment.
        also: keys, each perhaps with a target and filters: their subscribers hear of it as well.

    Returns:
        The event. It is delivered when the surrounding transaction commits. Inside
        `notifications_disabled()` it is not saved, and its `pk` is None.

    Raises:
        InvalidKey, InvalidNotification, InvalidRecipient, InvalidTarget: an argument is not what
            it should be. Nothing was written.
    """
    who = address(
        recipients=recipients,
        recipient_users=recipient_users,
        exclude=exclude,
        filter_exclude=filter_exclude,
        also=also,
    )
    everyone_who_did = _actors(actor, actors)
    text = {
        "message": _text("message", message, settings.MESSAGE_MAX_LENGTH, required=True),
        "description": _text("description", description, settings.MESSAGE_MAX_LENGTH),
        "verb": _text("verb", verb, 255),
        "url": safe_url(url),
        "collapse_key": _text("collapse_key", collapse_key or "", 255),
    }
    references = {
        **_reference("actor", everyone_who_did[0] if everyone_who_did else None),
        **_reference("action_object", action_object),
        **_reference("target", target_object),
    }
    further = [EventActor(**_reference("actor", one)) for one in everyone_who_did[1:]]
    stored_data = _json("data", data)
    stored_filters = filter_values(filters, filters_of(key))
    dedupe_key = _text("dedupe_key", dedupe_key, 255, required=True) if dedupe_key else None
    _check_moments(deliver_at, expires_at)
    if level is not None and level not in Level.values:
        raise InvalidNotification(
            f"There is no level {level!r}; there are: {', '.join(Level.values)}."
        )

    silent = is_silent()
    same = Event.objects.filter(dedupe_key=dedupe_key)
    if dedupe_key and not silent and (first := same.first()):
        return first
    kind = NotificationType.objects.for_key(key, save=not silent)
    event = Event(
        type=kind,
        **text,
        **references,
        level=level or kind.level,
        public=public,
        data=stored_data,
        filters=stored_filters,
        dedupe_key=dedupe_key,
        deliver_at=deliver_at,
        expires_at=expires_at,
        due_at=deliver_at or timezone.now(),
        retire_at=expires_at,
        further=len(further),
        narrowed=bool(who.to_json()),
        audience=who.to_json(),
    )
    event.fingerprint = fingerprint(event)
    event.unsaved_actors = further
    if silent:
        return event
    if not _write(event):
        return Event.objects.get(dedupe_key=dedupe_key)
    if deliver_at is None or deliver_at <= timezone.now():
        transaction.on_commit(lambda: delivery.deliver_now(event), using=router.db_for_write(Event))
    return event


anotify = sync_to_async(notify)


def _write(event: Event) -> bool:
    """Insert the promise; False when another call with its dedupe key was faster."""
    further, event.unsaved_actors = event.unsaved_actors, ()
    if event.dedupe_key is None and not further and not event.filters:
        event.save(force_insert=True)
        return True
    try:
        with transaction.atomic(using=router.db_for_write(Event)):
            event.save(force_insert=True)
            for one in further:
                one.event = event
            EventActor.objects.bulk_create(further)
            EventFilter.objects.bulk_create(
                EventFilter(event=event, name=name, value=value)
                for name, value in event.filters.items()
            )
    except IntegrityError:
        if not Event.objects.filter(dedupe_key=event.dedupe_key).exists():
            raise
        return False
    return True


def fingerprint(event: Event) -> int:
    """Digest what must be equal for two events to collapse, as a signed 64-bit number."""
    if event.collapse_key:
        same: list[Any] = ["key", event.type_id, event.collapse_key]
    else:
        same = ["all", event.type_id, event.message, event.description, event.url, event.verb]
        same += [event.level, event.data]
        for name in ("actor", "action_object", "target"):
            same += [getattr(event, f"{name}_type_id"), getattr(event, f"{name}_id")]
    text = json.dumps(same, sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _text(name: str, value: object, longest: int, *, required: bool = False) -> str:
    text = str(value) if isinstance(value, Promise) else value  # a lazy translation
    if not isinstance(text, str):
        raise InvalidNotification(f"{name} must be a text, not {value!r}.")
    if required and not text.strip():
        raise InvalidNotification(f"{name} must not be empty.")
    if len(text) > longest:
        raise InvalidNotification(
            f"{name} has {len(text)} characters; the most is {longest}. Put the rest behind url=."
        )
    _check_storable(name, text)
    return text


def _check_storable(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidNotification(
            f"{name} holds half a surrogate pair (at {error.start}), which is no character."
        ) from error
    if "\x00" in text:
        raise InvalidNotification(f"{name} holds a NUL character, which not every database stores.")


def safe_url(value: object) -> str:
    """Check an address: a path of this site, or http(s). Nothing a browser would run."""
    url = _text("url", "" if value is None else value, 2000)
    if not is_safe_address(url):
        raise InvalidNotification(
            f"url={url!r} is neither a path of this site such as '/orders/1/' nor an http(s) "
            "address."
        )
    return url


def _json(name: str, value: Any) -> Any:
    """Return `value` as it will read back from the database."""
    try:
        text = json.dumps(value, cls=DjangoJSONEncoder, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidNotification(
            f"{name}= cannot be stored as JSON: {error}. Pass texts, numbers, booleans, None, "
            "and lists and dictionaries of them."
        ) from error
    # In JSON a NUL is written \u0000; the same six characters may also follow a backslash.
    _check_storable(name, text.replace("\\\\", "").replace("\\u0000", "\x00"))
    if (size := len(text.encode())) > settings.DATA_MAX_BYTES:
        raise InvalidNotification(
            f"{name}= has {size} bytes of JSON; the most is {settings.DATA_MAX_BYTES}. "
            "Store it elsewhere and pass its id."
        )
    return json.loads(text)


def _reference(name: str, value: object) -> dict[str, Any]:
    """Return the columns of a generic reference, with how the object reads today."""
    if value is None:
        return {}
    if not isinstance(value, models.Model) or value.pk is None:
        raise InvalidTarget(f"{name}={value!r} is not a saved model instance.")
    return {
        f"{name}_type": ContentType.objects.get_for_model(value),
        f"{name}_id": str(value.pk),
        f"{name}_text": str(value)[:255],
        f"{name}_url": address_of(value),
    }


def address_of(value: models.Model) -> str:
    """Where an object is to be seen, or "": a model without an address is no error."""
    find = getattr(value, "get_absolute_url", None)
    if find is None:
        return ""
    try:
        return str(find() or "")[:2000]
    except Exception:  # a project's own code: whatever it raises must not lose the notification
        return ""


def _actors(actor: object, actors: object) -> list[object]:
    if isinstance(actors, models.Model) or not isinstance(actors, Iterable):
        raise InvalidTarget(f"actors={actors!r} is one object; pass a list, or actor=.")
    return [one for one in (actor, *actors) if one is not None]


def _check_moments(deliver_at: datetime | None, expires_at: datetime | None) -> None:
    for name, moment in (("deliver_at", deliver_at), ("expires_at", expires_at)):
        if moment is not None and not isinstance(moment, datetime):
            raise InvalidNotification(f"{name} must be a datetime, not {moment!r}.")
        if moment is not None and timezone.is_aware(moment) != timezone.is_aware(timezone.now()):
            raise InvalidNotification(
                f"{name}={moment!r} must be {'aware' if timezone.is_naive(moment) else 'naive'}, "
                "like the project's other moments (USE_TZ)."
            )
    if deliver_at and expires_at and expires_at <= deliver_at:
        raise InvalidNotification(
            f"expires_at={expires_at!r} is not after deliver_at={deliver_at!r}."
        )
