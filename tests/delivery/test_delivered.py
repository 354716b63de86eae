"""The signal `delivered`: who got an event."""

from __future__ import annotations

import logging

import pytest

from realtime_notify import notify
from realtime_notify.models import Notification
from realtime_notify.signals import delivered

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def deliveries():
    """Collect what receivers of `delivered` get."""
    received = []

    def receive(sender, event, user_ids, notification_ids, **kwargs):
        received.append((event, user_ids, notification_ids))

    delivered.connect(receive)
    yield received
    delivered.disconnect(receive)


def test_delivered_carries_the_event_and_its_recipients(alice, bob, deliveries, commit):
    with commit():
        event = notify("Hello", "a", recipients=[alice, bob])
        assert deliveries == []

    ((event_received, user_ids, notification_ids),) = deliveries
    rows = Notification.objects.in_bulk(notification_ids)
    assert event_received == event
    assert [rows[pk].user_id for pk in notification_ids] == user_ids
    assert set(user_ids) == {alice.pk, bob.pk}


def test_delivered_is_sent_once_per_chunk(users, deliveries, settings, send):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}

    send("Hello", "a", recipients=users(5))

    assert sorted(len(user_ids) for _, user_ids, _ in deliveries) == [1, 2, 2]


def test_delivered_is_not_sent_when_nobody_got_anything(deliveries, send):
    send("Hello", "a", recipients=[])

    assert deliveries == []


def test_a_receiver_that_raises_is_logged_and_holds_up_nobody(alice, deliveries, send, caplog):
    def fail(**kwargs):
        raise RuntimeError("the receiver's own trouble")

    delivered.connect(fail)
    try:
        with caplog.at_level(logging.ERROR):
            event = send("Hello", "a", recipients=[alice])
    finally:
        delivered.disconnect(fail)

    event.refresh_from_db()
    assert event.delivered_at is not None
    assert len(deliveries) == 1
    assert "the receiver's own trouble" in caplog.text
