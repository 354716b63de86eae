"""Locks of rows, and how long a transaction waits for them."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, connections

from realtime_notify.models import Inbox, locks
from realtime_notify.models.transactions import writing

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sql,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows"),
]


@pytest.fixture
def locked(alice, fill):
    """Somebody else has locked the inbox of Alice."""
    fill(alice)
    has_locked, end = threading.Event(), threading.Event()

    def lock():
        with writing(Inbox):
            Inbox.objects.select_for_update().get(pk=alice.pk)
            has_locked.set()
            end.wait(20)
        connections.close_all()

    thread = threading.Thread(target=lock)
    thread.start()
    assert has_locked.wait(10)
    yield
    end.set()
    thread.join()


def lock(user):
    return Inbox.objects.select_for_update().get(pk=user.pk)


@pytest.mark.usefixtures("locked")
def test_a_transaction_waits_for_a_lock_as_long_as_it_has_patience(alice):
    with (
        pytest.raises(OperationalError) as caught,
        locks.patience(0.1),
        locks.transaction("default"),
    ):
        lock(alice)

    assert locks.is_busy(caught.value)


@pytest.mark.usefixtures("locked")
def test_patience_holds_for_transactions_that_write(alice):
    with pytest.raises(OperationalError) as caught, locks.patience(0.1), writing(Inbox):
        lock(alice)

    assert locks.is_busy(caught.value)


def test_patience_ends_with_its_transaction():
    def current():
        with connection.cursor() as cursor:
            cursor.execute(
                "SHOW lock_timeout"
                if connection.vendor == "postgresql"
                else "SELECT @@innodb_lock_wait_timeout"
            )
            return cursor.fetchone()[0]

    before = current()
    with locks.patience(3), locks.transaction("default"):
        assert current() in ("3s", 3)
    assert current() == before


def test_a_transaction_of_the_callers_keeps_its_own_patience():
    with locks.transaction("default"), connection.cursor() as cursor:
        with locks.patience(3), locks.transaction("default"):
            pass
        if connection.vendor == "postgresql":
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone()[0] == "0"


def test_another_error_is_not_taken_for_a_lock():
    assert not locks.is_busy(OperationalError("server closed the connection unexpectedly"))
