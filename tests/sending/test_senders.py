from __future__ import annotations

import logging
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify.models import Dispatch, Endpoint
from realtime_notify.outbox import NotNow, Refused, TryLater
from realtime_notify.sending import Sent, drop, leases, send_due
from realtime_notify.sending.senders import Sender
from tests.sending.conftest import Pigeon, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def raises(error, *, times=1000):
    """Return how a post office behaves that fails so many times."""
    left = [error] * times

    def behave(message):
        if left:
            raise left.pop()
        return ""

    return behave


def make_due(*dispatches):
    pks = [dispatch.pk for dispatch in dispatches]
    Dispatch.objects.filter(pk__in=pks).update(due_at=timezone.now())


@pytest.fixture
def letters(users, send, queue):
    """Queue a letter for each of so many people: letters(3)."""

    def make(count, **columns):
        people = users(count)
        event = send("The kettle is on", "kitchen/kettle", recipients=people)
        rows = {row.user_id: row for row in event.notifications.all()}
        return [queue(user, rows[user.pk], **columns) for user in people]

    return make


def test_what_is_due_leaves_in_its_order_and_the_rest_waits(letters):
    late, early, tomorrow = letters(3)
    Dispatch.objects.filter(pk=early.pk).update(due_at=timezone.now() - timedelta(hours=1))
    Dispatch.objects.filter(pk=tomorrow.pk).update(due_at=timezone.now() + timedelta(days=1))

    assert send_due() == Sent(sent=2, events=2)

    assert [letter.pk for letter in Post.letters] == [early.pk, late.pk]
    assert send_due() == Sent()


def test_the_clock_may_be_set_ahead(letters):
    letters(1, due_at=timezone.now() + timedelta(days=1))

    assert send_due() == Sent()
    assert send_due(now=timezone.now() + timedelta(days=2)) == Sent(sent=1, events=1)


def test_only_one_medium_or_interval_may_be_sent(letters):
    letters(1, interval=60)
    letters(1)
    letters(1, medium="pigeon")

    assert send_due(medium="post", interval=60) == Sent(sent=1, events=1)
    assert Post.letters[0].interval == 60
    assert Pigeon.letters == []
    assert send_due(medium="pigeon") == Sent(sent=1, events=1)


def test_a_medium_of_no_setting_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'fax' is not among .* there are: post, pigeon"):
        send_due(medium="fax")


def test_a_dry_run_counts_and_changes_nothing(letters, users):
    waiting = letters(5)
    Post.unreachable.add(waiting[0].user_id)
    before = list(Dispatch.objects.values().order_by("pk"))

    assert send_due(dry_run=True) == Sent(sent=4, events=4, dropped=1)

    assert list(Dispatch.objects.values().order_by("pk")) == before
    assert Post.letters == []


def test_who_is_refused_is_given_up_at_once_and_the_others_get_theirs(letters, caplog):
    bad, _good = letters(2)
    Post.behaviour = raises(Refused("no such person: user0@example.com"), times=1)

    assert send_due() == Sent(sent=1, events=1, dead=1)

    bad.refresh_from_db()

    assert (bad.state, bad.reason, bad.attempts) == ("dead", "refused", 1)
    assert bad.last_error == "Refused: no such person: user0@example.com"
    assert bad.finished_at is not None


def test_logs_name_nobody_unless_they_are_asked_to(letters, caplog):
    caplog.set_level(logging.INFO)
    letters(1)
    Post.behaviour = raises(OSError("no answer for user0@example.com"))

    send_due()

    assert "failed by OSError" in caplog.text
    assert "user0" not in caplog.text


def test_a_failed_message_waits_ever_longer_and_is_given_up_in_the_end(letters, settings, caplog):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "SEND_ATTEMPTS": 3}
    (dispatch,) = letters(1)
    Post.behaviour = raises(OSError("out of stamps"))
    waits = []
    for _ in range(2):
        make_due(dispatch)
        assert send_due() == Sent(failed=1)
        dispatch.refresh_from_db()
        assert (dispatch.state, dispatch.last_error) == ("waiting", "OSError: out of stamps")
        waits.append((dispatch.due_at - timezone.now()).total_seconds())
    make_due(dispatch)

    assert send_due() == Sent(dead=1)

    assert 22 <= waits[0] <= 38
    assert 67 <= waits[1] <= 113
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.attempts) == ("dead", 3)
    assert "failed 3 times, at last by OSError; it is given up" in caplog.text


