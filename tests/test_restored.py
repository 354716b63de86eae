"""A database that went back in time, and what browsers make of it."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from realtime_notify import inbox, notify
from realtime_notify.models import Inbox, Notification
from realtime_notify.wire import heal
from realtime_notify.wire.counters import counters
from tests.sockets import browse, in_db, swift, tune
from tests.wire.conftest import until

__all__ = ["browse", "swift", "tune"]


@pytest.fixture
def restore(alice):
    """Take Alice's inbox back to a rev, as a backup of that time has it."""

    def restore(rev):
        Notification.objects.filter(rev__gt=rev).erase()
        Inbox.objects.filter(pk=alice.pk).update(rev=rev, unread=rev, unseen=rev)

    return restore


async def test_a_database_that_went_back_and_overtook_the_browser_is_noticed(
    browse, alice, tune, restore, monkeypatch
):
    tune(HEAL_INTERVAL=0.0)  # only what the command tells
    monkeypatch.setattr(heal, "GATHER_DELAY", 0.5)
    for number in range(10):
        await in_db(notify, f"Before {number}", "demo/hello", recipients=[alice])
    heals = counters.heals
    browser = await browse(alice)
    # The heal query of whoever connects would find the smaller rev first.
    await until(lambda: counters.heals > heals)
    shown = browser.frames[-1]["inbox"]
    await in_db(restore, 5)
    for number in range(7):
        await in_db(notify, f"After {number}", "demo/hello", recipients=[alice])

    await in_db(call_command, "notify_restored")

    assert await browser.closed() == 4001
    frame = await in_db(inbox.sync, alice, 10, shown)
    assert frame["reset"] is True
    assert [item["message"] for item in frame["put"]] == [
        *(f"After {number}" for number in range(6, -1, -1)),
        *(f"Before {number}" for number in range(4, -1, -1)),
    ]
    assert frame["inbox"] != shown
    assert "from" in await in_db(inbox.sync, alice, 10, frame["inbox"])
