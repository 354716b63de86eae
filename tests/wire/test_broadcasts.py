"""Broadcasts reach open browsers at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.live import backend
from realtime_notify.models import Inbox, Notification
from realtime_notify.wire import outbound
from realtime_notify.wire.broadcasts import Intake
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db
from tests.wire.conftest import until


async def test_a_broadcast_reaches_open_browsers_of_subscribers(browse, alice, bob):
    await in_db(subscribe, alice, "news")
    hers, his = await browse(alice), await browse(bob)

    await in_db(notify, "The library opens", "news", lazy=True)

    frame = await hers.receive_push()
    assert (frame["rev"], frame["unread"]) == (1, 1)
    assert [item["message"] for item in frame["put"]] == ["The library opens"]
    assert await his.receive_nothing()


async def test_only_those_who_are_connected_get_rows(browse, alice, users):
    others = await in_db(users, 5)
    for person in (alice, *others):
        await in_db(subscribe, person, "news")
    browser = await browse(alice)

    await in_db(notify, "The library opens", "news", lazy=True)
    await browser.receive_rev(1)

    assert await in_db(Notification.objects.count) == 1
    assert await in_db(Inbox.objects.count) == 1


async def test_a_broadcast_for_everyone_reaches_every_open_browser(browse, alice, bob):
    hers, his = await browse(alice), await browse(bob)

    await in_db(notify, "Maintenance", "site", recipients=EVERYONE, lazy=True)

    await hers.receive_rev(1)
    await his.receive_rev(1)


async def test_a_browser_that_comes_later_gets_it_with_its_greeting(browse, alice):
    await in_db(subscribe, alice, "news")
    await in_db(notify, "The library opens", "news", lazy=True)

    browser = await browse(alice)

    assert browser.store.list()[0]["message"] == "The library opens"


async def test_a_burst_of_broadcasts_arrives_whole(browse, alice):
    await in_db(subscribe, alice, "news")
    browser = await browse(alice)

    for number in range(30):
        await in_db(notify, f"Number {number}", "news", lazy=True)

    await browser.receive_rev(30)
    assert browser.store.unread == 30


async def test_a_lost_announcement_costs_one_heal_interval(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    await in_db(subscribe, alice, "news")
    browser = await browse(alice)
    outbound.unlisten(running_hub(backend.backend).listener)

    await in_db(notify, "The library opens", "news", lazy=True)

    await browser.receive_rev(1)
    assert browser.store.list()[0]["message"] == "The library opens"


async def test_a_taking_in_that_fails_is_made_up_for_by_the_next_heal_query(
    browse, alice, tune, caplog, monkeypatch
):
    tune(HEAL_INTERVAL=0.1)
    failures = iter([ConnectionError("the database is restarting")])

    def take_in(users):
        for failure in failures:
            raise failure
        backend.take_in(users)

    monkeypatch.setattr(backend, "backend", backend.backend._replace(take_in=take_in))
    await in_db(subscribe, alice, "news")
    browser = await browse(alice)

    await in_db(notify, "The library opens", "news", lazy=True)

    await browser.receive_rev(1)
    assert "Taking in broadcasts failed" in caplog.text


class Rounds:
    """Takes in until it is let go, and records for whom."""

    def __init__(self):
        self.asked = []
        self.rounds = []
        self.running = 0
        self.most_at_once = 0
        self.go = threading.Event()

    def hearing(self, keys):
        self.asked.append(set(keys))
        return ["1", "2", "3"]

    def take_in(self, users):
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self.go.wait(5)
        self.rounds.append(users)
        self.running -= 1


@pytest.fixture
async def rounds():
    recorded = Rounds()
    intake = Intake(recorded.hearing, recorded.take_in)
    recorded.announce = intake.announce
    recorded.catch_up = intake.catch_up
    task = asyncio.create_task(intake.run())
    yield recorded
    recorded.go.set()
    task.cancel()


async def test_what_is_announced_during_a_round_shares_the_next_one(rounds):
    rounds.announce(["a"])
    await until(lambda: rounds.running)
    rounds.announce(["b"])
    rounds.announce(["c"])

    rounds.go.set()

    await until(lambda: len(rounds.rounds) == 2)
    assert rounds.asked == [{"a"}, {"b", "c"}]
    assert rounds.most_at_once == 1


async def test_everybody_outweighs_keys(rounds):
    rounds.go.set()
    rounds.announce(["a"])
    rounds.announce([])

    await until(lambda: rounds.rounds)

    assert rounds.asked == [set()]


async def test_users_are_taken_in_by_chunks(rounds, tune):
    tune(CHUNK_SIZE=2)
    rounds.go.set()

    rounds.announce(["a"])

    await until(lambda: len(rounds.rounds) == 2)
    assert rounds.rounds == [["1", "2"], ["3"]]


async def test_who_lacks_a_broadcast_catches_up_with_those_who_hear_the_next(rounds):
    rounds.go.set()
    rounds.catch_up(["9", "2"])
    rounds.announce(["a"])

    await until(lambda: rounds.rounds)

    assert rounds.rounds == [["9", "2", "1", "3"]]


async def test_who_catches_up_does_so_alone_while_nothing_is_announced(rounds):
    rounds.go.set()

    rounds.catch_up(["9"])

    await until(lambda: rounds.rounds)
    assert (rounds.rounds, rounds.asked) == ([["9"]], [])


async def test_a_chunk_that_fails_does_not_keep_others_from_taking_in(tune, caplog):
    tune(CHUNK_SIZE=1)
    taken_in = []

    def take_in(users):
        if users == ["1"]:
            raise ConnectionError("the database is restarting")
        taken_in.append(users)

    intake = Intake(lambda keys: ["1", "2", "3"], take_in)
    task = asyncio.create_task(intake.run())

    intake.announce([])

    await until(lambda: len(taken_in) == 2)
    assert taken_in == [["2"], ["3"]]
    assert "the database is restarting" in caplog.text
    task.cancel()