def test_messages_that_failed_together_are_not_tried_again_together(letters):
    dispatches = letters(20)
    Post.behaviour = raises(OSError("out of stamps"))

    assert send_due() == Sent(failed=20)

    again = Dispatch.objects.order_by("due_at").values_list("due_at", flat=True)
    assert len(again) == len(dispatches)
    assert again[19] - again[0] > timedelta(seconds=3)


def test_a_message_that_failed_keeps_no_other_from_leaving(letters):
    letters(10)
    Post.behaviour = raises(OSError("the ink ran dry"), times=1)

    assert send_due() == Sent(sent=9, events=9, failed=1)


def test_what_cannot_be_looked_at_keeps_nothing_else_from_leaving(letters, settings):
    broken = letters(40)[17]
    settings.REALTIME_NOTIFY = {
        **settings.REALTIME_NOTIFY,
        "READER": f"{__name__}.reader_who_fails_for",
    }
    reader_who_fails_for.user = broken.user_id

    assert send_due() == Sent(sent=39, events=39, failed=1)

    broken.refresh_from_db()
    assert broken.last_error == "LookupError: who is that?"


def reader_who_fails_for(user, profile):
    from realtime_notify.outbox.readers import reader_of

    if user.pk == reader_who_fails_for.user:
        raise LookupError("who is that?")
    return reader_of(user, profile)


def test_what_cannot_be_sent_at_present_waits_without_an_attempt(letters):
    first, _second = letters(2)
    Post.behaviour = raises(NotNow("The box is full", 90), times=1)

    assert send_due() == Sent(sent=1, events=1, postponed=1)

    first.refresh_from_db()
    assert (first.state, first.attempts) == ("waiting", 0)
    assert first.last_error == "NotNow: The box is full"
    assert 85 <= (first.due_at - timezone.now()).total_seconds() <= 90


def test_a_message_that_failed_waits_for_as_long_as_it_is_asked_to(letters):
    first, _second = letters(2)
    Post.behaviour = raises(TryLater("Too many letters", 900), times=1)

    assert send_due() == Sent(sent=1, events=1, failed=1)

    first.refresh_from_db()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert 890 <= (first.due_at - timezone.now()).total_seconds() <= 900


def test_a_recipient_who_cannot_be_served_keeps_no_other_waiting(alice, letters, fill, queue):
    mine = [queue(alice, row, interval=60 * n) for n, row in enumerate(fill(alice, count=5))]
    letters(5)
    tried = []

    def behave(message):
        tried.append(message.user)
        if message.user == alice:
            raise NotNow("The box is full", 90)
        return ""

    Post.behaviour = behave

    assert send_due() == Sent(sent=5, events=5, postponed=5)
    assert tried.count(alice) == 1
    assert {row.attempts for row in Dispatch.objects.filter(pk__in=[one.pk for one in mine])} == {0}


def test_ahead_of_the_clock_it_is_not_asked_again_either(alice, fill, queue):
    for number, row in enumerate(fill(alice, count=5)):
        queue(alice, row, interval=60 * number)
    Post.behaviour = raises(NotNow("The box is full", 2), times=5)

    # A run takes what is due at its own moment; what is postponed is due after that moment.
    assert send_due(now=timezone.now() + timedelta(days=2)) == Sent(postponed=5)


def test_endpoints_that_rest_keep_no_other_endpoint_waiting(send, alice, queue):
    event = send("The kettle is on", "kitchen/kettle", recipients=[alice])
    for number in range(5):
        url = f"https://{number}.example.com/"
        endpoint = Endpoint.objects.create(name=str(number), url=url, keys=["**"])
        queue(f"{number}", event, address="", recipient=f"endpoint:{number}", endpoint=endpoint)
    Post.behaviour = raises(NotNow("It failed a moment ago", 90), times=4)

    assert send_due() == Sent(sent=1, events=1, postponed=4)


