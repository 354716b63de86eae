"""Every change of state from every state: the counters hold, and repeating it changes nothing."""

from __future__ import annotations

from itertools import product

import pytest
from django.db.models import Q

from realtime_notify.inbox import (
    archive,
    counts,
    delete,
    mark_read,
    mark_unread,
    snooze,
    unarchive,
)
from realtime_notify.inbox.transitions import RESTORE, Transition
from realtime_notify.models import Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

LATER = "2999-01-01T00:00:00Z"


def snooze_until_later(user, *, ids):
    return snooze(user, ids=ids, until=LATER)


def restore(user, *, ids):
    return Notification.objects.filter(user=user, pk__in=ids).mark_all_as_active()


STEPS = [mark_read, archive, snooze_until_later, delete]
STATES = [
    [step for step, taken in zip(STEPS, choice, strict=True) if taken]
    for choice in product([False, True], repeat=len(STEPS))
]


@pytest.fixture
def in_every_state(alice, fill_ids):
    """Give Alice a notification in every state, and return the ids."""
    ids = fill_ids(alice, len(STATES))
    for step in STEPS:
        step(alice, ids=[pk for pk, taken in zip(ids, STATES, strict=True) if step in taken])
    return ids


def unread_rows(user):
    return Notification.objects.unread().filter(user=user).count()


def state_of(ids):
    columns = ("pk", "read_at", "archived_at", "snoozed_until", "deleted_at")
    return sorted(Notification.objects.filter(pk__in=ids).values_list(*columns))


@pytest.mark.parametrize("verb", [*STEPS, mark_unread, unarchive, restore])
def test_the_counters_equal_the_rows_after_a_change_of_notifications_in_every_state(
    alice, in_every_state, verb
):
    verb(alice, ids=in_every_state)

    assert counts(alice)["unread"] == counts(alice)["unseen"] == unread_rows(alice)


@pytest.mark.parametrize("verb", [*STEPS, mark_unread, unarchive, restore])
def test_repeating_a_change_alters_neither_rows_nor_rev(alice, in_every_state, verb):
    verb(alice, ids=in_every_state)
    rows, rev = state_of(in_every_state), counts(alice)["rev"]

    verb(alice, ids=in_every_state)

    assert state_of(in_every_state) == rows
    assert counts(alice)["rev"] == rev


@pytest.mark.parametrize("verb", [mark_read, mark_unread, archive, unarchive, snooze_until_later])
def test_deleted_notifications_do_not_change(alice, in_every_state, verb):
    deleted = [pk for pk, steps in zip(in_every_state, STATES, strict=True) if delete in steps]
    before = state_of(deleted)

    verb(alice, ids=in_every_state)

    assert state_of(deleted) == before


@pytest.mark.parametrize(
    ("there", "back"),
    [(mark_read, mark_unread), (archive, unarchive), (delete, restore)],
)
def test_a_change_and_its_opposite_leave_an_unread_notification_unread(
    alice, fill_ids, there, back
):
    ids = fill_ids(alice)

    there(alice, ids=ids)
    assert counts(alice)["unread"] == 0
    back(alice, ids=ids)

    assert counts(alice)["unread"] == unread_rows(alice) == 1


def test_a_transition_that_sets_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="'star' needs either sets= or clears="):
        Transition(name="star", applies_to=Q(), leaves=Q())


def test_a_transition_that_says_nothing_of_the_counters_is_refused() -> None:
    with pytest.raises(ValueError, match="either leaves= or enters="):
        Transition(name="star", applies_to=Q(), sets="starred_at")


def test_the_condition_of_restoring_is_as_new_as_the_clock() -> None:
    assert "event__expires_at__lte" in str(RESTORE.concerned())
    assert "event__expires_at__lte" not in str(RESTORE.applies_to)
