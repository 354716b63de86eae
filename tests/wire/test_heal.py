"""The heal query with a real database: it finds what pushes have lost."""

from __future__ import annotations

import asyncio
import logging

import pytest

from realtime_notify import notify
from realtime_notify.live import backend
from realtime_notify.models import Epoch, Inbox
from realtime_notify.wire import heal, outbound
from realtime_notify.wire.heal import Healer, Position
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db
from tests.wire.conftest import until


def lose_pushes():
    """Lose every push to the connected browsers, as when a process dies between commit and push."""
    outbound.unlisten(running_hub(backend.backend).listener)


async def test_a_lost_push_is_found_by_the_heal_query(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    browser = await browse(alice)
    lose_pushes()

    await in_db(notify, "Lost", "demo/hello", recipients=[alice])

    await browser.receive_rev(1)
    assert browser.store.list()[0]["message"] == "Lost"
    assert await browser.receive_nothing(0.5)


async def test_a_push_that_is_on_its_way_is_not_announced_by_the_heal_query_too(
    browse, alice, tune, monkeypatch
):
    tune(HEAL_INTERVAL=0.01)
    monkeypatch.setattr(heal, "GRACE", 1)  # a push is later than usual on a busy machine
    browser = await browse(alice)

    for number in range(20):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])

    frames = []
    while browser.store.rev < 20:
        frames.append(await browser.receive_push())
    assert [item["rev"] for frame in frames for item in frame["put"]] == list(range(1, 21))
    assert await browser.receive_nothing(1.2)


async def test_a_restored_database_takes_browsers_back_with_it(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    for number in range(3):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])
    browser = await browse(alice)
    assert browser.store.rev == 3

    await in_db(Inbox.objects.filter(pk=alice.pk).update, rev=1, unread=1, unseen=1)

    heartbeat = await browser.receive()
    assert (heartbeat["rev"], "beat" in heartbeat) == (1, True)
    assert (await browser.ask(sync={"since": 3}))["reset"] is True


async def test_who_shows_what_was_before_a_restore_is_asked_to_come_back(browse, alice, bob, tune):
    tune(HEAL_INTERVAL=0.05)
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])
    before = await browse(alice), await browse(bob)
    epochs = Epoch.objects.all()

    await in_db(Epoch.objects.begin)

    assert [await browser.closed() for browser in before] == [4001, 4001]
    assert before[0].bye["reason"] == "the database was restored"
    assert before[0].bye["retry"][1] > 5
    after = await browse(alice)
    assert after.store.rev == before[0].store.rev == 1
    assert await after.receive_nothing(0.3)
    assert await in_db(epochs.count) == 1


async def test_the_sockets_of_a_deactivated_user_are_closed(browse, alice, bob, tune):
    tune(HEAL_INTERVAL=0.05)
    hers, his = await browse(alice), await browse(bob)

    alice.is_active = False
    await in_db(alice.save)

    assert await hers.closed() == 4501
    assert await his.receive_nothing()


async def test_the_sockets_of_a_deleted_user_are_closed(browse, alice, tune):
    tune(HEAL_INTERVAL=0.05)
    browser = await browse(alice)

    await in_db(alice.delete)

    assert await browser.closed() == 4501


async def test_a_heal_query_that_fails_is_logged_and_run_again(
    browse, alice, tune, caplog, monkeypatch
):
    monkeypatch.setattr(heal, "RETRY_DELAY", 0.01)
    tune(HEAL_INTERVAL=0.05)
    failures = iter([ConnectionError("the database is restarting")])
    original = backend.positions

    def positions(users):
        for failure in failures:
            raise failure
        return original(users)

    monkeypatch.setattr(backend, "backend", backend.backend._replace(positions=positions))
    browser = await browse(alice)
    lose_pushes()
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])

    await browser.receive_rev(1)
    assert "A heal query failed; it is run again in 0.01 s." in caplog.text
    assert "the database is restarting" in caplog.text


class Village:
    """Connected users who are told what the heal query found; nobody's sockets are open."""

    def __init__(self, *users):
        self.people = list(users)
        self.signed_out = []
        self.lacking = []
        self.asked = []
        self.broken = set()
        self.healer = Healer(self, self.positions, self.keys, self.lacking.extend, lambda: True)

    def users(self):
        return self.people

    def connections(self, user):
        return []

    def set_keys(self, user, keys):
        raise AssertionError("Nobody has missed anything.")

    def sign_out(self, user, reason):
        self.signed_out.append(user)

    def send_away(self, connections, reason):
        raise AssertionError("Nobody has strayed.")

    def keys(self, users):
        raise AssertionError("Nobody has missed anything.")

    def positions(self, users):
        self.asked.append(list(users))
        if self.broken & set(users):
            raise ConnectionError("the database is restarting")
        return {
            user: Position(0, True, is_behind=user == "late", inbox="x")
            for user in users
            if user != "-"
        }


