from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import mark_read
from realtime_notify.delivery.waking import wake
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import archive, counts, page, snooze, sync
from realtime_notify.models import Event, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def tomorrow():
    return timezone.now() + timedelta(days=1)


def let_time_pass():
    past = timezone.now() - timedelta(seconds=1)
    Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=past)
    Event.objects.filter(removal_due_at__isnull=False).update(removal_due_at=past)


def messages(user):
    return [item["message"] for item in page(user)["put"]]


def test_a_snoozed_notification_leaves_the_list_and_returns_at_the_top(alice, send):
    send("One", "a", recipients=[alice])
    send("Two", "a", recipients=[alice])
    (one, _) = Notification.objects.order_by("seq")

    assert snooze(alice, ids=[one.pk], until=tomorrow()) == {
        "rev": 3,
        "unread": 1,
        "unseen": 1,
        "snooze": {"ids": [one.pk]},
    }
    assert messages(alice) == ["Two"]
    assert sync(alice, 2)["put"][0]["snoozed"] is True
    assert wake() == 0

    let_time_pass()
    assert wake() == 1

    assert messages(alice) == ["One", "Two"]
    assert counts(alice) == {"rev": 4, "unread": 2, "unseen": 2}
    assert wake() == 0


def test_a_snoozed_notification_that_was_read_or_archived_returns_uncounted(alice, send):
    send("One", "a", recipients=[alice])
    send("Two", "a", recipients=[alice])
    ids = list(Notification.objects.order_by("seq").values_list("pk", flat=True))
    mark_read(alice, ids=ids[:1])
    snooze(alice, ids=ids, until=tomorrow())

    let_time_pass()
    assert wake() == 2

    assert counts(alice)["unread"] == 1
    rows = Notification.objects.filter(user=alice)
    assert len({row.seq for row in rows}) == 2


def test_a_snoozed_notification_is_neither_collapsed_into_nor_archived(alice, send):
    send("Same", "a", recipients=[alice])
    (row,) = Notification.objects.all()
    snooze(alice, ids=[row.pk], until=tomorrow())

    send("Same", "a", recipients=[alice])

    assert Notification.objects.count() == 2
    assert archive(alice, ids=[row.pk])["from"] == 3


@pytest.mark.parametrize("until", ["yesterday", None, 5, "2001-01-01T00:00:00Z"])
def test_a_snooze_must_end_in_the_future(alice, until):
    with pytest.raises(InvalidRequest, match="moment"):
        snooze(alice, ids=[1], until=until)
