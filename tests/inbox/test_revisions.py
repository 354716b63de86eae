from __future__ import annotations

import pytest
from django.db import transaction

from realtime_notify import notify
from realtime_notify.inbox import counts
from realtime_notify.inbox.revisions import (
    advance,
    count_arrivals,
    ensure_inboxes,
    remove,
    revision_of,
)
from realtime_notify.inbox.transitions import ARCHIVE, DELETE, MARK_READ, RESTORE, UNARCHIVE
from realtime_notify.models import Inbox, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def three(alice, django_capture_on_commit_callbacks):
    """Three notifications of Alice's, at revisions 1, 2 and 3."""
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(3):
            notify(f"Number {number}", "demo/hello", recipients=[alice])
    return list(Notification.objects.filter(user=alice).order_by("seq"))


def change(user, transition, **which):
    with revision_of(user.pk) as revision:
        revision.change(transition, **which)
    return revision.frame


def test_a_block_that_changes_something_is_the_next_revision(alice, three) -> None:
    frame = change(alice, MARK_READ, ids=[three[0].pk])

    assert frame == {"rev": 4, "unread": 2, "unseen": 2, "read": {"ids": [three[0].pk]}}
    assert Notification.objects.get(pk=three[0].pk).rev == 4


def test_a_block_that_changes_nothing_is_no_revision(alice, three) -> None:
    frame = change(alice, MARK_READ, ids=[three[0].pk + 1000])

    assert frame == {"rev": 3, "unread": 3, "unseen": 3, "from": 3}
    assert counts(alice)["rev"] == 3


def test_a_block_that_raises_leaves_the_inbox_as_it_was(alice, three) -> None:
    with pytest.raises(ZeroDivisionError), revision_of(alice.pk) as revision:
        revision.change(MARK_READ, upto=3)
        raise ZeroDivisionError

    assert counts(alice) == {"rev": 3, "unread": 3, "unseen": 3}


def test_a_revision_is_one_change(alice, three) -> None:
    with (
        pytest.raises(RuntimeError, match=r"Revision 4 .* changes twice"),
        revision_of(alice.pk) as revision,
    ):
        revision.change(ARCHIVE, ids=[three[0].pk])
        revision.change(MARK_READ, ids=[three[1].pk])

    assert counts(alice) == {"rev": 3, "unread": 3, "unseen": 3}


@pytest.mark.parametrize("pair", [(ARCHIVE, UNARCHIVE), (DELETE, RESTORE)])
def test_a_transition_and_its_opposite_leave_the_counters_as_they_were(alice, three, pair) -> None:
    away, back = pair
    change(alice, away, ids=[three[1].pk])
    assert counts(alice) == {"rev": 4, "unread": 2, "unseen": 2}

    frame = change(alice, back, ids=[three[1].pk])

    assert counts(alice) == {"rev": 5, "unread": 3, "unseen": 3}
    assert [item["id"] for item in frame["put"]] == [three[1].pk]


def test_many_inboxes_move_on_together(alice, bob) -> None:
    ensure_inboxes([alice.pk, bob.pk])
    ensure_inboxes([alice.pk, bob.pk])  # those that are there stay as they are

    with transaction.atomic():
        advance([bob.pk, alice.pk], arriving=1)

    assert [counts(user) for user in (alice, bob)] == [{"rev": 1, "unread": 1, "unseen": 1}] * 2


def test_arrivals_are_a_revision_each(alice, bob) -> None:
    ensure_inboxes([alice.pk, bob.pk])

    with transaction.atomic():
        advance([alice.pk, bob.pk])
        count_arrivals({alice.pk: 3, bob.pk: 1}, {alice.pk: 2})

    assert counts(alice) == {"rev": 3, "unread": 2, "unseen": 2}
    assert counts(bob) == {"rev": 1, "unread": 0, "unseen": 0}


def test_rows_that_leave_are_counted_by_what_they_were(alice, three) -> None:
    Inbox.objects.filter(user=alice).update(seen=2, unseen=1)

    with transaction.atomic():
        advance([alice.pk])
        removed = remove(Notification.objects.filter(pk=three[0].pk))

    assert removed == {alice.pk: three[0].pk}
    assert Notification.objects.get(pk=three[0].pk).rev == 4
    assert counts(alice) == {"rev": 4, "unread": 2, "unseen": 1}
