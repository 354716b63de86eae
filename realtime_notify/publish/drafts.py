"""Drafts: the arguments of `notify()`, and the unsaved event that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Required, TypedDict

from django.db.models import Model

from realtime_notify import images
from realtime_notify.audience.addressing import Also, make_audience
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key
from realtime_notify.models import Event, EventActor
from realtime_notify.models.moments import at_once
from realtime_notify.publish.validation import (
    all_actors,
    check_moments,
    checked_texts,
    plain_text,
    public_or_not,
    reference_to,
    stored_texts,
)
from realtime_notify.texts import Text


class Options(TypedDict, total=False):
    """The keyword arguments of `notify()`.

    Attributes:
        recipients: these people, subscribed or not: a user, a Group, a queryset of either, or any
            iterable of them; or `EVERYONE`, all active users. ``[]`` is nobody.
        exclude: nobody of these people; the same kinds of value.
        actor: who did it.
        actors: who did it, if several did; the first is shown.
        verb: what they did, such as "commented on".
        action_object: what they did it with, such as the comment.
        description: a longer text.
        level: "info", "success", "warning" or "error"; the level of the type by default.
        public: whether others than the recipients may see it; True by default.
        data: anything JSON can hold; goes to the browser as it is. The bell shows its `image`, and
            its `actions` as buttons.
        filters: names and values that subscriptions may be narrowed by.
        collapse_key: unread notifications of the type with the same key collapse into one. By
            default, those collapse that say exactly the same.
        dedupe_key: a second call with the same key does nothing and returns the first event.
        deliver_at: deliver not before this moment.
        expires_at: remove it from every inbox at this moment.
        also: further types whose subscribers get it as well: keys, each perhaps with a target and
            filters.
        lazy: whether it is a broadcast: one row for everybody, which each inbox takes in when it
            is next looked at. The default of the type, when None. Named recipients get rows.
    """

    recipients: Any
    exclude: Any
    actor: Model | None
    actors: Iterable[Model]
    verb: str | Text
    action_object: Model | None
    description: str | Text
    level: str | None
    public: bool
    data: Any
    filters: Mapping[str, Any] | None
    collapse_key: str | None
    dedupe_key: str | None
    deliver_at: datetime | None
    expires_at: datetime | None
    also: Iterable[Also | tuple[Any, ...]]
    lazy: bool | None


class Call(Options, total=False):
    """All arguments of one `notify()`, by name; see there."""

    message: Required[str | Text]
    key: Required[str]
    target_object: Model | None
    url: str | None
    filter_exclude: dict[str, Any] | None
    recipient_users: Any


def draft(call: Call) -> Event:
    """Check the arguments of a `notify()`, and return the event they make, unsaved.

    Raises:
        TypeError: an argument is unknown, or the message or the key is missing.
        InvalidKey, InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter: an argument
            has a wrong value.
    """
    _check_names(call)
    audience = make_audience(
        recipients=call.get("recipients"),
        recipient_users=call.get("recipient_users"),
        exclude=call.get("exclude", ()),
        filter_exclude=call.get("filter_exclude"),
        also=call.get("also", ()),
    ).to_json()
    actors = all_actors(call.get("actor"), call.get("actors", ()))
    deliver_at, expires_at = call.get("deliver_at"), call.get("expires_at")
    check_moments(deliver_at, expires_at)
    now = at_once()
    event = Event(
        type_id=validate_key(call["key"]),
        **checked_texts({"level": None, **call}),
        **reference_to("actor", actors[0] if actors else None),
        **reference_to("action_object", call.get("action_object")),
        **reference_to("target", call.get("target_object")),
        actor_image=images.of_actor(actors[0]) if actors else "",
        extra_actor_count=max(len(actors) - 1, 0),
        public=public_or_not(call.get("public", True)),
        texts=stored_texts(call),
        filters=filter_values(call.get("filters"), filters_of(call["key"])),
        collapse_key=plain_text("collapse_key", call.get("collapse_key") or "", 255),
        dedupe_key=_dedupe_key(call.get("dedupe_key")),
        deliver_at=deliver_at,
        expires_at=expires_at,
        # Nothing has been due for longer than it exists, whatever time it was given.
        due_at=max(deliver_at or now, now),
        removal_due_at=expires_at and max(expires_at, now),
        has_own_audience=bool(audience),
        audience=audience,
    )
    event.lazy = _lazy(call.get("lazy"), audience)  # type: ignore[assignment]
    event.unsaved_actors = [EventActor(**reference_to("actor", actor)) for actor in actors[1:]]
    return event


def _check_names(call: Call) -> None:
    if not isinstance(call, Mapping):
        raise TypeError(f"notify_many() takes dictionaries of arguments, not {call!r}.")
    known = sorted(Call.__annotations__)
    if unknown := sorted(call.keys() - set(known)):
        close = get_close_matches(unknown[0], known, n=1)
        raise TypeError(
            f"notify() got an unexpected argument {unknown[0]!r}"
            f"{f' (do you mean {close[0]!r}?)' if close else ''}; it takes: {', '.join(known)}."
        )
    if missing := [name for name in ("message", "key") if name not in call]:
        raise TypeError(f"notify() needs {' and '.join(missing)}.")


def _lazy(lazy: bool | None, audience: dict[str, Any]) -> bool | None:
    """Return whether an event is lazy; None leaves it to its type, which is read later."""
    if lazy is not None and not isinstance(lazy, bool):
        raise InvalidNotification(f"lazy must be True, False or None, not {lazy!r}.")
    if "to" not in audience:
        return lazy
    if lazy:
        raise InvalidNotification(
            "lazy=True is for subscribers and for EVERYONE: each inbox finds out by itself whether "
            "it is concerned. Leave out lazy= to write rows for the people in recipients=."
        )
    return False


def _dedupe_key(key: str | None) -> str | None:
    return plain_text("dedupe_key", key, 255, required=True) if key else None
