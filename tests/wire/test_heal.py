"""The heal query with a real database: it finds what pushes have lost."""

from __future__ import annotations

from realtime_notify import notify
from realtime_notify.live import backend
from realtime_notify.models import Inbox
from realtime_notify.wire import outbound
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db


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
    browse, alice, tune
):
    tune(HEAL_INTERVAL=0.01)
    browser = await browse(alice)

    for number in range(20):
        await in_db(notify, f"Number {number}", "demo/hello", recipients=[alice])

    frames = []
    while browser.store.rev < 20:
        frames.append(await browser.receive_push())
    assert [item["rev"] for frame in frames for item in frame["put"]] == list(range(1, 21))
    assert await browser.receive_nothing(0.4)


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
    monkeypatch.setattr("realtime_notify.wire.hub.RETRY_DELAY", 0.01)
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
    assert "Hub task Healer.run failed; restarting it in 0.01 s." in caplog.text
    assert "the database is restarting" in caplog.text
