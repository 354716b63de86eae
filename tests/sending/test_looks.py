from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import archive, mark_read, mark_seen, opt_out, subscribe
from realtime_notify.inbox import delete, snooze
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    Endpoint,
    Event,
    Inbox,
    Medium,
    Notification,
    RestedAddress,
    Subscription,
)
from realtime_notify.sending import Sent, send_due
from tests.sending.conftest import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


def subjects():
    return [[item.event.message for item in letter.items] for letter in Post.letters]


def reason(dispatch):
    """Return where a dispatch stands, why, and why its items were dropped."""
    dispatch.refresh_from_db()
    return dispatch.state, dispatch.reason, [item.reason for item in dispatch.items.all()]


def dropped(because):
    return "dropped", because, [because]


def test_a_message_tells_all_that_a_backend_needs(alice, make_notification, queue):
    first = make_notification(alice, "The kettle is on")
    second = make_notification(alice, "Tea is ready", collapse_key=None)
    DeliveryProfile.objects.create(user=alice, language="da", time_zone="Europe/Copenhagen")
    dispatch = queue(alice, second, first, interval=60)

    assert send_due() == Sent(sent=1, events=2)

    (letter,) = Post.letters
    assert (letter.pk, letter.medium, letter.interval) == (dispatch.pk, "post", 60)
    assert (letter.user, letter.unread, letter.attempts) == (alice, 2, 0)
    assert letter.reader == ("da", "Europe/Copenhagen", "alice@example.com")
    assert [item.event.message for item in letter.items] == ["The kettle is on", "Tea is ready"]
    assert [item.notification for item in letter.items] == [first, second]
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.receipt) == ("sent", f"letter {dispatch.pk}")
    assert (dispatch.claimed_until, dispatch.claimed_by) == (None, "")
    assert dispatch.finished_at is not None


@pytest.mark.parametrize(
    ("deal", "because"),
    [
        (lambda user, pk: mark_read(user, ids=[pk]), "read"),
        (lambda user, pk: archive(user, ids=[pk]), "archived"),
        (lambda user, pk: delete(user, ids=[pk]), "deleted"),
        (lambda user, pk: snooze(user, ids=[pk], until=in_an_hour()), "snoozed"),
        (lambda user, pk: mark_seen(user, upto=99), "seen"),
    ],
)
def test_what_its_reader_has_dealt_with_is_not_sent(alice, make_notification, queue, deal, because):
    notification = make_notification(alice)
    dispatch = queue(alice, notification)
    deal(alice, notification.pk)

    assert send_due() == Sent(dropped=1)

    assert reason(dispatch) == dropped(because)
    assert Post.letters == []


def test_a_digest_leaves_out_what_was_read_and_keeps_what_was_only_seen(alice, fill, queue):
    rows = fill(alice, count=3)
    dispatch = queue(alice, *rows, interval=1440)
    mark_seen(alice, upto=99)
    mark_read(alice, ids=[rows[1].pk])

    assert send_due() == Sent(sent=1, events=2)

    assert subjects() == [["Number 0", "Number 2"]]
    assert reason(dispatch) == ("sent", "", ["", "read", ""])


def test_a_digest_may_tell_of_what_was_read_but_a_message_at_once_never_does(
    alice, fill, queue, settings
):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "DIGEST_ONLY_UNREAD": False}
    rows = fill(alice, count=2)
    mark_read(alice, ids=[row.pk for row in rows])
    queue(alice, rows[0], interval=1440)
    at_once = queue(alice, rows[1])

    assert send_due() == Sent(sent=1, events=1, dropped=1)

    assert subjects() == [["Number 0"]]
    assert reason(at_once) == dropped("read")


def test_what_has_expired_or_was_withdrawn_is_not_sent(alice, make_notification, queue):
    expired = make_notification(alice, "Sale", expires_at=in_an_hour())
    withdrawn = make_notification(alice, "A mistake")
    Event.objects.filter(pk=expired.event_id).update(expires_at=timezone.now())
    Event.objects.filter(pk=withdrawn.event_id).update(withdrawn_at=timezone.now())
    dispatches = [queue(alice, expired), queue(alice, withdrawn, interval=60)]

    assert send_due() == Sent(dropped=2)

    assert [reason(one) for one in dispatches] == [dropped("expired"), dropped("withdrawn")]


