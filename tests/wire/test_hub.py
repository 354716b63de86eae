"""What the hub does periodically: heartbeats, session checks, sweeps."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from django.contrib.sessions.models import Session

from realtime_notify import notify
from realtime_notify.delivery import nudge
from realtime_notify.live import backend
from realtime_notify.models import Inbox
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db


async def test_a_changed_password_closes_the_sockets_of_the_session(browse, alice, bob, tune):
    tune(SESSION_CHECK_INTERVAL=0.1)
    hers, his = await browse(alice), await browse(bob)

    alice.set_password("another")
    await in_db(alice.save)

    assert await hers.closed() == 4501
    assert await his.receive_nothing(0.3)


async def test_an_expired_session_closes_its_sockets(browse, alice, tune):
    tune(SESSION_CHECK_INTERVAL=0.1)
    browser = await browse(alice)

    await in_db(Session.objects.all().delete)

    assert await browser.closed() == 4501


async def test_a_session_signed_with_a_fallback_key_is_still_valid(browse, alice, settings, tune):
    tune(SESSION_CHECK_INTERVAL=0.1)
    browser = await browse(alice)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert await browser.receive_nothing(0.4)


async def test_no_session_check_begins_before_the_last_one_has_ended(
    browse, alice, bob, tune, monkeypatch
):
    tune(SESSION_CHECK_INTERVAL=0.05)
    end = threading.Event()
    asked = []

    def signed_out(sessions):
        asked.append(sessions)
        end.wait(10)
        return sessions

    monkeypatch.setattr(backend, "backend", backend.backend._replace(signed_out=signed_out))
    hers, his = await browse(alice), await browse(bob)
    await asyncio.sleep(0.5)
    assert len(asked) == 1

    end.set()

    assert {await hers.closed(), await his.closed()} == {4501}


async def test_a_session_check_that_fails_is_made_again_in_the_next_round(
    browse, alice, tune, monkeypatch, caplog
):
    tune(SESSION_CHECK_INTERVAL=0.1)
    failures = iter([ConnectionError("the database is restarting")])

    def signed_out(sessions):
        for failure in failures:
            raise failure
        return sessions

    monkeypatch.setattr(backend, "backend", backend.backend._replace(signed_out=signed_out))
    browser = await browse(alice)

    assert await browser.closed() == 4501
    assert "the database is restarting" in caplog.text


async def test_a_client_that_answers_no_heartbeat_is_disconnected(browse, alice, tune):
    tune(PING_INTERVAL=0.1)
    browser = await browse(alice)

    for _ in range(3):
        assert (await browser.receive_raw()).keys() == {"rev", "beat"}

    code, bye = await browser.closed(), browser.bye
    assert (code, bye["code"]) == (4010, 4010)


async def test_browsers_repair_themselves_when_nobody_has_looked_at_the_database_for_long(
    browse, alice, tune
):
    tune(PING_INTERVAL=0.1, HEAL_INTERVAL=60)
    await in_db(notify, "Here", "demo/hello", recipients=[alice])
    browser = await browse(alice)
    healer = running_hub(backend.backend)._healer
    healer.healed_at -= 100  # it hangs, say
    await in_db(Inbox.objects.filter(pk=alice.pk).update, rev=2, unread=7)

    await browser.receive_until(lambda store: store.unread == 7)

    assert browser.stale
    healer.healed_at += 100
    await browser.receive_until(lambda store: not browser.stale)


async def test_a_server_process_delivers_what_is_due(browse, alice, tune):
    tune(SWEEP_INTERVAL=0.05, INLINE_RECIPIENTS=0)
    browser = await browse(alice)

    await in_db(notify, "Promised", "demo/hello", recipients=[alice])

    assert (await browser.receive_push())["put"][0]["message"] == "Promised"


async def test_a_nudge_makes_a_server_process_look_before_its_interval_is_over(browse, alice, tune):
    tune(SWEEP_INTERVAL=60, INLINE_RECIPIENTS=0)
    browser = await browse(alice)
    await in_db(notify, "Promised", "demo/hello", recipients=[alice])

    nudge()

    assert (await browser.receive_push())["put"][0]["message"] == "Promised"


@pytest.mark.parametrize("steps", range(12))
async def test_a_hub_that_is_stopped_as_it_hears_of_due_work_stops(browse, alice, tune, steps):
    """Whichever step of the loop comes between the two."""
    tune(SWEEP_INTERVAL=60)
    await browse(alice)
    tasks = {running_hub(backend.backend)._running}

    nudge()
    for _ in range(steps):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    _, running = await asyncio.wait(tasks, timeout=2)

    for task in running:
        task.cancel()
    assert not running


async def test_closed_connections_are_freed(browse, alice):
    for _ in range(30):
        await (await browse(alice)).disconnect()
    await asyncio.sleep(0.05)
    gc.collect()

    assert not [one for one in gc.get_objects() if isinstance(one, Connection)]
