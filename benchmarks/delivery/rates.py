"""How many rows a second are written: by us, by one bare statement, and by other packages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import connection, transaction

from benchmarks.delivery.ground import SIZES, SOME
from benchmarks.delivery.measuring import Figure, at_least, interleaved
from benchmarks.delivery.settings import HAS_NYT
from benchmarks.rivals import models as rivals
from realtime_notify import notify
from realtime_notify.delivery import deliver
from realtime_notify.models import Event, Notification, Subscription

NYT_PEOPLE = 500  # it writes two statements for each
NYT_KEY = "bench/nyt"


def measure(people: int) -> Iterator[Figure]:
    """Compare the paths, one after the other in each round."""
    count = min(people, SIZES[SOME] or people)
    named = User.objects.filter(pk__lte=count)
    actor = User.objects.get(pk=1)
    numbers = itertools.count(1)

    def to_subscribers() -> None:
        _deliver(notify(f"Hello {next(numbers)}", SOME))

    def to_named() -> None:
        _deliver(notify(f"Hello {next(numbers)}", SOME, recipients=named.all()))

    written_bare: list[Event] = []

    def to_nobody() -> Event:
        written_bare.append(notify(f"Hello {next(numbers)}", SOME, recipients=[]))
        return written_bare[-1]

    def bare() -> None:
        _insert_bare(to_nobody(), count)

    def bare_subscribed() -> None:
        _insert_bare_subscribed(to_nobody(), count)

    def hq() -> None:
        rivals.notify_hq(actor, named.all(), f"said {next(numbers)}")

    def nyt() -> None:
        rivals.notify_nyt(f"Hello {next(numbers)}", NYT_KEY)

    paths = [bare_subscribed, to_subscribers, bare, to_named, hq]
    counts = [count] * 5
    if HAS_NYT:
        rivals.subscribe_nyt(User.objects.filter(pk__lte=NYT_PEOPLE), NYT_KEY)
        paths.append(nyt)
        counts.append(min(NYT_PEOPLE, people))
    for path in paths:
        path()  # inboxes, caches
    seconds = interleaved(*paths)
    # No inbox has counted these: whoever marked one would have fewer than none left.
    Notification.objects.filter(event__in=written_bare).erase()
    rates = [size / taken for size, taken in zip(counts, seconds, strict=True)]
    names = ["bare `INSERT ... SELECT`, with subscriptions", "to subscribers"]
    names += ["bare `INSERT ... SELECT`, without", "to named people"]
    names += ["django-notifications-hq, `bulk_create()`", "django-nyt"]
    for name, rate in zip(names, rates, strict=False):
        yield Figure(f"rows/s: {name}", f"{rate:,.0f}")
    yield at_least("to subscribers, over bare", rates[1] / rates[0], 0.5)
    yield at_least("to named people, over bare", rates[3] / rates[2], 0.6)
    yield at_least("to subscribers, over django-notifications-hq", rates[1] / rates[4], 1.5)
    if HAS_NYT:
        yield at_least("to subscribers, over django-nyt", rates[1] / rates[5], 40)


def _deliver(event: Event) -> None:
    if not deliver(event):
        raise RuntimeError(f"Event {event.pk} was not delivered to everybody.")


def _insert_bare(event: Event, count: int) -> None:
    """Write the rows that a delivery writes, and nothing else; a transaction for each chunk."""
    table = Notification._meta.db_table
    for first in range(1, count + 1, 2000):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (event_id, user_id, seq, rev, occurrences, fingerprint)"
                " SELECT %s, id, %s, %s, 1, %s FROM auth_user WHERE id BETWEEN %s AND %s",
                [event.pk, event.pk, event.pk, event.fingerprint, first, first + 1999],
            )


def _insert_bare_subscribed(event: Event, count: int) -> None:
    """Write the rows that a delivery to subscribers writes, each with the subscription."""
    table, subscription = Notification._meta.db_table, Subscription._meta.db_table
    for first in range(1, count + 1, 2000):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table}"
                " (event_id, user_id, subscription_id, seq, rev, occurrences, fingerprint)"
                f" SELECT %s, user_id, id, %s, %s, 1, %s FROM {subscription}"
                " WHERE type_id = %s AND target_id = '' AND user_id BETWEEN %s AND %s",
                [event.pk, event.pk, event.pk, event.fingerprint, SOME, first, first + 1999],
            )
