"""Erasing what the tables hold about one person."""

from __future__ import annotations

from typing import Any

from django.db import router, transaction
from django.db.models import F, Q, QuerySet

from realtime_notify.audience.addressing import json_id
from realtime_notify.inbox import pruning
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    EventActor,
    EventSeen,
    Notification,
    OptOut,
)
from realtime_notify.models.arrays import among
from realtime_notify.retention.people import LISTS, ROLES, Person
from realtime_notify.retention.windows import windows
from realtime_notify.wire import push

BATCH = 1000
"""Rows that one transaction removes or changes."""


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
    done = {
        "subscriptions": _delete(person.subscriptions()),
        "named_by": _unlist(person),
        "notifications": _notifications(person),
        "seen": _seen(person),
        "opt_outs": _delete(OptOut.objects.filter(user=person.pk)),
        "profiles": _delete(DeliveryProfile.objects.filter(user=person.pk)),
        "appears_in": _blank(person) if snapshots else 0,
    }
    push.disconnect(str(person.pk), None, "erased")
    return done


def _delete(rows: QuerySet[Any]) -> int:
    """Delete rows with what belongs to them, and return how many."""
    count = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(among("pk", pks)).delete()
        count += len(pks)
    return count


def _notifications(person: Person) -> int:
    """Remove all notifications; the last revisions tell open browsers and raise `floor`."""
    rows = Notification.objects.filter(user=person.pk).order_by()
    count = 0
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        count += pruning.prune([person.pk], pks, Q(), wait=True).notifications
    return count


def _seen(person: Person) -> int:
    """Remove marks, a window of the table at a time: no index has the person first."""
    count = 0
    for window in windows(EventSeen, 10 * BATCH):
        within = Q(pk__range=(window[0], window[-1]))
        count += EventSeen.objects.filter(person.seen_marks(), within).delete()[0]
    return count


def _unlist(person: Person) -> int:
    """Take the person off the lists of people that events store."""
    count = 0
    for window in windows(Event, BATCH):
        within = Event.objects.filter(pk__range=(window[0], window[-1])).order_by("pk")
        waiting = ~Q(stragglers=[])
        for pk in within.filter(person.is_listed() | waiting).values_list("pk", flat=True):
            count += _unlist_from(pk, json_id(person.pk))
    return count


def _unlist_from(pk: int, who: int | str) -> bool:
    with transaction.atomic(using=router.db_for_write(Event)):
        # On every database the first statement is a lock that may be waited for.
        Event.objects.filter(pk=pk).update(reached=F("reached"))
        event = Event.objects.filter(pk=pk).first()
        if event is None:
            return False
        stored = dict(event.audience)
        columns: dict[str, Any] = {}
        named = "only" if "to" not in stored else "to"
        for name in LISTS:
            if who in stored.get(name, ()):
                if name == named and event.cursor and stored[name].index(who) < int(event.cursor):
                    columns["cursor"] = str(int(event.cursor) - 1)  # an offset into the list
                stored[name] = [one for one in stored[name] if one != who]
                columns["audience"] = stored
        left = [straggler for straggler in event.stragglers if straggler[0] != who]
        if left != event.stragglers:
            columns["stragglers"] = left
        return bool(columns and Event.objects.filter(pk=pk).update(**columns))


def _blank(person: Person) -> int:
    """Blank how the person read in events; whoever looks at them again sees no name."""
    count = 0
    for role, model in [*((role, Event) for role in ROLES), ("actor", EventActor)]:
        blank = {f"{role}_text": "", f"{role}_url": "", f"{role}_id": "", f"{role}_type": None}
        rows: QuerySet[Any] = model._default_manager.filter(person.plays(role))
        while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            count += model._default_manager.filter(among("pk", pks)).update(**blank)
    return count