def test_somebody_who_has_opted_out_or_unsubscribed_meanwhile_gets_nothing(alice, bob, send, queue):
    for user in (alice, bob):
        subscribe(user, "kitchen/kettle")
    event = send("The kettle is on", "kitchen/kettle")
    dispatches = [queue(user, *event.notifications.filter(user=user)) for user in (alice, bob)]
    Medium.objects.get_or_create(name="post")
    opt_out(alice, "kitchen/kettle", medium="post")
    Subscription.objects.filter(user=bob).delete()

    assert send_due() == Sent(dropped=2)

    because = "opted out or unsubscribed"
    assert [reason(one) for one in dispatches] == [dropped(because), dropped(because)]


def test_somebody_who_was_deactivated_gets_nothing(alice, make_notification, queue):
    dispatch = queue(alice, make_notification(alice))
    alice.is_active = False
    alice.save()

    assert send_due() == Sent(dropped=1)
    assert reason(dispatch) == dropped("inactive")


def test_somebody_who_wants_nothing_any_more_gets_nothing(alice, make_notification, queue):
    dispatch = queue(alice, make_notification(alice))
    DeliveryProfile.objects.create(user=alice, interval=-1)

    assert send_due() == Sent(dropped=1)
    assert reason(dispatch) == dropped("never")


def test_never_does_not_stop_what_is_required(alice, make_notification, queue):
    notification = make_notification(alice)
    notification.event.type.required = True
    notification.event.type.save()
    queue(alice, notification)
    DeliveryProfile.objects.create(user=alice, interval=-1)

    assert send_due() == Sent(sent=1, events=1)


@pytest.fixture
def quiet_now(alice):
    """Let Alice have quiet hours, which end in an hour."""
    now = timezone.now()
    begin, end = ((now + timedelta(hours=hours)).time() for hours in (-1, 1))
    DeliveryProfile.objects.create(
        user=alice, time_zone="UTC", quiet_from=begin, quiet_until=end, is_default=True
    )
    return now + timedelta(hours=1)


def test_what_is_late_or_tried_again_keeps_to_quiet_hours(
    alice, make_notification, queue, quiet_now
):
    failed = queue(alice, make_notification(alice, "Tea"), attempts=2, last_error="Busy")
    late = queue(alice, make_notification(alice, "Cake"), interval=60)

    assert send_due(dry_run=True) == Sent(quiet=2)
    assert send_due() == Sent(quiet=2)

    assert Post.letters == []
    for dispatch in (failed, late):
        assert reason(dispatch) == ("waiting", "", [""])
        assert abs(dispatch.due_at - quiet_now) < timedelta(seconds=1)
    failed.refresh_from_db()
    assert (failed.attempts, failed.last_error) == (2, "Busy")
    assert send_due(now=quiet_now + timedelta(seconds=1)).sent == 2


def test_what_is_critical_is_tried_again_in_quiet_hours(alice, make_notification, queue, quiet_now):
    notification = make_notification(alice)
    notification.event.type.critical = True
    notification.event.type.save()
    queue(alice, notification, attempts=2)

    assert send_due() == Sent(sent=1, events=1)


def test_an_address_that_rests_gets_nothing_until_it_has_rested(
    alice, bob, make_notification, queue
):
    RestedAddress.objects.create(address="alice@example.com")
    RestedAddress.objects.create(address="bob@example.com", until=timezone.now())
    dispatch = queue(alice, make_notification(alice))
    queue(bob, make_notification(bob))

    assert send_due() == Sent(sent=1, events=1, dropped=1)
    assert reason(dispatch) == dropped("address rests")


def test_somebody_whom_the_medium_cannot_reach_any_more_gets_nothing(
    alice, make_notification, queue
):
    dispatch = queue(alice, make_notification(alice))
    Post.unreachable.add(alice.pk)

    assert send_due() == Sent(dropped=1)
    assert reason(dispatch) == dropped("not reachable")


def test_an_endpoint_is_told_as_long_as_it_is_active(alice, send, queue):
    event = send("The kettle is on", "kitchen/kettle", recipients=[alice])
    on, off = (
        Endpoint.objects.create(name=name, url="https://example.com/", active=name == "on")
        for name in ("on", "off")
    )
    queue("", event, recipient=f"endpoint:{on.pk}", endpoint=on)
    idle = queue("", event, recipient=f"endpoint:{off.pk}", endpoint=off)

    assert send_due() == Sent(sent=1, events=1, dropped=1)

    assert [letter.endpoint for letter in Post.letters] == [on]
    assert reason(idle) == dropped("inactive")


