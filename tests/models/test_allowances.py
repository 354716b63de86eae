"""Allowances: exact over processes, whole again with time, and gone when nobody needs them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from realtime_notify.models import Allowance
from realtime_notify.models.allowances import HOUR
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

take, give_back = Allowance.objects.take, Allowance.objects.give_back


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = SimpleNamespace(now=1_700_000_000.0)
    monkeypatch.setattr("realtime_notify.models.allowances.time", lambda: clock.now)
    return clock


def test_an_allowance_is_so_much_an_hour(clock: Any) -> None:
    assert [take("ann", 3) for _ in range(3)] == [0, 0, 0]

    wait = take("ann", 3)

    assert wait == pytest.approx(HOUR / 3)
    clock.now += wait + 0.01
    assert take("ann", 3) == 0
    assert take("ann", 3) > 0
    assert take("ben", 3) == 0


def test_it_is_whole_again_after_an_hour(clock: Any) -> None:
    for _ in range(5):
        take("ann", 5)
    clock.now += HOUR

    assert [take("ann", 5) for _ in range(6)].count(0) == 5


def test_what_is_refused_costs_nothing(clock: Any) -> None:
    waits = [take("ann", 2) for _ in range(20)]

    assert waits[2:] == [pytest.approx(HOUR / 2)] * 18


def test_what_was_not_used_is_given_back(clock: Any) -> None:
    take("ann", 1)
    give_back("ann", 1)

    assert take("ann", 1) == 0
    assert take("ann", 1) > 0


def test_no_limit_stores_nothing() -> None:
    assert [take("ann", 0) for _ in range(100)].count(0) == 100
    give_back("ann", 0)
    assert not Allowance.objects.exists()


def test_whoever_asks_no_more_is_forgotten(clock: Any) -> None:
    for number in range(10):
        take(f"somebody {number}", 3)
    clock.now += 3 * HOUR

    take("ann", 3)

    assert Allowance.objects.count() == 1


def test_the_table_tells_no_address() -> None:
    take("address:ann@example.com", 3)

    assert "ann" not in str(list(Allowance.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_many_processes_give_out_no_more_than_there_is() -> None:
    waits = at_once(lambda _: take("ann", 3), threads=8)

    assert waits.count(0) == 3
