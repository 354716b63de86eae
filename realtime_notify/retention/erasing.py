"""Erasing what the tables hold about one person."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, OperationalError, models, router, transaction
from django.db.models import F, Q, QuerySet

from realtime_notify.audience.addressing import json_id
from realtime_notify.audience.sql import key_field
from realtime_notify.inbox import numbers, pruning
from realtime_notify.models import (
    BroadcastCounter,
    DeliveryProfile,
    Dispatch,
    Event,
    EventActor,
    EventSeen,
    Inbox,
    Notification,
    OptOut,
    PushSubscription,
)
from realtime_notify.models.arrays import among
from realtime_notify.models.transactions import retried, writing
from realtime_notify.retention.people import LISTS, ROLES, Person
from realtime_notify.retention.windows import windows
from realtime_notify.wire import push

BATCH = 1000
"""Rows that one transaction removes or changes."""
TRIES = 3


def forget(user: Any, email: str = "", *, snapshots: bool = False) -> dict[str, int]:
    """Erase what is stored about a person, in short transactions. Running it again is harmless.

    Their open browsers are disconnected. The row of their inbox stays, with its revision and
    counters at 0, until the user is deleted. Deactivate or delete the user as well: their groups
    may subscribe, and someone may name them.

    What others were told about them stays in the inboxes of those others. `snapshots` removes how
    the person read as an actor, action object or target; messages and data stay as they are.

    Args:
        user: the user, or their primary key. The user may have been deleted already.
        email: an address whose subscriptions and seen marks are theirs as well.
        snapshots: whether to blank their text, URL and key in events about them.

    Returns:
        How many rows were removed or changed, by section, as `export()` names them.
    """
    person = Person.of(user, email)
    _pass_over_broadcasts(person)
    done = {
        "subscriptions": _delete(person.subscriptions()),
        "requests": person.requests().delete()[0],
        "named_by": _unlist(person),
        "notifications": _notifications(person),
        "seen": _seen(person),
        "messages": _messages(person),
        "opt_outs": _delete(OptOut.objects.filter(user=person.pk)),
        "profiles": _delete(DeliveryProfile.objects.filter(user=person.pk)),
        "browsers": _delete(PushSubscription.objects.filter(user=person.pk)),
        "appears_in": _blank(person) if snapshots else 0,
    }
    push.disconnect(str(person.pk), None, "erased")
    return done


def _pass_over_broadcasts(person: Person) -> None:
    """Let their inbox count as caught up: a list that left them out will not name them any more."""
    numbers.ensure_inboxes([person.pk])
    with writing(Inbox):
        inboxes = numbers.lock([person.pk], wait=True)
        for inbox in inboxes.values():
            inbox.caught_up = max(inbox.caught_up, BroadcastCounter.objects.newest())
        numbers.save(inboxes, "caught_up")


def _delete(rows: QuerySet[Any]) -> int:
    """Delete a user's own rows with what belongs to them, and return how many."""
    count = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        retried(
            partial(_delete_portion, rows.model, pks),
            f"The deletion of {len(pks)} rows",
            tries=TRIES,
            errors=(IntegrityError, OperationalError),  # a delivery referred to one meanwhile
        )
        count += len(pks)
    return count


def _delete_portion(model: Any, pks: list[Any]) -> None:
    rows = model._default_manager.filter(among("pk", pks))
    with transaction.atomic(using=router.db_for_write(model)):
        # Locks them, and is a write: on SQLite, a transaction must not begin by reading.
        rows.update(user=F("user"))
        rows.delete()


def _notifications(person: Person) -> int:
    """Remove all notifications; the last revisions tell open browsers and raise `floor`."""
    rows = Notification.objects.filter(user=person.pk).order_by()
    count = 0
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        numbers.ensure_inboxes([person.pk])
        count += pruning.prune([person.pk], pks, Q(), wait=True).notifications
    return count


def _seen(person: Person) -> int:
    """Remove marks, a window of the table at a time: no index has the person first."""
    count = 0
    for window in windows(EventSeen, 10 * BATCH):
        within = Q(pk__range=(window[0], window[-1]))
        count += EventSeen.objects.filter(person.seen_marks(), within).delete()[0]
    return count


def _messages(person: Person) -> int:
    """Remove what was sent to them, and what is to be; a worker that has it notices in time."""
    count = 0
    while pks := list(person.dispatches().values_list("pk", flat=True)[:BATCH]):
        Dispatch.objects.filter(among("pk", pks)).only("pk").delete()
        count += len(pks)
    return count


def _unlist(person: Person) -> int:
    """Take the person off the lists of people that events store."""
    count = 0
    under_way = Q(delivered_at=None, started_at__isnull=False)
    for window in windows(Event, BATCH):
        within = Event.objects.filter(pk__range=(window[0], window[-1])).order_by("pk")
        for pk in within.filter(person.is_listed() | under_way).values_list("pk", flat=True):
            count += _unlist_from(pk, json_id(person.pk))
    return count


def _unlist_from(pk: int, who: int | str) -> bool:
    """Take somebody off the lists of one event; False if they are not on them."""
    with writing(Event):
        event = Event.objects.select_for_update().filter(pk=pk).first()
        if event is None:
            return False
        audience = {
            name: _without(who, value, event) if name in LISTS else value
            for name, value in event.audience.items()
        }
        left = [straggler for straggler in event.stragglers if straggler[0] != who]
        if audience == event.audience and left == event.stragglers:
            return False
        # A process that has loaded the event finds it moved on, and does not write its list back.
        reached = event.reached + len(event.stragglers) - len(left)
        Event.objects.filter(pk=pk).update(audience=audience, stragglers=left, reached=reached)
        return True


def _without(who: int | str, people: list[Any], event: Event) -> list[Any]:
    """Return a list of people without one of them.

    Until an event is delivered, a process may be at some place in the list. Nobody takes the place
    of the one who leaves, so that nobody is passed over.
    """
    if event.delivered_at is None:
        return [_nobody() if one == who else one for one in people]
    return [one for one in people if one != who]


def _nobody() -> int | str:
    """Return a primary key, as JSON, that no user has."""
    field = key_field(get_user_model())
    if isinstance(field, models.IntegerField):
        return 0
    return str(UUID(int=0)) if isinstance(field, models.UUIDField) else ""


def _blank(person: Person) -> int:
    """Blank how the person read in events; whoever looks at them again sees no name."""
    count = 0
    for role, model in [*((role, Event) for role in ROLES), ("actor", EventActor)]:
        blank = {f"{role}_text": "", f"{role}_url": "", f"{role}_id": "", f"{role}_type": None}
        rows: QuerySet[Any] = model._default_manager.filter(person.plays(role))
        while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            count += model._default_manager.filter(among("pk", pks)).update(**blank)
    return count
