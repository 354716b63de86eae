"""`notify()`: say what happened, once, and whom it concerns.

The event is one row, written in the caller's transaction: the promise. Everything else waits for
the commit. A rollback therefore leaves nothing at all, and once the commit is through nothing is
lost, whatever fails afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec

from asgiref.sync import sync_to_async
from django.db import IntegrityError, connections, models, router, transaction
from django.utils import timezone

from realtime_notify import delivery
from realtime_notify.audience.addressing import Also, make_audience
from realtime_notify.conf import settings
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key
from realtime_notify.models import Event, EventActor, EventFilter, Level, NotificationType
from realtime_notify.publish.validation import (
    all_actors,
    check_moments,
    fingerprint,
    plain_text,
    reference_to,
    safe_url,
    stored_json,
)
from realtime_notify.silence import is_silent

Call = ParamSpec("Call")


def _published(draft: Callable[Call, Event]) -> Callable[Call, Event]:
    """Write and deliver what a function drafts."""

    @wraps(draft)
    def publish(*args: Call.args, **kwargs: Call.kwargs) -> Event:
        return _publish(draft(*args, **kwargs))

    return publish


@_published
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
    who = make_audience(
        recipients=recipients,
        recipient_users=recipient_users,
        exclude=exclude,
        filter_exclude=filter_exclude,
        also=also,
    )
    everyone_who_did = all_actors(actor, actors)
    text = {
        "message": plain_text("message", message, settings.MESSAGE_MAX_LENGTH, required=True),
        "description": plain_text("description", description, settings.MESSAGE_MAX_LENGTH),
        "verb": plain_text("verb", verb, 255),
        "url": safe_url(url),
        "collapse_key": plain_text("collapse_key", collapse_key or "", 255),
    }
    references = {
        **reference_to("actor", everyone_who_did[0] if everyone_who_did else None),
        **reference_to("action_object", action_object),
        **reference_to("target", target_object),
    }
    extra = [EventActor(**reference_to("actor", one)) for one in everyone_who_did[1:]]
    stored_data = stored_json("data", data)
    stored_filters = filter_values(filters, filters_of(key))
    dedupe_key = plain_text("dedupe_key", dedupe_key, 255, required=True) if dedupe_key else None
    check_moments(deliver_at, expires_at)
    if level is not None and level not in Level.values:
        raise InvalidNotification(
            f"There is no level {level!r}; there are: {', '.join(Level.values)}."
        )

    event = Event(
        type_id=validate_key(key),
        **text,
        **references,
        level=level or "",
        public=public,
        data=stored_data,
        filters=stored_filters,
        dedupe_key=dedupe_key,
        deliver_at=deliver_at,
        expires_at=expires_at,
        due_at=deliver_at or timezone.now(),
        removal_due_at=expires_at,
        extra_actor_count=len(extra),
        has_own_audience=bool(who.to_json()),
        audience=who.to_json(),
    )
    event.unsaved_actors = extra
    return event


def notify_many(calls: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Notify of many events at once, in one transaction: all of them, or none.

    The number of statements does not depend on how many they are (on SQLite, hardly).

    Args:
        calls: the arguments of one `notify()` each, by name.

    Returns:
        The events that were made. Those whose dedupe key was known, or stood earlier in the list,
        are not among them.

    Raises:
        InvalidKey, InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter: as
            `notify()`. Nothing was written.
    """
    drafts = [_draft(**call) for call in calls]
    silent = is_silent()
    database = router.db_for_write(Event)
    for last_try in (False, False, True):
        try:
            with transaction.atomic(using=database):
                _complete(drafts, save=not silent)
                return drafts if silent else _write_many(drafts, database)
        except IntegrityError:
            # Another call with one of the dedupe keys was faster, and is seen the next time.
            if last_try or not any(draft.dedupe_key for draft in drafts):
                raise
    raise AssertionError("unreachable")


_draft: Callable[..., Event] = notify.__wrapped__  # type: ignore[attr-defined]
anotify = sync_to_async(notify)
anotify_many = sync_to_async(notify_many)


def _publish(event: Event) -> Event:
    """Write a promise, and deliver it after the commit."""
    silent = is_silent()
    same = Event.objects.filter(dedupe_key=event.dedupe_key)
    if event.dedupe_key and not silent and (first := same.first()):
        return first
    _complete([event], save=not silent)
    if silent:
        return event
    if not _write(event):
        return same.get()
    _deliver_after_commit([event])
    return event


def _complete(drafts: list[Event], save: bool) -> None:
    """Add what the types say: they exist from now on, unless nothing is saved."""
    keys = {draft.type_id for draft in drafts}
    kinds = NotificationType.objects.in_bulk(keys) if len(drafts) > 1 else {}
    for key in keys - kinds.keys():
        kinds[key] = NotificationType.objects.for_key(key, save=save)
    for draft in drafts:
        draft.type = kinds[draft.type_id]
        draft.level = draft.level or draft.type.level
        draft.fingerprint = fingerprint(draft)


def _deliver_after_commit(events: list[Event]) -> None:
    now = timezone.now()
    due = [event for event in events if event.deliver_at is None or event.deliver_at <= now]

    def deliver() -> None:
        for event in due:
            delivery.deliver_now(event)

    transaction.on_commit(deliver, using=router.db_for_write(Event))


def _write_many(drafts: list[Event], database: str) -> list[Event]:
    """Insert promises, but for those whose dedupe key is known."""
    keys = [draft.dedupe_key for draft in drafts if draft.dedupe_key]
    known = set(
        Event.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True)
        if keys
        else ()
    )
    new = []
    for draft in drafts:
        if draft.dedupe_key is None or draft.dedupe_key not in known:
            draft.pk = None  # of a try that failed
            new.append(draft)
            known.add(draft.dedupe_key)
    if connections[database].features.can_return_rows_from_bulk_insert:
        Event.objects.bulk_create(new)
    else:
        for draft in new:
            draft.save(force_insert=True)
    _write_parts(new)
    _deliver_after_commit(new)
    return new


def _write(event: Event) -> bool:
    """Insert the promise; False when another call with its dedupe key was faster."""
    if event.dedupe_key is None and not event.unsaved_actors and not event.filters:
        event.save(force_insert=True)
        return True
    try:
        with transaction.atomic(using=router.db_for_write(Event)):
            event.save(force_insert=True)
            _write_parts([event])
    except IntegrityError:
        if not Event.objects.filter(dedupe_key=event.dedupe_key).exists():
            raise
        return False
    return True


def _write_parts(events: list[Event]) -> None:
    """Insert the extra actors and the filters of events, each in one statement."""
    actors = []
    for event in events:
        for one in event.unsaved_actors:
            one.event = event
            actors.append(one)
        event.unsaved_actors = ()
    EventActor.objects.bulk_create(actors)
    EventFilter.objects.bulk_create(
        EventFilter(event=event, name=name, value=value)
        for event in events
        for name, value in event.filters.items()
    )
