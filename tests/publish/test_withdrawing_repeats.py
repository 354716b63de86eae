"""Withdrawing one of several events that are one notification."""

from __future__ import annotations

import pytest

from realtime_notify import EVERYONE, mark_read
from realtime_notify.inbox import counts, page, sync
from realtime_notify.models import Notification

pytestmark = pytest.mark.django_db


def shown(user):
    return [(item["message"], item["occurrences"], item["read"]) for item in page(user)["put"]]


def test_a_notification_goes_back_to_the_event_before(alice, send, take_back):
    told = {"recipients": [alice], "collapse_key": "thread 7"}
    send("Ann wrote", "a", **told)
    send("Ben wrote", "a", **told)
    last = send("Eve wrote", "a", **told)
    before = counts(alice)

    take_back(last)

    assert shown(alice) == [("Ben wrote", 2, False)]
    assert counts(alice) == {**before, "rev": 4}
    (item,) = sync(alice, 3)["put"]
    assert (item["message"], item["seq"]) == ("Ben wrote", 3)


def test_browsers_see_the_event_before(alice, send, take_back, pushed):
    told = {"recipients": [alice], "collapse_key": "thread 7"}
    send("Ann wrote", "a", **told)
    last = send("Eve wrote", "a", **told)
    pushed.clear()

    take_back(last)

    (message,) = pushed
    (item,) = message["frame"]["put"]
    assert (message["frame"]["rev"], message["frame"]["unread"]) == (3, 1)
    assert (item["message"], item["occurrences"], item["rev"]) == ("Ann wrote", 1, 3)


def test_all_repeats_can_be_withdrawn_one_after_the_other(alice, send, take_back):
    events = [send("Again", "a", recipients=[alice]) for _ in range(3)]

    for event, left in zip(reversed(events), (2, 1, 0), strict=True):
        take_back(event)
        assert [count for _, count, _ in shown(alice)] == ([left] if left else [])

    assert counts(alice)["unread"] == 0


def test_an_event_that_repeats_have_replaced_leaves_no_trace_to_remove(alice, send, take_back):
    first = send("Again", "a", recipients=[alice])
    second = send("Again", "a", recipients=[alice])

    take_back(first)
    assert shown(alice) == [("Again", 2, False)]

    take_back(second)
    assert shown(alice) == []


def test_nobody_is_shown_an_event_before_that_was_for_others(alice, bob, send, take_back):
    told = {"collapse_key": "thread 7"}
    send("For Alice", "a", recipients=[alice], **told)
    send("For Bob", "a", recipients=[bob], **told)
    send("For Alice", "a", recipients=[alice], **told)
    last = send("For both", "a", recipients=[alice, bob], **told)

    take_back(last)

    assert shown(alice) == [("For Alice", 2, False)]
    assert shown(bob) == [("For Bob", 1, False)]


def test_an_event_that_has_a_notification_of_its_own_is_not_shown_twice(alice, send, take_back):
    send("Again", "a", recipients=[alice])
    mark_read(alice, upto=1)
    send("Again", "a", recipients=[alice])
    last = send("Again", "a", recipients=[alice])

    take_back(last)

    assert shown(alice) == [("Again", 1, False), ("Again", 1, True)]


def test_a_broadcast_that_the_inbox_lacks_is_no_event_before(alice, send, take_back):
    told = {"collapse_key": "all"}
    send("To everybody", "a", recipients=EVERYONE, lazy=True, **told)
    send("One", "a", recipients=[alice], **told)
    last = send("Two", "a", recipients=[alice], **told)

    take_back(last)
    row = Notification.objects.get()
    assert row.event.message == "One"

    assert shown(alice) == [("One", 2, False)]
