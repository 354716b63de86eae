"""Arrivals: events that become notifications in inboxes that are locked.

Delivery and the taking in of broadcasts write in the same way: one statement each for the look-up
of what repeats, for new rows, for rows that repeat, and for the numbers of the inboxes, whether one
event arrives in two thousand inboxes or fifty events in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from realtime_notify.conf import settings
from realtime_notify.inbox import items
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import Event, Notification, Subscription, locks
from realtime_notify.models.arrays import among, insert_rows, update_rows
from realtime_notify.models.querysets import UNREAD
from realtime_notify.signals import delivered
from realtime_notify.wire import encoding, push
from realtime_notify.wire.vocabulary import Recipient

Reached = Mapping[Any, "int | None"]
"""The people an event reaches, each with the own subscription that it reaches them by, if any."""

MAX_ITEMS_PUSHED = 20
"""Whoever gets more than this at once is told to ask for it: a browser shows a page, not more."""


FEW_PEOPLE = 100
"""Up to so many inboxes are asked for repeats without asking first whether there can be any."""


@dataclass(slots=True)
class _Row:
    """A notification as it is being written."""

    pk: int | None
    user: Any
    event: int
    edition: int
    subscription: int | None
    fingerprint: int
    seq: int
    occurrences: int
    is_changed: bool = False


class Arrival(NamedTuple):
    """One event in one inbox: a revision of the inbox.

    Attributes:
        event: the primary key of the event.
        shown: that of the event which the notification shows: a newer one, if it had arrived
            before.
        user: the primary key of the owner.
        recipient: the notification and the counters at this revision, as pushes carry them.
    """

    event: int
    shown: int
    user: Any
    recipient: Recipient


def write(
    events: Iterable[Event], reached: Mapping[int, Reached], inboxes: Mapping[Any, Numbers]
) -> list[Arrival]:
    """Write notifications into locked inboxes; unread repeats collapse.

    Args:
        events: the events, in the order in which they arrive.
        reached: the people whom each event reaches, by its primary key.
        inboxes: the numbers of the inboxes that the transaction has locked. They move on; the
            caller saves them. People whose inbox is not among them are passed over.

    Returns:
        What has arrived, event by event.
    """
    steps, rows = _arrive_all(events, reached, inboxes)
    new = [row for row in rows if row.pk is None]
    repeated = [row for row in rows if row.pk is not None and row.is_changed]
    _insert(new)
    _update(repeated)
    return [
        Arrival(event, shown, row.user, Recipient(str(row.user), row.pk or 0, *numbers))
        for event, shown, row, numbers in steps
    ]


def count(
    events: Iterable[Event], reached: Mapping[int, Reached], inboxes: Mapping[Any, Numbers]
) -> None:
    """Move the numbers of inboxes on as `write()` would, and write nothing."""
    _arrive_all(events, reached, inboxes)


def announce(events: Iterable[Event], arrivals: Sequence[Arrival]) -> None:
    """Push what has arrived, and send the signal `delivered`; after the commit. Never raises.

    Args:
        events: the events, in the order in which they arrived.
        arrivals: what `write()` returned.
    """
    known = {event.pk: event for event in events}
    counted: dict[Any, int] = {}
    shown: dict[int, list[Recipient]] = {}
    by_event: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        counted[arrival.user] = counted.get(arrival.user, 0) + 1
        by_event.setdefault(arrival.event, []).append(arrival)
    for arrival in arrivals:
        if counted[arrival.user] <= MAX_ITEMS_PUSHED:
            shown.setdefault(arrival.shown, []).append(arrival.recipient)
    others = Event.objects.in_bulk(shown.keys() - known.keys())
    for pk, recipients in shown.items():
        _push(known.get(pk) or others[pk], recipients)
    last = {arrival.user: arrival.recipient for arrival in arrivals}
    for user, recipient in last.items():
        if counted[user] > MAX_ITEMS_PUSHED:
            _push_numbers(recipient)
    for pk, those in by_event.items():
        _send_signal(known[pk], those)


def _arrive_all(
    events: Iterable[Event], reached: Mapping[int, Reached], inboxes: Mapping[Any, Numbers]
) -> tuple[list[tuple[int, int, _Row, tuple[int, ...]]], list[_Row]]:
    """Let events arrive in memory, and return each arrival, and the rows they may have changed."""
    arriving = [event for event in events if reached.get(event.pk)]
    people = {user for event in arriving for user in reached[event.pk] if user in inboxes}
    rows = _unread_repeats(arriving, people)
    steps = [
        (event.pk, *_arrive(event, user, subscription, inboxes[user], rows))
        for event in arriving
        for user, subscription in reached[event.pk].items()
        if user in inboxes
    ]
    return steps, list(rows.values())


def _unread_repeats(events: Sequence[Event], people: set[Any]) -> dict[tuple[Any, int], _Row]:
    """Return the unread notifications that say the same as what arrives, the newest of each."""
    fingerprints = [event.fingerprint for event in events]
    if len(people) > FEW_PEOPLE:
        fingerprints = said_before(events)
    if not people or not fingerprints:
        return {}
    unread = Notification.objects.filter(
        UNREAD, among("user", people), fingerprint__in=fingerprints
    )
    own = ("subscription_id", "fingerprint", "seq", "occurrences")
    columns = unread.order_by("seq").values_list("pk", "user_id", "event_id", "edition", *own)
    found = (_Row(*values) for values in columns)
    return {(row.user, row.fingerprint): row for row in found}


def said_before(events: Sequence[Event]) -> list[int]:
    """Return the fingerprints of these events that any other event has.

    Most events say something new. One probe of the events then saves one of each inbox.
    """
    pks = [event.pk for event in events]
    others = Event.objects.filter(fingerprint=OuterRef("fingerprint")).exclude(pk__in=pks)
    found = Event.objects.filter(Exists(others), pk__in=pks).order_by()
    return list(found.values_list("fingerprint", flat=True))


def _arrive(
    event: Event,
    user: Any,
    subscription: int | None,
    inbox: Numbers,
    rows: dict[tuple[Any, int], _Row],
) -> tuple[int, _Row, tuple[int, ...]]:
    """Let one event arrive in one inbox, as its next revision."""
    inbox.rev += 1
    row = rows.get((user, event.fingerprint))
    if row is None:
        row = _Row(
            None, user, event.pk, event.edition, subscription, event.fingerprint, inbox.rev, 1
        )
        rows[user, event.fingerprint] = row
        inbox.unread += 1
        inbox.unseen += 1
    else:
        inbox.unseen += row.seq <= inbox.seen
        # A large event may be overtaken by a later one that says the same: the newest is shown.
        if row.event <= event.pk:
            row.event, row.edition = event.pk, event.edition
        row.seq = inbox.rev
        row.occurrences += 1
    row.is_changed = True
    return row.event, row, (row.seq, row.seq, row.occurrences, inbox.unread, inbox.unseen)


def _insert(rows: list[_Row]) -> None:
    if not rows:
        return
    # Whoever unsubscribes at this moment is not waited for, and does not break the foreign key.
    subscriptions = locks.keep(
        Subscription, {row.subscription for row in rows if row.subscription is not None}
    )
    seqs = [row.seq for row in rows]
    inserted = insert_rows(
        Notification,
        {
            "user": [row.user for row in rows],
            "event": [row.event for row in rows],
            "edition": [row.edition for row in rows],
            "subscription": [
                row.subscription if row.subscription in subscriptions else None for row in rows
            ],
            "seq": seqs,
            "rev": seqs,
            "occurrences": [row.occurrences for row in rows],
            "fingerprint": [row.fingerprint for row in rows],
        },
        returning=("event", "user", "id"),
    )
    to_python = get_user_model()._meta.pk.to_python
    pks = {(event, to_python(user)): pk for event, user, pk in inserted or _read_back(rows)}
    for row in rows:
        row.pk = pks[row.event, row.user]


def _read_back(rows: list[_Row]) -> Iterable[tuple[int, Any, int]]:
    """Read the keys of inserted rows on a database whose INSERT does not return them."""
    found = Notification.objects.filter(
        among("user", {row.user for row in rows}), event__in={row.event for row in rows}
    )
    return found.order_by().values_list("event_id", "user_id", "pk")


def _update(rows: list[_Row]) -> None:
    if not rows:
        return
    seqs = [row.seq for row in rows]
    update_rows(
        Notification,
        {
            "id": [row.pk for row in rows],
            "event": [row.event for row in rows],
            "edition": [row.edition for row in rows],
            "seq": seqs,
            "rev": seqs,
            "occurrences": [row.occurrences for row in rows],
            "emailed_at": [None] * len(rows),
        },
    )


def _push(event: Event, recipients: list[Recipient]) -> None:
    via: Literal["key", "users", "everyone"]
    if len(recipients) <= settings.SMALL_AUDIENCE:
        via = "users"
    else:
        # Only the subscribers of the event's own type are sure to be in the group of its key.
        own = event.audience.keys().isdisjoint({"to", "also", "everyone"})
        via = "key" if own else "everyone"
    texts = encoding.encode(event.texts) if event.texts else ""
    push.put(event.type_id, items.event_body(event), recipients, via=via, texts=texts)


def _push_numbers(recipient: Recipient) -> None:
    """Tell browsers of a revision without saying what has changed, so that they ask."""
    push.change(
        recipient.user,
        {
            "rev": recipient.rev,
            "unread": recipient.unread,
            "unseen": recipient.unseen,
            "from": recipient.rev,
        },
    )


def _send_signal(event: Event, arrivals: list[Arrival]) -> None:
    """Send the signal `delivered`; a receiver that raises is logged by Django."""
    if delivered.has_listeners(Event):
        delivered.send_robust(
            Event,
            event=event,
            user_ids=[arrival.user for arrival in arrivals],
            notification_ids=[arrival.recipient.id for arrival in arrivals],
        )
