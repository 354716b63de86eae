from __future__ import annotations

import pytest
from django.utils import translation

from realtime_notify import inbox, notify, text
from realtime_notify.inbox import counts
from realtime_notify.inbox.revisions import revision_of
from realtime_notify.inbox.transitions import ARCHIVE, DELETE, MARK_READ, RESTORE, UNARCHIVE
from realtime_notify.models import Event, Notification

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


def test_rows_that_come_back_and_do_not_fit_into_a_frame_are_asked_for(alice, send) -> None:
    for number in range(19):
        send(f"Number {number}", "a", recipients=[alice], data=["x" * 32_000])
    change(alice, ARCHIVE, upto=19)

    many = change(alice, UNARCHIVE, upto=19)
    change(alice, ARCHIVE, upto=10)
    few = change(alice, UNARCHIVE, upto=10)

    assert many == {"rev": 21, "unread": 19, "unseen": 19, "from": 21}
    assert "from" not in few
    assert len(few["put"]) == 10


@pytest.mark.django_db
def test_a_text_that_comes_back_is_asked_for_by_each_browser_in_its_language(
    alice, fill, pushed, commit
):
    (row,) = fill(alice)
    Event.objects.update(texts={"message": text("%(age)s ago", age="Ann").stored})
    with commit():
        inbox.mark_read(alice, ids=[row.pk])
    pushed.clear()

    with commit(), translation.override("de"):
        answer = inbox.mark_unread(alice, ids=[row.pk])

    assert [item["message"] for item in answer["put"]] == ["vor Ann"]
    [message] = pushed
    assert message["frame"] == {"rev": 3, "unread": 1, "unseen": 1, "from": 3}
