"""What hellos cost the database: one by one, and 256 of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.delivery.ground import SOME, hold
from benchmarks.delivery.measuring import Figure, at_most, timed
from realtime_notify import inbox, notify, subscriptions
from realtime_notify.inbox import Ask
from realtime_notify.wire import encoding

TOGETHER = 256
BROADCASTS = 50
EACH = 20  # notifications in each inbox
HOLDERS = 50_000

Asks = Callable[[User], Ask]


def measure() -> Iterator[Figure]:
    """Greet people one by one and together, with a million notifications in the table."""
    held = hold(HOLDERS, EACH)
    people = list(User.objects.order_by("pk")[: 4 * TOGETHER])
    yield Figure("notifications in the table", f"{held:,}")
    notify("The first broadcast", SOME, lazy=True)
    greet([Ask(user.pk) for user in people])  # takes it in
    rev = EACH + 1
    kinds: dict[str, Asks] = {
        "up to date": lambda user: Ask(user.pk, rev),
        "10 rows changed": lambda user: Ask(user.pk, rev - 10),
        "first visit": lambda user: Ask(user.pk),
    }
    alone = 0.0
    for name, ask in kinds.items():
        alone, _, figures = _compare(name, ask, people[:TOGETHER], people[:TOGETHER])
        yield from figures
    for number in range(BROADCASTS):
        notify(f"Broadcast {number}", SOME, lazy=True)
    name = f"first visit with {BROADCASTS} broadcasts to take in"
    ask = kinds["first visit"]
    late, among, figures = _compare(name, ask, people[:TOGETHER], people[TOGETHER:])
    yield from figures
    yield at_most("with those broadcasts over without, by itself", late / alone, 3, " times")
    what = f"with those broadcasts among {TOGETHER}, over without by itself"
    yield at_most(what, among / alone, 1, " times")


def greet(asks: Sequence[Ask]) -> list[str]:
    """Read what answers some hellos, and encode it, as a server process does."""
    subscriptions.keys_of_many([ask.user for ask in asks])
    return [encoding.encode(frame) for frame in inbox.states(asks)]


def _compare(
    name: str, ask: Asks, some: Sequence[User], others: Sequence[User]
) -> tuple[float, float, list[Figure]]:
    """Greet some people one by one, and others together.

    Returns:
        The seconds of one by itself and among the others, and the figures.
    """
    one, rest = some[0], some[1:]
    for_one = _statements([ask(one)])
    alone = timed(lambda: [greet([ask(user)]) for user in rest]) / len(rest)
    for_all = _statements([ask(user) for user in others[:TOGETHER]])
    then = others[TOGETHER:] or others  # who has taken in already is no measure
    together = timed(lambda: greet([ask(user) for user in then[:TOGETHER]])) / TOGETHER
    times = f"{alone * 1000:.2f} and {together * 1000:.2f} ms"
    statements = f"statements of one hello and of {TOGETHER}, {name}"
    return (
        alone,
        together,
        [
            Figure(f"a hello by itself and among {TOGETHER}, {name}", times),
            Figure(statements, f"{for_one} and {for_all}", "the same", for_one == for_all),
        ],
    )


def _statements(asks: Sequence[Ask]) -> int:
    with CaptureQueriesContext(connection) as asked:
        greet(asks)
    return len(asked)
