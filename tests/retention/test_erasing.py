"""Whoever was left out of a broadcast stays left out once they are forgotten."""

from __future__ import annotations

import pytest

from realtime_notify import EVERYONE, notify, unread_count
from realtime_notify.retention import forget

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_excluded_person_who_is_forgotten_is_not_told_after_all(alice):
    notify("A surprise for Alice", "a", recipients=EVERYONE, exclude=[alice], lazy=True)

    forget(alice)

    assert unread_count(alice) == 0