@pytest.fixture
async def healing(tune):
    """Run a healer: healing(Village("1"), HEAL_INTERVAL=0.05)."""
    tasks = []

    def run(village, **settings):
        tune(**settings)
        tasks.append(asyncio.create_task(village.healer.run()))
        return village

    yield run
    for task in tasks:
        task.cancel()


async def test_a_batch_that_fails_keeps_nobody_else_from_being_healed(healing, monkeypatch):
    monkeypatch.setattr(heal, "BATCH", 1)
    village = Village("1", "-", "3")
    village.broken = {"1"}
    healing(village, HEAL_INTERVAL=0.05)

    await until(lambda: len(village.asked) >= 3)

    assert village.asked[:3] == [["1"], ["-"], ["3"]]
    assert village.signed_out == ["-"]


async def test_the_age_of_the_last_comparison_is_that_of_the_last_round_without_failure(
    healing, monkeypatch
):
    monkeypatch.setattr(heal, "RETRY_DELAY", 0.01)
    monkeypatch.setattr(heal, "BATCH", 1)
    village = Village("1", "2")
    healing(village, HEAL_INTERVAL=0.02)
    begun = village.healer.healed_at
    await until(lambda: village.healer.healed_at > begun)

    village.broken = {"2"}
    await until(lambda: village.asked.count(["2"]) > 3)
    healed_at = village.healer.healed_at
    count = len(village.asked)
    await until(lambda: len(village.asked) > count + 5)
    assert village.healer.healed_at == healed_at

    village.broken = set()
    await until(lambda: village.healer.healed_at > healed_at)


def test_the_age_is_told_when_it_is_greater_than_promised(tune):
    tune(HEAL_INTERVAL=5)
    healer = Village("1").healer
    healer.healed_at -= 11
    assert healer.age() is None

    healer.healed_at -= 20
    assert healer.age() == 31


def test_without_a_heal_query_no_age_is_told(tune):
    tune(HEAL_INTERVAL=0)
    healer = Village("1").healer

    healer.healed_at -= 1000

    assert healer.age() is None


async def test_users_who_keep_joining_groups_do_not_keep_others_from_being_healed(
    browse, alice, bob, tune
):
    tune(HEAL_INTERVAL=0.2)
    await browse(alice)
    browser = await browse(bob)
    healer = running_hub(backend.backend)._healer

    async def join():
        while True:
            healer.expect(str(alice.pk))
            healer.heal_soon(everybody=False)
            await asyncio.sleep(0.01)

    joining = asyncio.create_task(join())
    lose_pushes()
    await in_db(notify, "Lost", "demo/hello", recipients=[bob])

    await browser.receive_rev(1)
    joining.cancel()


async def test_those_who_lack_a_broadcast_are_told_to_whoever_takes_it_in(healing):
    village = healing(Village("1", "late"), HEAL_INTERVAL=0.02)

    await until(lambda: village.lacking)

    assert village.lacking[0] == "late"


async def test_a_heal_query_that_is_late_is_logged_when_it_begins_and_ceases_to_be(caplog, tune):
    tune(HEAL_INTERVAL=5)
    caplog.set_level(logging.INFO)
    healer = Village().healer

    assert healer.age() is None
    healer.healed_at -= 100
    assert [healer.age(), healer.age()] == [100, 100]
    healer.healed_at += 100
    assert [healer.age(), healer.age()] == [None, None]

    [late, back] = caplog.records
    assert (late.levelname, back.levelname) == ("ERROR", "INFO")
    assert late.message.startswith("No heal query has come back for 100 s. Pushes that are lost")
    assert back.message == "Heal queries come back again."


async def test_an_outage_of_the_database_has_one_traceback_however_many_batches_it_fails(
    healing, monkeypatch, caplog
):
    monkeypatch.setattr(heal, "RETRY_DELAY", 0.01)
    monkeypatch.setattr(heal, "BATCH", 1)
    village = Village("1", "2", "3")
    village.broken = {"1", "2", "3"}
    healing(village, HEAL_INTERVAL=0.02)

    await until(lambda: len(village.asked) > 10)

    assert caplog.text.count("Traceback") == 1