def test_a_medium_that_can_serve_nobody_rests_and_leaves_the_queue_alone(letters):
    letters(50)
    Post.behaviour = raises(NotNow("The post office is closed", 600))

    assert send_due() == Sent(postponed=3)

    untouched = Dispatch.objects.filter(due_at__lte=timezone.now(), claimed_until=None)
    assert untouched.count() == 47


def test_a_medium_that_cannot_be_opened_rests_and_counts_no_attempt(letters, monkeypatch, caplog):
    (dispatch,) = letters(1)

    def open_(self):
        raise OSError("the key is lost")

    monkeypatch.setattr(Post, "open", open_)

    assert send_due() == Sent()

    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.attempts, dispatch.claimed_by) == ("waiting", 0, "")
    assert "Nothing can be sent by post at present (OSError)" in caplog.text


def test_a_backend_is_opened_once_for_many_messages_and_not_at_all_for_none(letters):
    send_due()
    assert Post.log == []
    letters(60)

    send_due()
    assert Post.log == ["open", "close"]


def test_stopping_finishes_the_message_in_hand_and_gives_the_others_back(letters):
    letters(10)

    assert send_due(should_stop=lambda: len(Post.letters) == 4) == Sent(sent=4, events=4)

    assert Dispatch.objects.filter(state="sent").count() == 4
    assert Dispatch.objects.filter(state="waiting", claimed_by="", claimed_until=None).count() == 6


def test_an_e_mail_is_noted_on_its_notification(letters, settings):
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}
    (dispatch,) = letters(1, medium="email")

    assert send_due() == Sent(sent=1, events=1)
    assert dispatch.items.get().notification.emailed_at is not None


def test_a_message_is_marked_at_most_a_quarter_of_a_second_after_it_was_handed_over(letters):
    letters(12)
    unmarked = []

    def behave(message):
        sent = len(Post.letters)
        unmarked.append(sent - Dispatch.objects.filter(state="sent").count())
        time.sleep(0.1)
        return ""

    Post.behaviour = behave
    send_due()

    assert max(unmarked) <= 3


def test_what_takes_longer_is_marked_after_each(letters):
    letters(4)
    unmarked = []

    def behave(message):
        unmarked.append(len(Post.letters) - Dispatch.objects.filter(state="sent").count())
        time.sleep(0.3)
        return ""

    Post.behaviour = behave
    send_due()

    assert unmarked == [0, 0, 0, 0]


def test_many_messages_are_marked_by_one_statement(letters, django_assert_max_num_queries):
    letters(25)
    with django_assert_max_num_queries(100) as captured:
        send_due()

    updates = [query["sql"] for query in captured if "receipt" in query["sql"]]
    assert len([sql for sql in updates if sql.startswith("UPDATE")]) == 1


def test_what_was_dropped_by_hand_meanwhile_is_not_sent(letters, monkeypatch):
    monkeypatch.setattr("realtime_notify.sending.senders.FRESH", 0.01)
    _first, second = letters(2)

    def behave(message):
        drop([second.pk])
        time.sleep(0.02)
        return ""

    Post.behaviour = behave

    assert send_due() == Sent(sent=1, events=1)
    second.refresh_from_db()
    assert (second.state, second.reason) == ("dropped", "by hand")


def test_a_lease_that_another_worker_has_taken_over_is_not_marked(letters):
    (dispatch,) = letters(1)

    def behave(message):
        Dispatch.objects.update(claimed_by="somebody else")
        return "mine"

    Post.behaviour = behave
    send_due()

    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.claimed_by) == ("waiting", "somebody else")


def test_a_lease_is_used_for_a_fraction_of_its_time(letters, monkeypatch):
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.9))
    letters(10)

    def behave(message):
        held = Dispatch.objects.get(pk=message.pk).claimed_until
        assert held is not None
        assert held > timezone.now() + timedelta(seconds=0.4)
        time.sleep(0.08)
        return ""

    Post.behaviour = behave

    assert send_due().sent == 10


def test_a_full_batch_that_was_quick_is_followed_by_a_larger_one(letters):
    letters(100)
    sizes = []
    take = leases.take

    def counting(wanted, size):
        sizes.append(size)
        return take(wanted, size)

    sender = Sender(Post)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime_notify.sending.senders.take", counting)
        sender.send_due(leases.Wanted("post"), lambda: False)

    assert sizes[:3] == [25, 50, 100]
