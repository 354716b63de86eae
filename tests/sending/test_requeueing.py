from __future__ import annotations

import pytest

from realtime_notify import mark_read
from realtime_notify.models import Dispatch
from realtime_notify.outbox import Refused
from realtime_notify.sending import Sent, drop, requeue, send_due
from tests.sending.conftest import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def refuse(message):
    raise Refused("no such person")


def state(dispatch):
    dispatch.refresh_from_db()
    return dispatch.state


def test_what_was_given_up_is_sent_again_once_somebody_says_so(alice, make_notification, queue):
    dispatch = queue(alice, make_notification(alice))
    Post.behaviour = refuse
    assert send_due() == Sent(dead=1)
    Post.behaviour = lambda message: ""

    assert requeue([dispatch.pk]) == 1

    assert state(dispatch) == "waiting"
    assert (dispatch.attempts, dispatch.reason, dispatch.finished_at) == (0, "", None)
    assert send_due() == Sent(sent=1, events=1)


def test_what_was_dropped_is_looked_at_again(alice, make_notification, queue):
    notification = make_notification(alice)
    dispatch = queue(alice, notification)
    mark_read(alice, ids=[notification.pk])
    send_due()

    assert requeue([dispatch.pk]) == 1
    assert set(dispatch.items.values_list("reason", flat=True)) == {""}

    assert send_due() == Sent(dropped=1)
    assert set(dispatch.items.values_list("reason", flat=True)) == {"read"}


def test_what_was_sent_is_sent_again_only_if_that_is_said(alice, make_notification, queue):
    dispatch = queue(alice, make_notification(alice))
    send_due()

    assert requeue([dispatch.pk]) == 0
    assert requeue([dispatch.pk], sent=True) == 1
    assert send_due() == Sent(sent=1, events=1)
    assert len(Post.letters) == 2


def test_requeueing_leaves_alone_what_waits_and_what_nobody_named(alice, fill, queue):
    waiting, other = (queue(alice, row) for row in fill(alice, count=2))
    Dispatch.objects.filter(pk=waiting.pk).update(attempts=2)
    Dispatch.objects.filter(pk=other.pk).update(state="dead")

    assert requeue([waiting.pk]) == 0

    assert Dispatch.objects.get(pk=waiting.pk).attempts == 2
    assert state(other) == "dead"


def test_two_messages_of_the_same_moment_may_wait_again(alice, fill, queue):
    rows = fill(alice, count=2)
    dispatches = []
    for row in rows:
        dispatches.append(queue(alice, row))
        Dispatch.objects.update(state="dead", is_open=None)

    assert requeue([one.pk for one in dispatches]) == 2
    assert send_due() == Sent(sent=2, events=2)


def test_what_is_dropped_by_hand_says_so(alice, fill, queue):
    waiting, sent = (queue(alice, row) for row in fill(alice, count=2))
    Dispatch.objects.filter(pk=sent.pk).update(state="sent")

    assert drop([waiting.pk, sent.pk]) == 1

    assert state(waiting) == "dropped"
    assert waiting.reason == "by hand"
    assert waiting.finished_at is not None
    assert state(sent) == "sent"
    assert send_due() == Sent()
