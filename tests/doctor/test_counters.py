"""What the doctor says of counters, and what it mends."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.doctor import Severity, counters
from realtime_notify.inbox import mark_read
from realtime_notify.models import Inbox, Notification
from tests.delivery.conftest import held
from tests.sockets import in_db
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_counters_that_are_right_are_well(alice, bob, fill):
    fill(alice, bob, count=2)

    (finding,) = counters.examine()

    assert finding.severity is Severity.OK
    assert finding.says == "The counters of 2 inboxes are those of their rows."


def test_a_wrong_counter_is_an_error_with_its_value_and_what_to_do(alice, bob, fill):
    fill(alice, bob, count=2)
    Inbox.objects.filter(pk=alice.pk).update(unread=7)

    (finding,) = counters.examine()

    assert finding.severity is Severity.ERROR
    assert finding.says == (
        f"1 of 2 inboxes had wrong numbers; that of user {alice.pk} says 7 unread and 2 unseen at "
        "revision 2, and its rows are 2 and 2, up to revision 2."
    )
    assert finding.advice.startswith("Run it with --repair. ")
    assert finding.values["first"][0]["user"] == str(alice.pk)
    assert Inbox.objects.get(pk=alice.pk).unread == 7


def test_repair_mends_every_window_and_portion(users, fill, monkeypatch):
    monkeypatch.setattr(counters, "WINDOW", 3)
    monkeypatch.setattr(counters, "PORTION", 2)
    fill(*users(8))
    Inbox.objects.update(unread=0)

    (finding,) = counters.examine(repair=True)

    assert finding.severity is Severity.WARNING
    assert finding.values["wrong"] == 8
    assert set(Inbox.objects.values_list("unread", flat=True)) == {1}
    assert next(counters.examine()).severity is Severity.OK


def test_people_who_lost_their_inbox_are_found_and_get_one(alice, bob, fill):
    fill(alice, bob)
    Inbox.objects.filter(pk=alice.pk).delete()

    assert [one.severity for one in counters.examine()] == [Severity.OK, Severity.ERROR]
    assert [one.severity for one in counters.examine(repair=True)] == [
        Severity.OK,
        Severity.WARNING,
    ]
    assert [one.severity for one in counters.examine()] == [Severity.OK]


@pytest.mark.django_db(transaction=True)
async def test_an_open_browser_follows_the_repair(browse, alice):
    for message in ("One", "Two"):
        await in_db(notify, message, "demo/hello", recipients=[alice])
    browser = await browse(alice)
    await in_db(Inbox.objects.filter(pk=alice.pk).update, unread=7)
    await in_db(Notification.objects.filter(user=alice.pk).update, read_at=timezone.now())

    await in_db(lambda: list(counters.examine(repair=True)))

    shown = await browser.receive_rev(3)
    assert (shown.unread, shown.unseen) == (0, 0)
    assert [item["read"] for item in browser.items] == [True, True]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_an_inbox_that_stays_locked_is_named_and_keeps_no_other_from_it(
    alice, bob, fill, monkeypatch
):
    monkeypatch.setattr(counters, "PATIENCE", 0.2)
    fill(alice, bob)
    Inbox.objects.update(unread=7)

    with held(Inbox.objects.filter(pk=alice.pk)):
        mended, busy = counters.examine(repair=True)

    assert mended.values["wrong"] == 1
    assert busy.values["users"] == [str(alice.pk)]
    assert Inbox.objects.get(pk=bob.pk).unread == 1


@pytest.mark.django_db(transaction=True)
def test_traffic_meanwhile_is_no_finding(users, fill):
    people = users(3)
    rows = fill(*people, count=12)

    def work(number: int) -> list[Any]:
        if number == 0:
            return [finding.severity for _ in range(10) for finding in counters.examine()]
        for row in rows:
            if row.user_id == people[number - 1].pk:
                mark_read(row.user_id, ids=[row.pk])
        return []

    assert at_once(work)[0] == [Severity.OK] * 10
