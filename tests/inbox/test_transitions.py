from __future__ import annotations

import pytest
from django.db.models import Q

from realtime_notify.inbox.transitions import RESTORE, Transition


def test_a_transition_that_sets_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="'star' needs either sets= or clears="):
        Transition(name="star", applies_to=Q(), leaves=Q())


def test_a_transition_that_says_nothing_of_the_counters_is_refused() -> None:
    with pytest.raises(ValueError, match="either leaves= or enters="):
        Transition(name="star", applies_to=Q(), sets="starred_at")


def test_the_condition_of_restoring_is_as_new_as_the_clock() -> None:
    assert "event__expires_at__lte" in str(RESTORE.concerned())
    assert "event__expires_at__lte" not in str(RESTORE.applies_to)
