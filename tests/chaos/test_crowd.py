"""The people in front of the screens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chaos.crowd import Crowd
from chaos.faults.clients import switch_account

PEOPLE = [f"person-{number:02}" for number in range(6)]
NO_SERVER = [1]


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """Screens that find no server."""
    crowd = Crowd()
    crowd.open(dict.fromkeys(PEOPLE, "cookie"), NO_SERVER, seed=1)
    yield crowd
    crowd.close()


@pytest.mark.parametrize("which", range(12))
def test_whoever_signs_in_at_a_screen_does_as_much_as_its_owner(crowd: Crowd, which: int):
    client = crowd.clients[which]
    owner = client.person

    other = crowd.somebody_else(client, which)

    assert other != owner
    assert PEOPLE.index(other) % 2 == PEOPLE.index(owner) % 2


def test_nobody_is_left_without_a_screen_however_often_accounts_are_switched(crowd: Crowd):
    town: Any = SimpleNamespace(crowd=crowd)
    for which in range(3 * len(crowd.clients)):
        with switch_account(town, which):
            assert Counter(map(_person, crowd.look())) != Counter(2 * PEOPLE)

    assert Counter(map(_person, crowd.look())) == Counter(2 * PEOPLE)


def _person(screen: dict[str, Any]) -> str:
    return str(screen["person"])