def test_somebody_without_an_account_is_told_while_subscribed(send, queue):
    subscribe("ann@example.com", "kitchen/kettle")
    event = send("The kettle is on", "kitchen/kettle")
    queue("ann@example.com", event)
    gone = queue("bea@example.com", event)

    assert send_due() == Sent(sent=1, events=1, dropped=1)

    (letter,) = Post.letters
    assert (letter.user, letter.reader.address) == (None, "ann@example.com")
    assert reason(gone) == dropped("opted out or unsubscribed")


def test_an_address_without_an_account_that_rests_gets_nothing(send, queue):
    subscribe("ann@example.com", "kitchen/kettle")
    dispatch = queue("ann@example.com", send("The kettle is on", "kitchen/kettle"))
    RestedAddress.objects.create(pk="ann@example.com", reason="complained")

    assert send_due() == Sent(dropped=1)
    assert reason(dispatch) == dropped("address rests")


def test_a_repeat_that_came_before_its_notification_was_sent_is_not_sent_again(alice, send, queue):
    subscribe(alice, "kitchen/kettle")
    first = send("The kettle is on", "kitchen/kettle")
    notification = Notification.objects.get()
    queue(alice, notification)
    repeat = send("The kettle is on", "kitchen/kettle")
    send_due()
    late = queue(alice, repeat, interval=60)
    late.items.update(notification=notification)

    assert send_due() == Sent(dropped=1)
    assert reason(late) == dropped("told already")

    again = send("The kettle is on", "kitchen/kettle")
    news = queue(alice, again, interval=120)
    news.items.update(notification=notification)

    assert send_due() == Sent(sent=1, events=1)
    assert [letter.items[0].event for letter in Post.letters] == [first, again]


def test_repeats_that_come_together_are_told_as_one(alice, send, queue):
    subscribe(alice, "kitchen/kettle")
    events = [send("The kettle is on", "kitchen/kettle") for _ in range(3)]
    dispatch = queue(alice, *events)
    dispatch.items.update(notification=Notification.objects.get())

    assert send_due() == Sent(sent=1, events=1)

    assert Post.letters[0].items[0].event == events[-1]
    assert Post.letters[0].items[0].notification.occurrences == 3
    assert reason(dispatch) == ("sent", "", ["told already", "told already", ""])


def test_a_broadcast_is_not_sent_to_somebody_who_has_read_it(alice, bob, send, queue):
    for user in (alice, bob):
        subscribe(user, "site/news")
    event = send("We are open", "site/news", lazy=True)
    read = queue(alice, event)
    queue(bob, event)
    mark_read(alice, upto=99)

    assert send_due() == Sent(sent=1, events=1, dropped=1)

    assert reason(read) == dropped("read")
    (letter,) = Post.letters
    assert letter.user == bob
    assert letter.unread == 1
    assert letter.items[0].notification == Notification.objects.get(user=bob)
    assert Inbox.objects.get(pk=bob.pk).unread == 1


def test_a_message_whose_events_are_gone_is_dropped(alice, make_notification, queue):
    dispatch = queue(alice, make_notification(alice))
    dispatch.items.all().delete()

    assert send_due() == Sent(dropped=1)
    assert reason(dispatch) == ("dropped", "empty", [])


def test_looking_costs_as_many_statements_for_a_thousand_messages_as_for_ten(
    users, send, queue, django_assert_max_num_queries
):
    def statements(count):
        people = users(count)
        event = send("The kettle is on", "kitchen/kettle", recipients=people)
        rows = {row.user_id: row for row in event.notifications.all()}
        for user in people:
            queue(user, rows[user.pk])
        with django_assert_max_num_queries(1_000_000) as captured:
            assert send_due().sent == count
        return len(captured)

    few = statements(10)
    many = statements(1000)

    assert many < 10 * few  # batches of 25, 50, 100, 200, 400
    assert many < 200


def test_what_is_read_while_a_batch_is_being_sent_is_not_sent(
    alice, make_notification, queue, monkeypatch
):
    monkeypatch.setattr("realtime_notify.sending.senders.FRESH", 0.05)
    rows = [make_notification(alice, f"Number {n}", collapse_key=None) for n in range(3)]
    dispatches = [queue(alice, row, recipient=f"user:{n}") for n, row in enumerate(rows)]

    def read_the_rest(message):
        mark_read(alice, upto=99)
        time.sleep(0.1)
        return ""

    Post.behaviour = read_the_rest

    assert send_due() == Sent(sent=1, events=1, dropped=2)
    assert [reason(one)[1] for one in dispatches] == ["", "read", "read"]
    assert not Dispatch.objects.filter(pk__in=[one.pk for one in dispatches], state="waiting")
