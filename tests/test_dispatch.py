"""Every command of the protocol by its name."""

from __future__ import annotations

import pytest

from realtime_notify.dispatch import perform
from realtime_notify.exceptions import InvalidRequest

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


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
