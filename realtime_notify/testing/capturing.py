"""Deliver inside a test's transaction, and see what was sent to whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connections, router

from realtime_notify import delivery
from realtime_notify.inbox.broadcasts import take_in
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.models.objects import user_pk
from realtime_notify.signals import delivered


def deliver() -> int:
    """Deliver every event that is due, as the commit and the worker would.

    Unlike these it raises what goes wrong, so that the test sees it.

    Returns:
        How many events were delivered.
    """
    return sum(delivery.deliver(event) for event in list(Event.objects.due()))


@contextmanager
def capture() -> Iterator[Sent]:
    """Collect the notifications that are sent inside the block.

    Works in a `TestCase`, where it runs what waits for a commit that never comes, and in a
    `TransactionTestCase`, where the commits are real. May be asked inside the block and after it.
    """
    sent = Sent()
    try:
        yield sent
        sent.close()
    finally:
        delivered.disconnect(dispatch_uid=sent)


class Sent:
    """What was sent since this was made.

    Every question first does what a commit would have done: runs the callbacks that wait for it
    (those of other apps as well), and delivers what is due. Broadcasts are taken in for everybody,
    as if they had looked. A transaction of the test that is
    still open is not looked into.
    """

    def __init__(self) -> None:
        self._connection: Any = connections[router.db_for_write(Event)]
        self._inside_test = self._connection.in_atomic_block
        self._savepoints = set(self._connection.savepoint_ids)
        self._waiting_before = len(self._connection.run_on_commit)
        self._last_event = Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        self._revs = dict(Inbox.objects.values_list("pk", "rev"))
        self._closed = False
        self._events: list[Event] = []
        self._notifications: list[Notification] = []
        self._reached: dict[int, list[Any]] = {}
        delivered.connect(self._note, weak=False, dispatch_uid=self)

    @property
    def events(self) -> list[Event]:
        """The events, in the order in which they happened."""
        self._look()
        return list(self._events)

    @property
    def notifications(self) -> list[Notification]:
        """Everybody's notifications, ordered by event; with `user` and `event` fetched."""
        self._look()
        return list(self._notifications)

    def to(self, user: AbstractBaseUser) -> list[Notification]:
        """Return what `user` was sent, in the order of its arrival.

        Unread repeats are one notification with more `occurrences`, as in the inbox.
        """
        mine = [one for one in self.notifications if one.user_id == user_pk(user)]
        return sorted(mine, key=lambda one: one.seq)

    def recipients(self, event: Event) -> list[AbstractBaseUser]:
        """Return the users who were sent an event, also as the repeat of an earlier one."""
        self._look()
        reached = get_user_model()._default_manager.in_bulk(self._reached.get(event.pk, []))
        return list(reached.values())

    def __len__(self) -> int:
        """Return how many notifications were sent."""
        return len(self.notifications)

    def __repr__(self) -> str:
        lines = [f"{one.user}: {one.event}" for one in self._notifications]
        return f"<Sent {', '.join(lines) or 'nothing'}>"

    def close(self) -> None:
        """Look a last time; what is sent from now on is not seen any more."""
        self._look()
        self._closed = True

    def _note(self, sender: object, event: Event, user_ids: list[Any], **kwargs: object) -> None:
        self._reached.setdefault(event.pk, []).extend(user_ids)

    def _look(self) -> None:
        if self._closed:
            return
        self._run_callbacks()
        if self._savepoints.issuperset(self._connection.savepoint_ids):
            deliver()
            self._take_in()
        self._events = list(
            Event.objects.filter(pk__gt=self._last_event).select_related("type").order_by("pk")
        )
        rows = Notification.objects.select_related("user", "event__type").order_by("event_id", "pk")
        self._notifications = [one for one in rows if one.seq > self._revs.get(one.user_id, 0)]

    def _take_in(self) -> None:
        """Take broadcasts in for everybody, and tell of it as a commit would."""
        if Event.objects.filter(pk__gt=self._last_event, lazy=True).exists():
            take_in(list(get_user_model()._default_manager.values_list("pk", flat=True)))
            self._run_callbacks()

    def _run_callbacks(self) -> None:
        """Run what waits for the commit of a transaction that has ended inside the test."""
        while self._inside_test:
            open_now = set(self._connection.savepoint_ids) - self._savepoints
            waiting = self._connection.run_on_commit
            before, since = waiting[: self._waiting_before], waiting[self._waiting_before :]
            ready = [entry for entry in since if open_now.isdisjoint(entry[0])]
            if not ready:
                return
            self._connection.run_on_commit = [
                *before,
                *(entry for entry in since if entry not in ready),
            ]
            for _savepoints, callback, _robust in ready:
                callback()
