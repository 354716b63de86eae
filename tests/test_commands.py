"""Every command of the protocol by its name."""

from __future__ import annotations

import pytest

from realtime_notify import inbox
from realtime_notify.commands import perform
from realtime_notify.exceptions import InvalidRequest, OtherInbox
from realtime_notify.models import Notification

pytestmark = pytest.mark.django_db


def test_every_command_is_performed_by_its_name(alice, fill):
    [notification] = fill(alice)
    pk = notification.pk

    assert perform(alice.pk, "read", {"ids": [pk]})["read"] == {"ids": [pk]}
    assert perform(alice.pk, "unread", {"upto": 1})["unread"] == 1
    assert perform(alice.pk, "seen", {"upto": 1})["seen"] == {"upto": 1}
    assert perform(alice.pk, "archive", {"ids": [pk]})["unread"] == 0
    assert perform(alice.pk, "unarchive", {"ids": [pk]})["unread"] == 1
    assert perform(alice.pk, "delete", {"ids": [pk]})["delete"] == {"ids": [pk]}
    assert perform(alice.pk, "sync", {"since": 0})["rev"] == 7
    assert perform(alice.pk, "page", {"limit": 1})["put"] == []


def test_an_unknown_command_is_refused_by_name(alice):
    with pytest.raises(InvalidRequest, match="no command 'explode'; there are: read, unread"):
        perform(alice, "explode", {})


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("read", {"upto": 9}),
        ("seen", {"upto": 9}),
        ("delete", {"ids": [1]}),
        ("page", {}),
        ("subscribe", {"key": "demo/hello"}),
    ],
)
def test_a_command_that_is_meant_for_another_inbox_does_nothing(
    alice, bob, fill, command, arguments
):
    fill(alice, count=2)
    his = inbox.sync(bob)["inbox"]

    with pytest.raises(OtherInbox):
        perform(alice, command, {**arguments, "inbox": his})

    assert Notification.objects.unread().filter(user=alice).count() == 2
    assert inbox.counts(alice) == {"rev": 2, "unread": 2, "unseen": 2}


def test_a_command_that_is_meant_for_this_inbox_is_performed(alice, fill):
    fill(alice, count=2)
    hers = inbox.sync(alice)["inbox"]

    assert perform(alice, "read", {"upto": 9, "inbox": hers})["unread"] == 0


def test_a_sync_that_shows_another_inbox_is_answered_with_a_reset(alice, bob, fill):
    fill(alice, count=2)
    hers, his = (inbox.sync(user)["inbox"] for user in (alice, bob))

    assert "reset" not in perform(alice, "sync", {"since": 1, "inbox": hers})
    assert perform(alice, "sync", {"since": 1, "inbox": his})["reset"] is True
