"""How long people wait: callers of many events, and bystanders of somebody's slow transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q

from benchmarks.delivery.ground import SOME
from benchmarks.delivery.measuring import Figure, at_most, interleaved, timed
from realtime_notify import inbox, mark_read, notify, notify_many
from realtime_notify.delivery import deliver
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.publish.drafts import Call
from realtime_notify.work import run_due

BURST = 2000
HELD = 5.0
NAMED = (10, 100_000)


def bursts() -> Iterator[Figure]:
    """Commit two thousand events, by a loop and by one call."""

    single = timed(lambda: notify(**_calls("Alone")[0]))
    yield Figure("one `notify()` to one person", f"{single * 1000:.1f} ms")
    yield at_most(f"{BURST:,} `notify()` calls: the commit waits", _commit_of_a_loop(), 1)
    yield at_most("one worker delivers the rest in", _rest(), 5)
    many = timed(lambda: notify_many(_calls("Many")))
    yield at_most(f"one `notify_many()` of {BURST:,}: the caller waits", many, 1)
    yield at_most("one worker delivers the rest in", _rest(), 5)


def _commit_of_a_loop() -> float:
    """Notify again and again in one transaction, and return the seconds that its commit takes."""
    with transaction.atomic():
        for call in _calls("Loop"):
            notify(**call)
        ends = time.perf_counter()
    return time.perf_counter() - ends


def _rest() -> float:
    seconds = timed(run_due)
    if Event.objects.filter(delivered_at=None, deliver_at=None).exists():
        raise RuntimeError("Events of a burst were not delivered.")
    return seconds


def _calls(word: str) -> list[Call]:
    users = list(User.objects.order_by("pk")[:BURST])
    return [
        {"message": f"{word} {number}", "key": SOME, "recipients": users[number % len(users)]}
        for number in range(BURST)
    ]


def bystanders() -> Iterator[Figure]:
    """Notify two thousand people while somebody holds the inbox of one of them."""
    audience = list(User.objects.order_by("pk")[:2000])
    deliver(notify("Before", SOME, recipients=audience))
    plain = timed(lambda: notify("Plain", SOME, recipients=audience))
    with _held(audience[1000].pk):
        waited = timed(lambda: notify("Held", SOME, recipients=audience))
        marked = timed(lambda: mark_read(audience[0], upto=2**40))
        reached = Notification.objects.filter(event__message="Held").count()
    if reached < len(audience) - 1:
        raise RuntimeError(f"Only {reached} of {len(audience)} got it while one inbox was held.")
    yield Figure("to 2,000 people", f"{plain:.2f} s")
    yield at_most("the same while one inbox is held, and longer by", waited - plain, 0.5)
    yield at_most("`mark_read()` of a bystander meanwhile", marked, 0.5)


@contextmanager
def _held(user: int) -> Iterator[None]:
    """Lock an inbox in a transaction of another connection, for at least five seconds."""
    is_locked, ends = threading.Event(), time.monotonic() + HELD

    def hold() -> None:
        with transaction.atomic():
            list(Inbox.objects.select_for_update().filter(pk=user))
            is_locked.set()
            time.sleep(max(0, ends - time.monotonic()))
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    is_locked.wait()
    yield
    thread.join()


def pages() -> Iterator[Figure]:
    """Read a page whose events named few people, and one whose events named many."""
    readers = []
    for reader, count in enumerate(NAMED, start=1):
        names = User.objects.filter(Q(pk=reader) | Q(pk__range=(3, count + 1)))
        for number in range(20):
            event = notify(f"Page {number}", SOME, recipients=names.order_by("pk"))
            deliver(event, limit=1)
            # The rest is of no interest here.
            Event.objects.filter(pk=event.pk).update(due_at=None)
        readers.append(User.objects.get(pk=reader))
    few, many = readers
    times = interleaved(lambda: inbox.page(few), lambda: inbox.page(many), repeats=51)
    yield Figure("a page whose events named 10 people", f"{times[0] * 1000:.1f} ms")
    yield at_most(
        "a page whose events named 100,000, over that", times[1] / times[0], 1.5, " times"
    )
