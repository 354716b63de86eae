"""`notify()`: write down what happened, once, and whom it is for.

The event is one row, written in the caller's transaction: the promise to deliver it. Everything
else waits for the commit. A rollback therefore leaves nothing at all, and after the commit nothing
is lost, whatever fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Unpack

from asgiref.sync import sync_to_async
from django.db import IntegrityError, connections, models, router

from realtime_notify import delivery
from realtime_notify.models import Event, EventActor, EventFilter, NotificationType
from realtime_notify.models.transactions import retried, writing
from realtime_notify.publish.drafts import Call, Options, draft
from realtime_notify.publish.validation import fingerprint
from realtime_notify.silence import is_silent
from realtime_notify.texts import Text

TRIES = 3


def notify(
    message: str | Text,
    key: str,
    target_object: models.Model | None = None,
    url: str | None = None,
    filter_exclude: dict[str, Any] | None = None,
    recipient_users: Any = None,
    **options: Unpack[Options],
) -> Event:
    """Notify everybody whom an event concerns.

    The six named arguments are those of django-nyt's
    [`notify()`](https://github.com/django-wiki/django-nyt); a call written for it works as it is.

    Args:
        message: what people read: plain text, or a `text()` that is translated for each reader.
        key: the key of the notification type, which is created when it is new.
        target_object: what it happened to. Reaches subscriptions to this object and subscriptions
            without a target; without it, only the latter.
        url: where a click leads: a path of this site, or an http(s) URL.
        filter_exclude: look-ups on `Subscription`; matching subscriptions do not count.
        recipient_users: of the subscribers, just these: a user, a Group, a queryset, any iterable.
            An empty one is nobody.
        **options: `recipients`, `exclude`, `actor`, `actors`, `verb`, `action_object`,
            `description`, `level`, `public`, `data`, `filters`, `collapse_key`, `dedupe_key`,
            `deliver_at`, `expires_at`, `also`, `lazy`; see `Options`.

    Returns:
        The event, which is delivered when the surrounding transaction commits. With a
        `dedupe_key` that is known, the event that has it. Inside `notifications_disabled()` the
        event is not saved, and its `pk` is None.

    Raises:
        InvalidKey, InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter: an argument
            has a wrong value. Nothing was written.
        TypeError: there is no such argument.
    """
    call: Call = {
        "message": message,
        "key": key,
        "target_object": target_object,
        "url": url,
        "filter_exclude": filter_exclude,
        "recipient_users": recipient_users,
        **options,
    }
    (event,) = write([draft(call)])
    return event


def notify_many(calls: Iterable[Call]) -> list[Event]:
    """Notify of many events in one transaction: all of them, or none.

    The number of statements does not depend on how many events there are (on SQLite, hardly).

    Args:
        calls: the arguments of one `notify()` each, by name.

    Returns:
        The events that were made. Calls whose `dedupe_key` is known, or stands earlier in the
        list, make none.

    Raises:
        InvalidKey, InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter, TypeError:
            as `notify()`. Nothing was written.
    """
    drafts = [draft(call) for call in calls]
    events = write(drafts)
    return [event for event, own in zip(events, drafts, strict=True) if event is own]


anotify = sync_to_async(notify)
anotify_many = sync_to_async(notify_many)


def write(drafts: list[Event]) -> list[Event]:
    """Write drafts, and deliver them after the commit.

    Returns:
        What each draft has become: itself, or the event that has its dedupe key.
    """
    if is_silent():
        _complete(drafts, save=False)
        return drafts
    may_race = any(event.dedupe_key for event in drafts)
    return retried(
        partial(_insert, drafts),
        "A notification with a dedupe key",
        tries=TRIES if may_race else 1,
        errors=(IntegrityError,),  # another process was faster; its event is found the next time
    )


def _insert(drafts: list[Event]) -> list[Event]:
    """Insert the drafts whose dedupe keys are new; see `write()`."""
    by_key = _events_by_dedupe_key(drafts)
    new = []
    for event in drafts:
        if event.dedupe_key is None or by_key.setdefault(event.dedupe_key, event) is event:
            event.pk = None  # a try that failed may have set it
            new.append(event)
    if new:
        database = router.db_for_write(Event)
        with _transaction(new):
            _complete(new, save=True)
            _insert_events(new, database)
            _insert_parts(new)
        for event in new:
            event.unsaved_actors = ()
        delivery.deliver_after_commit(new, database)
    return [by_key[event.dedupe_key] if event.dedupe_key else event for event in drafts]


def _events_by_dedupe_key(drafts: list[Event]) -> dict[str, Event]:
    keys = [event.dedupe_key for event in drafts if event.dedupe_key]
    known = Event.objects.filter(dedupe_key__in=keys) if keys else ()
    return {str(event.dedupe_key): event for event in known}


def _transaction(events: list[Event]) -> AbstractContextManager[Any]:
    """Return a transaction for events, or nothing where one INSERT is all there is to do."""
    first = events[0]
    if len(events) == 1 and not (first.dedupe_key or first.unsaved_actors or first.filters):
        return nullcontext()
    return writing(Event)


def _complete(drafts: list[Event], *, save: bool) -> None:
    """Add what the types say. Types that are new are saved, unless nothing is."""
    keys = {event.type_id for event in drafts}
    types = NotificationType.objects.in_bulk(keys) if len(drafts) > 1 else {}
    for key in keys - types.keys():
        types[key] = NotificationType.objects.for_key(key, save=save)
    for event in drafts:
        event.type = types[event.type_id]
        event.level = event.level or event.type.level
        asked: bool | None = event.lazy
        event.lazy = event.type.lazy if asked is None else asked
        event.fingerprint = fingerprint(event)


def _insert_events(events: list[Event], database: str) -> None:
    if len(events) > 1 and connections[database].features.can_return_rows_from_bulk_insert:
        Event.objects.bulk_create(events)
    else:
        for event in events:
            event.save(force_insert=True)


def _insert_parts(events: list[Event]) -> None:
    """Insert the extra actors and the filters of events, each in one statement."""
    actors = []
    for event in events:
        for actor in event.unsaved_actors:
            actor.event = event
            actors.append(actor)
    EventActor.objects.bulk_create(actors)
    EventFilter.objects.bulk_create(
        EventFilter(event=event, name=name, value=value)
        for event in events
        for name, value in event.filters.items()
    )
