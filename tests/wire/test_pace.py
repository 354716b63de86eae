"""How fast a process greets, and when those whom it sends away come back."""

from __future__ import annotations

import logging

import pytest

from realtime_notify.wire import pace
from realtime_notify.wire.pace import BATCH, LATEST, PATIENCE, Pace


def learned(*batches):
    measured = Pace()
    for _ in range(50):
        for count, seconds in batches:
            measured.measure(count, seconds)
    return measured.rate


def test_full_batches_tell_the_rate():
    assert learned((BATCH, 0.25)) == pytest.approx(4 * BATCH)
    assert learned((BATCH, 2.0)) == pytest.approx(BATCH / 2)


def test_a_batch_that_was_not_full_tells_at_least_its_own_rate_and_at_most_a_full_ones():
    guess = Pace().rate

    assert learned((1, 0.01)) == guess  # between 100 and 25,600 a second
    assert learned((200, 0.1)) == pytest.approx(2000)
    assert learned((1, 2.0)) == pytest.approx(BATCH / 2)


def test_a_batch_that_failed_tells_only_that_it_took_its_time():
    guess = Pace().rate

    assert learned((0, 0.001)) == guess
    assert learned((0, 10.0)) == pytest.approx(BATCH / 10)


def test_one_odd_batch_does_not_turn_everything_over():
    odd = Pace()
    odd.measure(BATCH, 30.0)

    assert odd.rate > Pace().rate / 2


def test_as_many_may_wait_as_are_greeted_in_time():
    measured = Pace()
    measured.rate = 100.0

    assert measured.has_room(int(100 * PATIENCE) - 1)
    assert not measured.has_room(int(100 * PATIENCE))


def test_each_who_is_sent_away_gets_the_next_free_turn(monkeypatch):
    monkeypatch.setattr(pace, "monotonic", lambda: 1000.0)
    measured = Pace()
    measured.rate = 100.0

    turns = [measured.turn(400) for _ in range(1000)]

    soonest = [low for low, _ in turns]
    assert soonest[0] == pytest.approx(4.5, abs=0.1)
    assert soonest == sorted(soonest)
    assert soonest[-1] == pytest.approx(14.5, abs=0.1)
    assert {round(high - low, 1) for low, high in turns} == {7.5}


def test_turns_begin_anew_when_the_crowd_has_gone(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(pace, "monotonic", lambda: now)
    measured = Pace()
    for _ in range(10_000):
        measured.turn(3000)
    now += 3600

    assert measured.turn(0)[0] == pytest.approx(0.5, abs=0.1)


def test_nobody_is_told_to_wait_longer_than_clients_do():
    measured = Pace()
    for _ in range(10_000):
        low, high = measured.turn(10**9)

    assert low < high <= LATEST
    assert measured.spread(10**9)[1] <= LATEST


def test_those_who_are_sent_away_together_come_back_no_faster_than_one_process_greets():
    measured = Pace()
    measured.rate = 500.0

    assert measured.spread(1) == (0.5, 8.0)
    assert measured.spread(10_000) == (0.5, 20.5)


def test_a_crowd_is_logged_when_it_begins_and_when_it_is_over(caplog):
    caplog.set_level(logging.INFO)
    busy = Pace()
    busy.rate = 10.0

    answers = [busy.has_room(waiting) for waiting in (0, 39, 40, 60, 20, 0, 0)]

    assert answers == [True, True, False, False, True, True, True]
    assert [(record.levelname, record.message) for record in caplog.records] == [
        (
            "WARNING",
            "A crowd: 40 hellos wait, and 10 a second are answered. Others are to come later.",
        ),
        ("INFO", "The crowd is over: everybody is greeted in time."),
    ]
