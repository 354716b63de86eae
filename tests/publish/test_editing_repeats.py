"""Editing one of several events that are one notification."""

from __future__ import annotations

import pytest

from realtime_notify.inbox import counts, page
from realtime_notify.models import Notification
from tests.publish.conftest import messages

pytestmark = pytest.mark.django_db


def test_repeats_of_the_new_text_collapse_and_those_of_the_old_one_do_not(alice, send, change):
    event = send("Old", "a", recipients=[alice])
    change(event, message="New")

    send("Old", "a", recipients=[alice])
    assert messages(alice) == ["Old", "New"]

    send("New", "a", recipients=[alice])
    assert [(item["message"], item["occurrences"]) for item in page(alice)["put"]] == [
        ("New", 2),
        ("Old", 1),
    ]


def test_a_collapse_key_goes_on_collapsing(alice, send, change):
    event = send("1 comment", "a", recipients=[alice], collapse_key="post 5")
    change(event, message="One comment")

    send("2 comments", "a", recipients=[alice], collapse_key="post 5")

    (item,) = page(alice)["put"]
    assert (item["message"], item["occurrences"]) == ("2 comments", 2)


def test_an_event_that_a_repeat_has_replaced_is_edited_nowhere(alice, send, change):
    first = send("Same", "a", recipients=[alice])
    send("Same", "a", recipients=[alice])

    change(first, message="Other")

    assert messages(alice) == ["Same"]
    assert counts(alice)["rev"] == 2


def test_an_edited_event_that_was_overtaken_keeps_the_edition_of_the_newer_one(
    alice, settings, send, change
):
    event = send("Same", "a", recipients=[alice])
    change(event, message="Other")
    change(event, message="Same")
    assert Notification.objects.get().edition == 2

    send("Same", "a", recipients=[alice])

    row = Notification.objects.get()
    assert (row.occurrences, row.edition) == (2, 0)
