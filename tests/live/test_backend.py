"""What conversations and the hub ask of the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import notify, subscribe
from realtime_notify.live import backend
from realtime_notify.models import Notification
from realtime_notify.wire.commands import Command
from realtime_notify.wire.protocol import ErrorCode, ProtocolError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"key": "with space"}, ErrorCode.BAD_REQUEST),
        ({"key": "no/such"}, ErrorCode.NOT_ALLOWED),
    ],
)
def test_a_refused_command_is_an_error_of_the_protocol(alice, args, code):
    with pytest.raises(ProtocolError) as caught:
        backend.answer(alice.pk, Command(7, "subscribe", args))

    assert caught.value.code == code


def test_positions_are_revs_of_inboxes_and_0_without_one(alice, bob, fill):
    fill(alice, count=3)

    positions = backend.positions([str(alice.pk), str(bob.pk)])

    assert {user: position.rev for user, position in positions.items()} == {
        str(alice.pk): 3,
        str(bob.pk): 0,
    }


def test_positions_mark_inactive_users_and_omit_deleted_ones(alice, bob, users):
    (ghost,) = users("ghost", active=False)
    gone = str(bob.pk)
    bob.delete()

    positions = backend.positions([str(alice.pk), str(ghost.pk), gone])

    assert {user: position.active for user, position in positions.items()} == {
        str(alice.pk): True,
        str(ghost.pk): False,
    }


def test_one_query_reads_the_positions_of_all_users(users, django_assert_num_queries):
    people = [str(user.pk) for user in users(20)]

    with django_assert_num_queries(1):
        positions = backend.positions(people)

    assert positions.keys() == set(people)


def test_positions_mark_inboxes_that_lack_a_broadcast(alice, bob, send):
    backend.take_in([str(bob.pk)])
    send("The library opens", "news", lazy=True)
    backend.take_in([str(bob.pk)])

    positions = backend.positions([str(alice.pk), str(bob.pk)])

    assert {user: position.is_behind for user, position in positions.items()} == {
        str(alice.pk): True,
        str(bob.pk): False,
    }


def test_reading_positions_changes_nothing(alice, send):
    subscribe(alice, "news")
    send("The library opens", "news", lazy=True)

    backend.positions([str(alice.pk)])

    assert not Notification.objects.exists()


def test_keys_are_those_of_each_user_by_the_text_of_their_keys(alice, bob):
    subscribe(alice, "blog/new")

    assert backend.keys([str(alice.pk), str(bob.pk)]) == {
        str(alice.pk): ["blog/new"],
        str(bob.pk): [],
    }


def test_broadcasts_are_taken_in_for_users_by_the_text_of_their_keys(alice, send):
    subscribe(alice, "news")
    send("The library opens", "news", lazy=True)

    backend.take_in([str(alice.pk)])

    assert Notification.objects.get().user == alice


def test_a_sweep_delivers_events_that_are_due(alice):
    notify("Due", "a", recipients=[alice])
    notify("Later", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(days=1))

    backend.backend.run_due(lambda: False)

    assert [row.event.message for row in Notification.objects.all()] == ["Due"]
