"""Events whose time is over leave every inbox."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from realtime_notify import mark_read, mark_seen, notify
from realtime_notify.delivery import deliver
from realtime_notify.delivery.revising import REMOVAL, chunk, remove
from realtime_notify.inbox import archive, counts, page, sync
from realtime_notify.inbox.holders import Step
from realtime_notify.inbox.numbers import ensure_inboxes
from realtime_notify.models import Event, Inbox, Notification, locks
from tests.delivery.conftest import held

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def tomorrow():
    return timezone.now() + timedelta(days=1)


def let_time_pass():
    past = timezone.now() - timedelta(seconds=1)
    Event.objects.filter(removal_due_at__isnull=False).update(removal_due_at=past)


def messages(user):
    return [item["message"] for item in page(user)["put"]]


def test_an_expired_event_leaves_every_inbox_and_its_counters(alice, bob, carol, send):
    event = send("Sale", "a", recipients=[alice, bob, carol], expires_at=tomorrow())
    send("Other", "a", recipients=[alice])
    mark_read(bob, upto=1)
    archive(carol, upto=1)
    assert remove() == 0

    let_time_pass()
    assert remove() == 1

    assert messages(alice) == ["Other"]
    assert counts(alice) == {"rev": 3, "unread": 1, "unseen": 1}
    assert counts(bob) == {"rev": 3, "unread": 0, "unseen": 0}
    assert page(carol, archived=True)["put"] == []
    assert sync(alice, 2)["put"][0]["deleted"] is True
    event.refresh_from_db()
    assert event.removal_due_at is None
    assert remove() == 0


def test_an_event_that_another_process_expired_costs_no_revision(alice, send):
    event = send("Sale", "a", recipients=[alice], expires_at=tomorrow())
    let_time_pass()
    assert chunk(REMOVAL, event.pk, 100) == Step(1, 0, None)
    before = counts(alice)

    assert chunk(REMOVAL, event.pk, 100) is None

    assert counts(alice) == before


def test_large_audiences_expire_in_chunks(users, send, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(5)
    send("Sale", "a", recipients=people, expires_at=tomorrow())

    let_time_pass()
    remove()

    assert [counts(user)["unread"] for user in people] == [0] * 5


def test_rows_that_leave_are_counted_by_what_they_were(alice, send):
    for text in ("One", "Two", "Three"):
        send(text, "a", recipients=[alice], expires_at=tomorrow())
    first = Event.objects.order_by("pk").first()
    mark_seen(alice, upto=2)
    let_time_pass()

    chunk(REMOVAL, first.pk, 100)

    assert Notification.objects.get(event=first).rev == 5
    assert counts(alice) == {"rev": 5, "unread": 2, "unseen": 1}


def test_what_is_still_to_be_delivered_of_an_expired_event_is_given_up(users, send, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 2}
    people = users(5)
    event = send("Sale", "a", recipients=people, expires_at=tomorrow())
    let_time_pass()

    remove()  # this host's clock is ahead of the other's, which goes on delivering

    assert deliver(event) is False
    event.refresh_from_db()
    assert event.delivered_at is not None
    assert event.removal_due_at is None
    assert not Notification.objects.filter(event=event, deleted_at=None).exists()


def test_a_chunk_that_was_found_before_the_expiry_is_not_written_after_it(users, settings, send):
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}
    event = send("Sale", "a", recipients=users(3), expires_at=tomorrow())
    let_time_pass()
    expired = []

    def expire_meanwhile(execute, sql, *args):
        if not expired and sql.startswith("INSERT") and "_inbox" in sql:
            expired.append(True)
            remove()
        return execute(sql, *args)

    with connection.execute_wrapper(expire_meanwhile):
        assert deliver(event) is False

    assert expired
    assert not Notification.objects.filter(event=event).exists()


def test_a_row_that_its_owner_reads_right_before_it_leaves_is_counted_once(alice, send):
    event = send("Sale", "a", recipients=[alice], expires_at=tomorrow())
    let_time_pass()
    read = []

    def read_meanwhile(execute, sql, *args):
        if (
            not read
            and sql.startswith("SELECT")
            and 'FROM "realtime_notify_inbox"' in sql.replace("`", '"')
        ):
            read.append(True)
            mark_read(alice, upto=1)
        return execute(sql, *args)

    with connection.execute_wrapper(read_meanwhile):
        chunk(REMOVAL, event.pk, 100)

    assert read
    assert counts(alice) == {"rev": 3, "unread": 0, "unseen": 0}


def test_many_events_expire_in_one_call(alice, send):
    for number in range(3):
        send(f"Sale {number}", "a", recipients=[alice], expires_at=tomorrow())
    let_time_pass()

    assert remove() == 3
    assert counts(alice) == {"rev": 6, "unread": 0, "unseen": 0}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_a_busy_inbox_holds_up_no_expiry_of_the_others(users):
    people = users(3)
    notify("Sale", "a", recipients=people, expires_at=tomorrow())
    let_time_pass()

    with held(Inbox.objects.filter(pk=people[1].pk)):
        assert remove() == 0
        assert [counts(user)["unread"] for user in people] == [0, 1, 0]

    assert remove() == 1
    assert [counts(user)["unread"] for user in people] == [0, 0, 0]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_expiry_waits_for_a_notification_that_is_being_written(alice, bob):
    event = notify("Sale", "a", recipients=[alice], expires_at=tomorrow())
    ensure_inboxes([bob.pk])
    let_time_pass()
    expired = []

    def expire_beside():
        expired.append(remove())
        connection.close()

    with transaction.atomic():
        assert locks.keep(Event, [event.pk]) == {event.pk}
        Notification.objects.create(
            event=event, user=bob, seq=1, rev=1, fingerprint=event.fingerprint
        )
        Inbox.objects.filter(pk=bob.pk).update(rev=1, unread=1, unseen=1)
        thread = threading.Thread(target=expire_beside)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()

    assert expired == [1]
    assert counts(bob)["unread"] == 0
