"""Writing the outbox: dispatches, in the transaction that delivers the events they tell of.

Whatever is due to the same recipient by the same medium at the same moment joins one dispatch, as
long as nobody has taken it. The unique constraint `rn_dispatch_open_once` finds it: an insert that
meets an open one locks it instead, so a worker passes it over until the writer commits, and a
worker that came first has closed it, so the insert makes a new one. Nothing is lost in between, and
nothing is sent twice.

The number of statements depends neither on how many people there are nor on how many media.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from realtime_notify.models import (
    Dispatch,
    DispatchItem,
    DispatchState,
    Event,
    Medium,
    NotificationType,
    Subscription,
    locks,
)
from realtime_notify.models.arrays import among, insert_rows
from realtime_notify.models.media import WEBHOOK
from realtime_notify.models.moments import in_utc, stored
from realtime_notify.models.profiles import AT_ONCE, NEVER
from realtime_notify.outbox.backends import MediumBackend, backends
from realtime_notify.outbox.rhythms import rhythms_of
from realtime_notify.outbox.windows import Rhythm, due_at

Reached = Mapping[Any, "int | None"]
"""Recipients, each with the own subscription that an event reaches them by, if any."""

UNIQUE = ("recipient", "medium", "interval", "due_at", "is_open")


class Recipient(NamedTuple):
    """Whom a dispatch goes to: exactly one of the three."""

    user: Any = None
    address: str = ""
    endpoint: int | None = None

    def __str__(self) -> str:
        if self.user is not None:
            return f"user:{self.user}"
        return f"email:{self.address}" if self.address else f"endpoint:{self.endpoint}"


class Entry(NamedTuple):
    """One event that is to leave, and when."""

    medium: str
    recipient: Recipient
    interval: int
    due_at: datetime
    event: int
    notification: int | None = None
    subscription: int | None = None

    def window(self) -> tuple[str, str, int, datetime]:
        """Return what it has in common with everything in the same dispatch."""
        return str(self.recipient), self.medium, self.interval, self.due_at


def write(
    events: Iterable[Event],
    reached: Mapping[str, Mapping[int, Reached]],
    notifications: Mapping[tuple[int, Any], int],
) -> None:
    """Write what is to leave for users; call it in the transaction that delivers to them.

    Args:
        events: the events.
        reached: by the name of a medium and the primary key of an event, the users whom the medium
            is to reach. Media without a backend are passed over.
        notifications: the notifications by event and user, of those who have one in their inbox.
    """
    known = {event.pk: event for event in events}
    entries = [
        (name, event, Recipient(user), subscription, notifications.get((event, user)))
        for name, by_event in reached.items()
        if name in backends()
        for event, users in _reachable(backends()[name], by_event)
        for user, subscription in users.items()
    ]
    _join_timed(known, entries)


def write_to_addresses(event: Event, reached: Mapping[str, Reached]) -> None:
    """Write what is to leave for people without an account.

    Args:
        event: the event.
        reached: by the name of a medium that reaches addresses, e-mail addresses, each with its
            subscription.
    """
    entries = [
        (medium, event.pk, Recipient(address=address), subscription, None)
        for medium, addresses in reached.items()
        for address, subscription in addresses.items()
    ]
    _join_timed({event.pk: event}, entries)


def write_to_endpoints(events: Iterable[Event], endpoints: Mapping[int, Collection[int]]) -> None:
    """Write what is to leave for endpoints.

    Args:
        events: the events.
        endpoints: the primary keys of the endpoints that are told, by that of the event.
    """
    known = {event.pk: event for event in events}
    entries = [
        (WEBHOOK, event, Recipient(endpoint=endpoint), None, None)
        for event in known
        for endpoint in endpoints.get(event, ())
    ]
    _join_timed(known, entries)


def join(entries: Sequence[Entry], now: datetime) -> None:
    """Let entries join the dispatches of their windows, which are made where there is none.

    Args:
        entries: what is to leave.
        now: the moment from which its windows were counted.
    """
    if not entries:
        return
    _keep_media({entry.medium for entry in entries})
    entries = sorted(entries, key=Entry.window)
    dispatches = _insert_or_lock({entry.window(): entry for entry in entries}, now)
    own = {entry.subscription for entry in entries if entry.subscription is not None}
    # Whoever unsubscribes at this moment is not waited for, and does not break the foreign key.
    kept = locks.keep(Subscription, own)
    insert_rows(
        DispatchItem,
        {
            "dispatch": [dispatches[entry.window()] for entry in entries],
            "event": [entry.event for entry in entries],
            "notification": [entry.notification for entry in entries],
            "subscription": [
                entry.subscription if entry.subscription in kept else None for entry in entries
            ],
            "reason": [""] * len(entries),
        },
        returning=(),
    )


def rhythm_for(
    chosen: Rhythm, backend: type[MediumBackend], notification_type: NotificationType
) -> Rhythm:
    """Return the rhythm in which a medium tells somebody of a type.

    Args:
        chosen: what the recipient chose.
        backend: the medium.
        notification_type: the type.
    """
    if not backend.interrupts:
        return replace(chosen, interval=AT_ONCE, quiet_from=None, quiet_until=None)
    if notification_type.required and chosen.interval == NEVER:
        chosen = replace(chosen, interval=AT_ONCE)
    return chosen.urgent() if notification_type.critical else chosen


def delay_of(backend: type[MediumBackend], notification_type: NotificationType) -> float:
    """Return for how many seconds a medium waits before it tells of a type."""
    if backend.interrupts and notification_type.delay is not None:
        return notification_type.delay
    return backend.delay


def _reachable(
    backend: type[MediumBackend], by_event: Mapping[int, Reached]
) -> Iterator[tuple[int, Reached]]:
    """Yield the people of each event whom a medium can reach at all."""
    users = {user for people in by_event.values() for user in people}
    if not users:
        return
    reachable = set(backend().reachable(users))
    for event, people in by_event.items():
        yield event, {user: own for user, own in people.items() if user in reachable}


def _join_timed(
    events: Mapping[int, Event],
    entries: Sequence[tuple[str, int, Recipient, int | None, int | None]],
) -> None:
    """Let those entries join that are ever to leave, at the moments of their recipients."""
    if not entries:
        return
    types = {event.type_id: event.type for event in events.values()}
    rhythms = rhythms_of((recipient.user, own) for _, _, recipient, own, _ in entries)
    now = in_utc(timezone.now())
    moments: dict[tuple[Rhythm, str, str], tuple[int, datetime] | None] = {}
    found = []
    for medium, event, recipient, own, notification in entries:
        key = rhythms[recipient.user, own], medium, events[event].type_id
        if key not in moments:
            moments[key] = _moment(*key, types, now)
        if (moment := moments[key]) is not None:
            found.append(Entry(medium, recipient, *moment, event, notification, own))
    join(found, now)


def _moment(
    chosen: Rhythm,
    medium: str,
    type_id: str,
    types: Mapping[str, NotificationType],
    now: datetime,
) -> tuple[int, datetime] | None:
    """Return the interval and the moment in which something is to leave; None: never."""
    backend, notification_type = backends()[medium], types[type_id]
    rhythm = rhythm_for(chosen, backend, notification_type)
    moment = due_at(rhythm, now, delay_of(backend, notification_type))
    return None if moment is None else (rhythm.interval, stored(moment))


def _keep_media(names: set[str]) -> None:
    """Keep the rows of media, and write those that are missing."""
    if missing := names - locks.keep(Medium, names, wait=True):
        Medium.objects.bulk_create(
            (Medium(name=name, label=str(backends()[name].label)) for name in sorted(missing)),
            ignore_conflicts=True,
        )


def _insert_or_lock(windows: Mapping[Any, Entry], now: datetime) -> dict[Any, int]:
    """Return the open dispatches of windows, locked; make those that are missing."""
    first = list(windows.values())
    count = len(first)
    rows = insert_rows(
        Dispatch,
        {
            "recipient": [str(entry.recipient) for entry in first],
            "medium": [entry.medium for entry in first],
            "interval": [entry.interval for entry in first],
            "due_at": [entry.due_at for entry in first],
            "is_open": [True] * count,
            "user": [entry.recipient.user for entry in first],
            "address": [entry.recipient.address for entry in first],
            "endpoint": [entry.recipient.endpoint for entry in first],
            "state": [DispatchState.WAITING.value] * count,
            "claimed_by": [""] * count,
            "attempts": [0] * count,
            "last_error": [""] * count,
            "reason": [""] * count,
            "receipt": [""] * count,
            "created": [stored(now)] * count,
        },
        returning=("id", *UNIQUE[:-1]),
        unique=UNIQUE,
    )
    return {tuple(window): pk for pk, *window in rows or _read_back(first)}


def _read_back(entries: Sequence[Entry]) -> Iterable[tuple[Any, ...]]:
    """Read open dispatches on a database whose INSERT returns nothing; some others, too."""
    found = Dispatch.objects.filter(
        among("recipient", {str(entry.recipient) for entry in entries}),
        medium__in={entry.medium for entry in entries},
        due_at__in={entry.due_at for entry in entries},
        is_open=True,
    )
    return found.order_by().values_list("pk", "recipient", "medium", "interval", "due_at")
