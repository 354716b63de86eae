"""A small world of people, browsers and a wire that loses things, for the tests of convergence.

The inboxes are real: verbs and delivery run on the database, and what they push is caught where a
server process catches it. Only the network between is played: every browser has a list of frames
under way, which may arrive in any order, twice, or never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.test import TestCase
from django.utils import timezone

from realtime_notify import commands, inbox, texts
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.inbox import names
from realtime_notify.live import backend
from realtime_notify.models import BroadcastCounter, Event, Inbox, Notification
from realtime_notify.publish import edit, notify, withdraw
from realtime_notify.retention import Policy, prune
from realtime_notify.subscriptions import subscribe
from realtime_notify.testing.session import Frame, Session, Store, is_heartbeat
from realtime_notify.texts import Text
from realtime_notify.wire import outbound
from realtime_notify.wire.frames import Bodies, NewItem
from realtime_notify.wire.vocabulary import Recipient
from realtime_notify.work import run_due

Snapshot = dict[str, Any]


class Browser:
    """One reader: what it shows, what is under way to it, and all it ever took in."""

    def __init__(self, user: Any, language: str = "en") -> None:
        self.user = user
        self.language = language
        self.session = Session()
        self.under_way: list[Frame] = []
        self.connected = False
        self.taken: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"<browser of {self.user} at {self.store.rev}>"

    @property
    def store(self) -> Store:
        return self.session.store

    def messages(self) -> dict[int, str]:
        """Return what its items say."""
        return {pk: item["message"] for pk, item in self.store.items.items()}

    def connect(self) -> None:
        """Connect, or connect anew: what was under way is lost."""
        self.disconnect()
        self.connected = True
        self.send(self.session.hello())

    def disconnect(self) -> None:
        """Lose the connection and all that was under way on it."""
        self.connected = False
        self.under_way = []
        self.session.give_up()

    def sign_in(self, user: Any) -> None:
        """Let somebody else sign in, in another tab, and this one come back under their cookie."""
        self.disconnect()
        self.user = user
        self.connect()

    def take(self, frame: Frame) -> None:
        """Let a frame arrive, and send what the protocol says to send."""
        # As the wire would bring it: what the browser keeps must not be what the world holds.
        reaction = self.session.receive(json.loads(json.dumps(frame)))
        is_page = reaction.answers == "page"
        if not (is_page and reaction.outcome == "ignored"):
            self.taken.append({"page" if is_page else "frame": frame, "outcome": reaction.outcome})
        for reply in reaction.replies:
            self.send(reply)
        if reaction.outcome == "stale":
            self.scroll()

    def lose(self, frame: Frame) -> None:
        """Note that a frame never arrives, which a real browser learns by waiting in vain."""
        if self.session.is_waiting_for("hello"):
            self.disconnect()
        elif "id" in frame:
            self.session.give_up(frame["id"])

    def scroll(self) -> None:
        """Ask for the next page, one at a time."""
        if self.store.next and not self.session.is_waiting_for("page"):
            self.send(self.session.command(page={"before": self.store.next}))

    def send(self, frame: Frame) -> None:
        """Send a command; it is carried out now, and the answer arrives some time."""
        if self.connected and not is_heartbeat(frame):
            self.under_way.append(self._answer(**frame))

    def _answer(self, id: int, **command: Frame) -> Frame:
        ((name, arguments),) = command.items()
        # What is taken in on the way is pushed as well; a connection ignores what it has read.
        with TestCase.captureOnCommitCallbacks(execute=True), texts.language(self.language):
            frame = commands.perform(self.user, "sync" if name == "hello" else name, arguments)
        return {"id": id, **frame}


class World:
    """People with inboxes, and their browsers."""

    def __init__(self, users: list[Any], browsers_each: int = 2) -> None:
        self.users = users
        languages = ("en", "de", "fi")[:browsers_each]
        self.browsers = [Browser(user, language) for user in users for language in languages]
        for number, user in enumerate(users):
            for to in ([number], list(range(len(users)))):
                subscribe(user, key_of(to))

    # What people and servers do

    @contextmanager
    def committed(self, *, pushed: bool = True) -> Iterator[None]:
        """Commit what is done inside; without `pushed` the process dies before it can tell."""
        messages: list[dict[str, Any]] = []
        listener = outbound.Listener(messages.append)
        outbound.listen(listener)
        try:
            with TestCase.captureOnCommitCallbacks(execute=True):
                yield
        finally:
            outbound.unlisten(listener)
        if pushed:
            for message in messages:
                self._spread(message)

    def notify(
        self,
        to: list[int],
        message: str | Text,
        *,
        pushed: bool,
        kept: bool = True,
        expires: bool = False,
        lazy: bool = False,
    ) -> None:
        """Notify; without `kept` the process dies first, and a sweep will deliver it."""
        options: dict[str, Any] = {
            "recipients": None if lazy else [self.users[number] for number in to],
            "expires_at": timezone.now() + timedelta(days=1) if expires else None,
            "lazy": lazy,
        }
        if kept:
            with self.committed(pushed=pushed):
                notify(message, key_of(to), **options)
        else:
            notify(message, key_of(to), **options)

    def look(self, number: int, *, pushed: bool) -> None:
        """Let somebody look at an inbox by no browser of ours, and hold what a tag would count."""
        counted = inbox.unread_count(self.users[number])
        with self.committed(pushed=pushed):
            assert inbox.counts(self.users[number])["unread"] == counted

    def sweep(self, *, pushed: bool) -> None:
        """Let some process keep what was promised."""
        with self.committed(pushed=pushed):
            run_due()

    def run_the_clock(self, *, pushed: bool) -> None:
        """Let a day go by."""
        past = timezone.now() - timedelta(seconds=1)
        Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=past)
        Event.objects.filter(removal_due_at__isnull=False).update(
            expires_at=past, removal_due_at=past
        )
        with self.committed(pushed=pushed):
            run_due()

    def withdraw(self, place: int, *, pushed: bool, kept: bool = True) -> None:
        """Take one of the newest events back; without `kept` the process dies first."""
        event = self._event(place)
        if event is not None:
            with self.committed(pushed=pushed) if kept else nullcontext():
                withdraw(event)

    def edit(self, place: int, message: str, *, pushed: bool, kept: bool = True) -> None:
        """Let one of the newest events say something else, if it may."""
        event = self._event(place)
        if event is not None:
            commit = self.committed(pushed=pushed) if kept else nullcontext()
            with suppress(InvalidNotification), commit:
                edit(event, message=message)

    def prune(self, states: list[str], *, pushed: bool) -> None:
        """Remove all notifications in some states, and the events that nobody holds then."""
        at_once: dict[str, Any] = dict.fromkeys([*states, "events"], timedelta())
        policy = Policy(**at_once)
        with self.committed(pushed=pushed):
            for _ in prune(policy, batch=2):
                pass

    def act(self, number: int, verb: str, arguments: Frame, *, pushed: bool) -> None:
        """Let a person do something with their inbox."""
        with self.committed(pushed=pushed):
            commands.perform(self.users[number], verb, arguments)

    def _event(self, place: int) -> Event | None:
        newest = Event.objects.order_by("-pk")
        return newest[place : place + 1].first()

    # What happens on the way

    def heal(self, browser: Browser) -> None:
        """Send the number alone, as the heal query does, which takes broadcasts in."""
        if browser.connected:
            user = str(browser.user.pk)
            if backend.positions([user])[user].is_behind:
                with self.committed():
                    backend.take_in([user])
            rev = backend.positions([user])[user].rev
            browser.under_way.append({"rev": rev, "beat": "x7"})

    # What must be true

    def settle(self) -> None:
        """Give every browser one heartbeat, and whatever it then asks for."""
        for browser in self.browsers:
            if not browser.connected or browser.store.rev is None:
                browser.connect()
            self.heal(browser)
            self.calm(browser)

    def calm(self, browser: Browser) -> None:
        """Let all that is under way arrive in its order, and the answers to it."""
        for _ in range(1000):
            if not browser.under_way:
                return
            browser.take(browser.under_way.pop(0))
        raise AssertionError(f"{browser.store.snapshot()} asks for ever and never settles.")

    def assert_counters(self) -> None:
        """Hold every counter against the rows it counts."""
        for row in Inbox.objects.all():
            unread = Notification.objects.unread().filter(user=row.pk)
            assert row.unread == unread.count()
            assert row.unseen == unread.filter(seq__gt=row.seen).count()

    def assert_nothing_withdrawn_arrives(self) -> None:
        """Hold that a withdrawn event has left, once whoever does due work has been there."""
        still_there = Event.objects.filter(withdrawn_at__isnull=False, removal_due_at=None)
        assert not Notification.objects.filter(event__in=still_there, deleted_at=None).exists()

    def assert_nothing_is_mixed(self) -> None:
        """Hold what every browser shows against the account that it says it is of."""
        for browser in self.browsers:
            shown = Notification.objects.filter(pk__in=browser.store.items)
            owners = set(shown.values_list("user", flat=True))
            assert {names.present_name(owner) for owner in owners} <= {browser.store.inbox}

    def assert_converged(self) -> None:
        """Hold every browser against the database."""
        for browser in self.browsers:
            assert browser.store.snapshot() == self.truth(browser)
            shown = browser.messages()
            for pk, text in self.texts_to_show(browser).items():
                assert shown[pk] == text

    def texts_to_show(self, browser: Browser) -> dict[int, str]:
        """Return what the notifications in a browser say, but those that are yet to be edited."""
        shown = Notification.objects.with_event().filter(pk__in=browser.store.items)
        with texts.language(browser.language):
            told = shown.filter(edition=F("event__edition"))
            return {row.pk: row.event.text_of("message") for row in told}

    def assert_nothing_is_due(self) -> None:
        """Hold that nothing promised is left to be done."""
        due = Q(due_at__isnull=False) | Q(edit_due_at__isnull=False)
        assert not Event.objects.filter(due | Q(removal_due_at__lte=timezone.now())).exists()
        behind = Notification.objects.filter(deleted_at=None, edition__lt=F("event__edition"))
        assert not behind.exists()

    def truth(self, browser: Browser) -> Snapshot:
        """Return what a browser has to show, read from the rows themselves."""
        inbox.catch_up(browser.user)
        row = Inbox.objects.filter(user=browser.user).first() or Inbox(user=browser.user)
        bottom = browser.store.bottom or 0
        active = Notification.objects.active().filter(user=browser.user)
        return {
            "rev": row.rev,
            "unread": row.unread,
            "unseen": row.unseen,
            "items": [
                [one.pk, one.seq, one.read_at is not None, one.seq <= row.seen, one.occurrences]
                for one in active.filter(seq__gte=bottom).order_by("-seq")
            ],
            "next": browser.store.next,
            "inbox": names.present_name(browser.user.pk),
        }

    def forget(self) -> None:
        """Empty the tables."""
        Notification.objects.all().erase()
        Event.objects.all().delete()
        Inbox.objects.all().delete()
        BroadcastCounter.objects.all().delete()

    def _spread(self, message: dict[str, Any]) -> None:
        """Turn a pushed message into frames, as a server process does."""
        if message["type"] == "rn.broadcast":
            with self.committed():
                backend.take_in([str(one.user.pk) for one in self.browsers if one.connected])
        for browser in self.browsers:
            for user_id, frame in frames(message, browser.language):
                if browser.connected and str(browser.user.pk) == user_id:
                    browser.under_way.append(frame)


def key_of(to: list[int]) -> str:
    """Return the key of the type that just these people are subscribed to."""
    return f"demo/{'-'.join(map(str, to))}"


def frames(message: dict[str, Any], language: str = "") -> Iterator[tuple[str, Frame]]:
    """Yield the frame of each recipient that a pushed message names, in a language."""
    if message["type"] == "rn.change":
        yield message["user"], message["frame"]
    elif message["type"] == "rn.put":
        bodies = Bodies(message["body"], message.get("texts", "{}"), backend.backend.translate)
        for recipient in map(Recipient._make, message["to"]):
            put = NewItem(recipient, bodies[language]).frame()
            yield recipient.user, json.loads(b"".join(put))
