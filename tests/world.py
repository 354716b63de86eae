"""A small world of people, browsers and a wire that loses things, for the tests of convergence.

The inboxes are real: verbs and delivery run on the database, and what they push is caught where a
server process catches it. Only the network between is played: every browser has a list of frames
under way, which may arrive in any order, twice, or never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import TestCase
from django.utils import timezone

from realtime_notify import dispatch, inbox
from realtime_notify.delivery import sweep
from realtime_notify.delivery.schedule import run_due
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.publish import notify
from realtime_notify.wire import encoding, push
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import Frame, Recipient

Snapshot = dict[str, Any]


@dataclass(repr=False)
class Browser:
    """One reader: what it shows, what is under way to it, and all it ever took in."""

    user: Any
    view: Store = field(default_factory=Store)
    under_way: list[tuple[str, Frame]] = field(default_factory=list)
    connected: bool = False
    asked_before: str | None = None
    taken: list[dict[str, Any]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<browser of {self.user} at {self.view.rev}>"

    def take(self, kind: str, frame: Frame) -> None:
        """Let a frame arrive, and ask what the protocol says to ask."""
        if kind == "page" and self.asked_before != self.view.next:
            return  # asked for before a reset: it continues a list that is no more
        apply = self.view.apply_page if kind == "page" else self.view.apply
        outcome = apply(json.loads(json.dumps(frame)))
        self.taken.append({kind: frame, "outcome": outcome})
        if outcome == "sync":
            self.ask()
        elif outcome == "stale":
            self.scroll()

    def ask(self) -> None:
        """Send the sync that the rule asks for; the answer is read now and arrives some time."""
        if self.connected:
            self.under_way.append(("frame", inbox.sync(self.user, self.view.rev)))

    def scroll(self) -> None:
        """Ask for the next page, one at a time."""
        if self.connected and self.view.next:
            self.under_way = [one for one in self.under_way if one[0] != "page"]
            self.asked_before = self.view.next
            self.under_way.append(("page", inbox.page(self.user, before=self.asked_before)))


class World:
    """People with inboxes, and their browsers."""

    def __init__(self, users: list[Any], browsers_each: int = 2) -> None:
        self.users = users
        self.browsers = [Browser(user) for user in users for _ in range(browsers_each)]

    # What people and servers do

    @contextmanager
    def committed(self, *, pushed: bool = True) -> Iterator[None]:
        """Commit what is done inside; without `pushed` the process dies before it can tell."""
        messages: list[dict[str, Any]] = []
        ear = push.Listener(messages.append)
        push.listen(ear)
        try:
            with TestCase.captureOnCommitCallbacks(execute=True):
                yield
        finally:
            push.unlisten(ear)
        if pushed:
            for message in messages:
                self._spread(message)

    def notify(
        self,
        to: list[int],
        message: str,
        *,
        pushed: bool,
        kept: bool = True,
        expires: bool = False,
    ) -> None:
        """Notify; without `kept` the process dies before delivering, and a sweep will do it."""
        people = [self.users[number] for number in to]
        tomorrow = timezone.now() + timedelta(days=1) if expires else None
        if kept:
            with self.committed(pushed=pushed):
                notify(message, "demo/hello", recipients=people, expires_at=tomorrow)
        else:
            notify(message, "demo/hello", recipients=people, expires_at=tomorrow)

    def sweep(self, *, pushed: bool) -> None:
        """Let some process keep what was promised."""
        with self.committed(pushed=pushed):
            sweep()

    def run_the_clock(self, *, pushed: bool) -> None:
        """Let a day go by."""
        past = timezone.now() - timedelta(seconds=1)
        Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=past)
        Event.objects.filter(removal_due_at__isnull=False).update(
            expires_at=past, removal_due_at=past
        )
        with self.committed(pushed=pushed):
            run_due()

    def act(self, number: int, verb: str, arguments: dict[str, Any], *, pushed: bool) -> None:
        """Let a person do something with their inbox."""
        with self.committed(pushed=pushed):
            dispatch.perform(self.users[number], verb, arguments)

    # What happens on the way

    def hello(self, browser: Browser) -> None:
        """Connect, or connect anew: what was under way is lost, and the answer gets under way."""
        browser.connected = True
        browser.under_way = [("frame", inbox.sync(browser.user, browser.view.rev))]

    def disconnect(self, browser: Browser) -> None:
        """Lose the connection and all that was under way on it."""
        browser.connected = False
        browser.under_way = []

    def heal(self, browser: Browser) -> None:
        """Send the number alone, as heartbeats and the heal query do."""
        if browser.connected:
            browser.under_way.append(("frame", {"rev": inbox.counts(browser.user)["rev"]}))

    # What must be true

    def settle(self) -> None:
        """Give every browser one heartbeat, and whatever it then asks for."""
        for browser in self.browsers:
            if not browser.connected:
                self.hello(browser)
            if browser.view.rev is None:
                browser.under_way.append(("frame", inbox.sync(browser.user)))
            self.heal(browser)
            self.calm(browser)

    def calm(self, browser: Browser) -> None:
        """Let all that is under way arrive in its order, and the answers to it."""
        for _ in range(1000):
            if not browser.under_way:
                return
            browser.take(*browser.under_way.pop(0))
        raise AssertionError(f"{browser.view.snapshot()} asks for ever and never settles.")

    def assert_counters(self) -> None:
        """Hold every counter against the rows it counts."""
        for row in Inbox.objects.all():
            unread = Notification.objects.unread().filter(user=row.pk)
            assert row.unread == unread.count()
            assert row.unseen == unread.filter(seq__gt=row.seen).count()

    def assert_converged(self) -> None:
        """Hold every browser against the database."""
        for browser in self.browsers:
            assert browser.view.snapshot() == self.truth(browser)

    def truth(self, browser: Browser) -> Snapshot:
        """Return what a browser has to show, read from the rows themselves."""
        row = Inbox.objects.filter(user=browser.user).first() or Inbox(user=browser.user)
        bottom = browser.view.bottom or 0
        active = Notification.objects.active().filter(user=browser.user)
        return {
            "rev": row.rev,
            "unread": row.unread,
            "unseen": row.unseen,
            "items": [
                [one.pk, one.seq, one.read_at is not None, one.seq <= row.seen, one.occurrences]
                for one in active.filter(seq__gte=bottom).order_by("-seq")
            ],
            "next": browser.view.next,
        }

    def forget(self) -> None:
        """Empty the tables."""
        Notification.objects.all().erase()
        Event.objects.all().delete()
        Inbox.objects.all().delete()

    def _spread(self, message: dict[str, Any]) -> None:
        """Turn a pushed message into frames, as a server process does."""
        for user_id, frame in frames(message):
            for browser in self.browsers:
                if browser.connected and str(browser.user.pk) == user_id:
                    browser.under_way.append(("frame", frame))


def frames(message: dict[str, Any]) -> Iterator[tuple[str, Frame]]:
    """Yield the frame of each recipient that a pushed message names."""
    if message["type"] == "rn.change":
        yield message["user"], message["frame"]
    elif message["type"] == "rn.put":
        for recipient in map(Recipient._make, message["to"]):
            item = encoding.encode_new_item(recipient, message["body"])
            put = encoding.encode_put(recipient.rev - 1, recipient, [item])
            yield recipient.user, json.loads(put)
