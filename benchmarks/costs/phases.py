"""What is measured: one kind of happening after the other, many times, on one quiet server."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection
from websockets.sync.client import ClientConnection, connect

from benchmarks.costs.cost import Cost
from benchmarks.costs.site import Site, wait_until
from benchmarks.delivery.ground import ALL, SOME
from realtime_notify import notify
from realtime_notify.models import Event, Notification
from realtime_notify.wire import outbound
from realtime_notify.work import run_due

RESIDENTS = 100  # browsers without which a process has not loaded and set up everything
TALKERS = 40
COMMANDS_EACH = 20
NOTIFICATIONS = 500
BROADCASTS = 3
FEW = 100  # browsers that come one after the other
CROWD = 500.0  # browsers a second, so that many are greeted together
COMING = 200.0  # browsers a second, where it does not matter how they come
SECONDS = 8.0  # of what a server does by the clock

Costs = dict[str, Cost]
"""By name: what one happening takes."""


def of_hellos(site: Site, count: int) -> Iterator[tuple[str, Cost]]:
    """Measure browsers that come, one after the other and in a crowd, and go again."""
    last = RESIDENTS + count
    for new, name in ((False, "return"), (True, "visit")):
        hello = {} if new else {"since": site.people.since}
        with ExitStack() as stack:
            with site.meters.measuring() as coming:
                for cookie in site.people.cookies[RESIDENTS : RESIDENTS + FEW]:
                    _ask(stack.enter_context(_talking(site, cookie)), hello=hello)
                time.sleep(1.0)  # for the groups
            yield f"{name} alone", coming.each(FEW)
        time.sleep(2.0)
        with ExitStack() as stack:
            with site.meters.measuring() as coming:
                stack.enter_context(site.browsers(RESIDENTS, last, new=new, rate=CROWD))
                time.sleep(1.0)
            yield f"{name} in a crowd", coming.each(count)
            with site.meters.measuring() as going:
                stack.close()
                time.sleep(2.0)
    yield "leave", going.each(count)


def of_pushes(site: Site, count: int) -> Iterator[tuple[str, Cost]]:
    """Measure notifications to one, to some who are connected, and to others."""
    users = site.people.users
    with site.meters.measuring() as cost:
        for number in range(NOTIFICATIONS):
            notify("You have mail", SOME, recipients=[users[RESIDENTS + number % count]])
        _settle()
    yield "notification to one", cost.each(NOTIFICATIONS)
    for name, people in (
        ("recipient here", users[RESIDENTS : RESIDENTS + count]),
        ("recipient elsewhere", _others(users[-1].pk, count)),
    ):
        repeats = range(4)
        notify("The first one", SOME, recipients=people)  # makes inboxes
        _settle()
        with site.meters.measuring() as cost:
            for number in repeats:
                notify(f"Large {number}", SOME, recipients=people)
            _settle()
        yield name, cost.each(count * len(repeats))


def of_commands(site: Site) -> Iterator[tuple[str, Cost]]:
    """Measure what browsers ask for."""
    with ExitStack() as stack:
        talkers = [
            stack.enter_context(_talking(site, cookie)) for cookie in site.people.cookies[:TALKERS]
        ]
        states = [_ask(talker, hello={}) for talker in talkers]
        time.sleep(1.0)
        count = TALKERS * COMMANDS_EACH

        def ask(command: Callable[[dict[str, Any], int], dict[str, Any]]) -> Cost:
            with site.meters.measuring() as cost:
                for number in range(COMMANDS_EACH):
                    for talker, state in zip(talkers, states, strict=True):
                        _ask(talker, **command(state, number))
            return cost.each(count)

        yield "hello again", ask(lambda state, _: {"hello": {"since": state["rev"]}})
        yield "mark", ask(lambda state, number: {"read": {"ids": [state["put"][number]["id"]]}})
        yield (
            "sync",
            ask(lambda state, _: {"sync": {"since": state["rev"] - 1, "inbox": state["inbox"]}}),
        )


def of_broadcasts(site: Site, count: int) -> Iterator[tuple[str, Cost]]:
    """Measure broadcasts on their way into the inboxes of those who are connected."""
    notify("The first broadcast", ALL, lazy=True)
    _settle()
    time.sleep(5.0)
    with site.meters.measuring() as cost:
        for number in range(BROADCASTS):
            notify(f"Broadcast {number}", ALL, lazy=True)
            time.sleep(4.0)
    yield "take-in", cost.each(BROADCASTS * (count + RESIDENTS))


def of_redis(site: Site, count: int) -> tuple[Cost, float]:
    """Measure a Redis that comes back empty.

    Returns:
        What it takes to join one person's groups again, and the bytes that Redis keeps for one.
    """
    info = site.meters.redis.info
    groups = int(info("everything")["pubsub_channels"])
    used = int(info("memory")["used_memory"])
    site.redis.kill()
    time.sleep(6.0)
    site.redis.start()
    empty = int(info("memory")["used_memory"])
    before = site.meters.read()
    wait_until(
        lambda: int(info("everything")["pubsub_channels"]) >= groups, "all groups are joined again"
    )
    time.sleep(8.0)
    total = site.meters.read().plus(before, -1.0)
    return total.each(count + RESIDENTS), (used - empty) / groups


def table_sizes() -> dict[str, tuple[int, int]]:
    """Return the bytes of a table with its indexes, and its rows."""
    sizes = {}
    for name, model in (("event", Event), ("notification", Notification)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_total_relation_size(%s)", [model._meta.db_table])
            sizes[name] = (cursor.fetchone()[0], model.objects.count())
    return sizes


def by_the_clock(site: Site, count: int) -> Cost:
    """Measure what a server does for so many connections, by the clock alone."""
    with site.browsers(0, count, rate=COMING):
        time.sleep(3.0)
        with site.meters.measuring() as cost:
            time.sleep(SECONDS)
    return cost.each(SECONDS)


def _settle() -> None:
    """Deliver everything, and wait until it is sent and shown."""
    run_due()
    outbound.queue.flush(30.0)
    time.sleep(0.5)


def _others(after: int, count: int) -> list[Any]:
    from django.contrib.auth.models import User

    return list(User.objects.filter(pk__gt=after).order_by("pk")[:count])


@contextmanager
def _talking(site: Site, cookie: str) -> Iterator[ClientConnection]:
    with connect(
        f"ws://127.0.0.1:{site.port}/ws/notifications/",
        subprotocols=["rn.1"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        compression=None,
        ping_interval=None,
    ) as talker:
        yield talker


_ids = itertools.count(1)


def _ask(talker: ClientConnection, **command: Any) -> dict[str, Any]:
    """Send a command, and return its answer."""
    wanted = next(_ids)
    talker.send(json.dumps({"id": wanted, **command}))
    while True:
        frame: dict[str, Any] = json.loads(talker.recv(timeout=30))
        if frame.get("id") == wanted:
            if "error" in frame:
                raise RuntimeError(f"{command} was refused: {frame}")
            return frame
