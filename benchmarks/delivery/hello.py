"""What hello costs somebody with many broadcasts to take in, over somebody with none."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.delivery.ground import SOME
from benchmarks.delivery.measuring import Figure, at_most, timed
from realtime_notify import notify
from realtime_notify.live.backend import greet

BROADCASTS = 50
PEOPLE = 40


def measure() -> Iterator[Figure]:
    """Greet people before and after fifty broadcasts; both have a page of older notifications."""
    people = list(User.objects.order_by("pk")[:PEOPLE])
    for number in range(20):
        notify(f"Older {number}", SOME, recipients=people)
    greet(people[0].pk, None)
    notify("The first broadcast", SOME, lazy=True)
    for_one = _statements(people[0])
    _greet_all(people)
    for number in range(BROADCASTS):
        notify(f"Broadcast {number}", SOME, lazy=True)
    for_many = _statements(people[0])
    taking_in, without = [], []
    for user in people[1:]:
        taking_in.append(timed(partial(greet, user.pk, None)))
        without.append(timed(partial(greet, user.pk, None)))
    ratio = statistics.median(taking_in) / statistics.median(without)
    yield Figure("hello", f"{statistics.median(without) * 1000:.1f} ms")
    yield at_most(f"hello with {BROADCASTS} broadcasts to take in, over that", ratio, 3, " times")
    yield Figure(
        f"statements of hello with 1 and with {BROADCASTS} to take in",
        f"{for_one} and {for_many}",
        "the same",
        for_one == for_many,
    )


def _greet_all(people: list[User]) -> None:
    for user in people:
        greet(user.pk, None)


def _statements(user: User) -> int:
    with CaptureQueriesContext(connection) as asked:
        greet(user.pk, None)
    return len(asked)
