"""Checks of the arguments of `notify()`, and their form as an event stores them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidNotification, InvalidTarget
from realtime_notify.links import is_safe_url, object_url
from realtime_notify.models import Event, Level
from realtime_notify.models.moments import stored
from realtime_notify.models.objects import object_key, object_text
from realtime_notify.models.references import MAX_URL_LENGTH
from realtime_notify.publish.actions import check_actions
from realtime_notify.texts import FIELDS, Text, flaw_of, in_site_language


def fingerprint(event: Event) -> int:
    """Digest what must be equal for two events to collapse, as a signed 64-bit number.

    Of a text that is translated, that is the message id with its parameters: the plain text may
    have been translated anew in between. One that expires must not take along one that does not.
    """
    if event.collapse_key:
        same: list[Any] = ["key", event.type_id, event.collapse_key]
    else:
        said = {name: getattr(event, name) for name in FIELDS} | (event.texts or {})
        same = ["all", event.type_id, said, event.url, event.level, event.data]
        for name in ("actor", "action_object", "target"):
            same += [getattr(event, f"{name}_type_id"), getattr(event, f"{name}_id")]
    text = json.dumps([*same, event.expires_at is not None], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def checked_texts(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Check what an event says, and return its columns.

    Args:
        texts: some of `TEXTS` by name, perhaps among other arguments, which are passed over.

    Returns:
        The columns of those that are given. A `level` of "" is that of the type.

    Raises:
        InvalidNotification: one of them has a wrong value.
    """
    return {name: check(texts[name]) for name, check in TEXTS.items() if name in texts}


def stored_texts(
    given: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return those texts of an event that are translated for each reader; None without any.

    Args:
        given: new texts by name, perhaps among other arguments.
        before: the texts that were translated until now; those that are given anew count no more.
    """
    kept = {name: text for name, text in (before or {}).items() if name not in given}
    new = {name: given[name] for name in FIELDS if isinstance(given.get(name), Text)}
    return kept | {name: stored_json(name, text.stored) for name, text in new.items()} or None


def _long_text(name: str, value: object, *, required: bool = False) -> str:
    return plain_text(name, value, settings.MESSAGE_MAX_LENGTH, required=required)


def plain_text(name: str, value: object, longest: int, *, required: bool = False) -> str:
    """Check a text, and return it as plain text.

    A lazy translation is so in the active language, and a `Text` in that of the site.
    """
    text = str(value) if isinstance(value, Promise) else value
    text = in_site_language(value) if isinstance(value, Text) else text
    if not isinstance(text, str):
        raise InvalidNotification(f"{name} must be a text, not {value!r}.")
    if required and not text.strip():
        raise InvalidNotification(f"{name} must not be empty.")
    if len(text) > longest:
        raise InvalidNotification(f"{name} has {len(text)} characters; the most is {longest}.")
    _check_storable(name, text)
    return text


def _check_storable(name: str, text: str) -> None:
    if flaw := flaw_of(text):
        raise InvalidNotification(f"{name} {flaw}.")


def safe_url(value: object) -> str:
    """Check a URL: a path of this site, or http(s), and nothing that a browser would run."""
    url = plain_text("url", "" if value is None else value, MAX_URL_LENGTH)
    if not is_safe_url(url):
        raise InvalidNotification(
            f"url={url!r} is neither a path of this site such as '/orders/1/' nor an http(s) URL."
        )
    return url


def _level(level: str | None) -> str:
    if level is not None and level not in Level.values:
        raise InvalidNotification(
            f"There is no level {level!r}; there are: {', '.join(Level.values)}."
        )
    return level or ""


def stored_json(name: str, value: Any) -> Any:
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


def _data(value: Any) -> Any:
    stored = stored_json("data", value)
    check_actions(stored)
    return stored


def reference_to(name: str, value: object) -> dict[str, Any]:
    """Return the columns of a generic reference, with how the object reads today."""
    if value is None:
        return {}
    key = object_key(f"The {name}", value)
    instance = cast("models.Model", value)
    url = (object_url(instance) or "")[:MAX_URL_LENGTH]
    _check_storable(f"The URL of the {name} {instance._meta.label} {key}", url)
    return {
        f"{name}_type": ContentType.objects.get_for_model(instance),
        f"{name}_id": key,
        f"{name}_text": object_text(f"The {name}", instance)[:255],
        f"{name}_url": url,
    }


def public_or_not(value: object) -> bool:
    """Check whether others than the recipients may see an event."""
    if not isinstance(value, bool):
        raise InvalidNotification(f"public must be True or False, not {value!r}.")
    return value


def all_actors(actor: object, actors: object) -> list[object]:
    """Return all actors, the one that is shown first."""
    if isinstance(actors, models.Model) or not isinstance(actors, Iterable):
        raise InvalidTarget(f"actors={actors!r} is a single object; pass a list, or actor=.")
    return [given for given in (actor, *actors) if given is not None]


def check_moments(deliver_at: datetime | None, expires_at: datetime | None) -> None:
    """Check when an event is delivered, and when it expires."""
    for name, moment in (("deliver_at", deliver_at), ("expires_at", expires_at)):
        if moment is not None:
            _check_moment(name, moment)
    if deliver_at and expires_at and expires_at <= deliver_at:
        raise InvalidNotification(
            f"expires_at={expires_at!r} is not after deliver_at={deliver_at!r}."
        )


def _check_moment(name: str, moment: object) -> None:
    if not isinstance(moment, datetime):
        raise InvalidNotification(f"{name} must be a datetime, not {moment!r}.")
    if timezone.is_aware(moment) != timezone.is_aware(timezone.now()):
        raise InvalidNotification(
            f"{name}={moment!r} must be {'aware' if timezone.is_naive(moment) else 'naive'}, "
            "like the project's other moments (USE_TZ)."
        )
    try:
        stored(moment)
    except ValueError as error:
        raise InvalidNotification(f"{name}: {error}") from error


TEXTS: dict[str, Callable[[Any], Any]] = {
    "message": partial(_long_text, "message", required=True),
    "description": partial(_long_text, "description"),
    "url": safe_url,
    "level": _level,
    "data": _data,
    "verb": partial(plain_text, "verb", longest=255),
}
"""What an event says, each with its check: all that `edit()` may change."""
