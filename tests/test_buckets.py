from __future__ import annotations

import pytest

from realtime_notify import buckets
from realtime_notify.buckets import Bucket, Buckets


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when a test says so."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(buckets, "monotonic", lambda: Clock.now)
    return Clock


def test_a_bucket_begins_full_and_gains_tokens_up_to_its_size(clock):
    bucket = Bucket(10)

    assert bucket.take(4, size=10, rate=2) == 6
    clock.now += 1
    assert bucket.take(0, size=10, rate=2) == 8
    clock.now += 60
    assert bucket.take(0, size=10, rate=2) == 10


def test_a_bucket_may_be_in_debt_and_takes_back_what_is_given(clock):
    bucket = Bucket(1)

    assert bucket.take(3, size=1, rate=0) == -2
    assert bucket.take(-1, size=1, rate=0) == -1


def test_a_key_in_debt_waits_until_its_bucket_has_gained_what_it_owes(clock):
    a_minute = Buckets()

    assert a_minute.take("alice", 60, a_minute=60) == 0
    assert a_minute.take("alice", 5, a_minute=60) == 5
    clock.now += 3
    assert a_minute.take("alice", 0, a_minute=60) == 2
    clock.now += 2
    assert a_minute.take("alice", 0, a_minute=60) == 0


def test_keys_do_not_share_a_bucket(clock):
    a_minute = Buckets()
    a_minute.take("alice", 100, a_minute=60)

    assert a_minute.take("bob", 1, a_minute=60) == 0


def test_no_limit_keeps_nothing(clock):
    a_minute = Buckets()

    assert a_minute.take("alice", 10**9, a_minute=0) == 0
    assert a_minute.take("bob", 0, a_minute=60) == 0
    assert len(a_minute) == 0


def test_buckets_that_are_full_again_are_forgotten(clock):
    a_minute = Buckets()
    for visitor in range(Buckets.ROOM):
        a_minute.take(visitor, 1, a_minute=60)
    a_minute.take("busy", 60, a_minute=60)
    clock.now += 30
    for visitor in range(Buckets.ROOM):
        a_minute.take(f"later {visitor}", 1, a_minute=60)

    assert len(a_minute) <= Buckets.ROOM + 1
    assert a_minute.take("busy", 40, a_minute=60) == 10


def test_all_buckets_can_be_filled_at_once(clock):
    a_minute = Buckets()
    a_minute.take("alice", 100, a_minute=60)

    a_minute.clear()

    assert a_minute.take("alice", 1, a_minute=60) == 0
