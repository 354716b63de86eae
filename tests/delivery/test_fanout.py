from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import mark_read, notify, opt_out, subscribe
from realtime_notify.delivery import deliver, sweep
from realtime_notify.inbox import archive, delete, mark_seen
from realtime_notify.models import Event, Inbox, Notification, Subscription
from tests.blog.models import Company, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture
def send(django_capture_on_commit_callbacks):
    """Notify and deliver, as outside of a test's transaction."""

    def send(*args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return notify(*args, **kwargs)

    return send


def numbers(user):
    inbox = Inbox.objects.get(user=user)
    return inbox.rev, inbox.unread, inbox.unseen


def test_a_notification_is_one_more_revision_of_its_inbox(alice, bob, send):
    send("One", "a", recipients=[alice])
    send("Two", "a", recipients=[alice, bob])

    assert numbers(alice) == (2, 2, 2)
    assert numbers(bob) == (1, 1, 1)
    rows = Notification.objects.filter(user=alice).order_by("seq")
    assert [(row.seq, row.rev, row.event.message) for row in rows] == [
        (1, 1, "One"),
        (2, 2, "Two"),
    ]


def test_overlapping_subscriptions_make_one_notification(alice, send):
    post = Post.objects.create(title="1")
    first = subscribe(alice, "a", post)
    subscribe(alice, "a")

    send("Hello", "a", post)

    assert Notification.objects.get().subscription == first


def test_an_unread_repeat_collapses_and_moves_to_the_top(alice, send):
    send("Same", "a", recipients=[alice])
    send("Other", "a", recipients=[alice])
    repeat = send("Same", "a", recipients=[alice])

    top, other = Notification.objects.filter(user=alice)
    assert (top.event, top.occurrences, top.seq, top.rev) == (repeat, 2, 3, 3)
    assert other.occurrences == 1
    assert numbers(alice) == (3, 2, 2)


def test_a_repeat_of_what_was_seen_is_unseen_again(alice, send):
    send("Same", "a", recipients=[alice])
    mark_seen(alice, upto=1)
    assert numbers(alice) == (2, 1, 0)

    send("Same", "a", recipients=[alice])

    assert numbers(alice) == (3, 1, 1)


@pytest.mark.parametrize("put_away", [mark_read, archive, delete])
def test_what_was_read_or_put_away_does_not_collapse(alice, send, put_away):
    send("Same", "a", recipients=[alice])
    put_away(alice, upto=1)

    send("Same", "a", recipients=[alice])

    assert sorted(Notification.objects.values_list("occurrences", flat=True)) == [1, 1]
    assert numbers(alice) == (3, 1, 1)


@pytest.mark.parametrize(
    "different",
    [
        {"message": "Other"},
        {"key": "b"},
        {"url": "/x/"},
        {"description": "More"},
        {"level": "error"},
        {"verb": "did"},
        {"data": {"k": 1}},
    ],
)
def test_only_what_says_the_same_collapses(alice, send, different):
    said = {"message": "Same", "key": "a", "recipients": [alice]}
    send(**said)
    send(**{**said, **different})

    assert Notification.objects.count() == 2


def test_different_targets_keep_notifications_apart(alice, send):
    for title in ("1", "2"):
        send("Same", "a", Post.objects.create(title=title), recipients=[alice])

    assert Notification.objects.count() == 2


def test_a_collapse_key_says_what_else_collapses_and_the_newest_is_shown(alice, send):
    send("Ann liked it", "like", recipients=[alice], collapse_key="post-1")
    send("Ann and Bob liked it", "like", recipients=[alice], collapse_key="post-1")
    send("Ann liked it", "like", recipients=[alice], collapse_key="post-2")
    send("Ann shared it", "share", recipients=[alice], collapse_key="post-1")

    assert [(row.event.message, row.occurrences) for row in Notification.objects.all()] == [
        ("Ann shared it", 1),
        ("Ann liked it", 1),
        ("Ann and Bob liked it", 2),
    ]


def test_a_chunk_may_hold_new_and_repeated_ones(users, send):
    alice, bob, carol = users("alice", "bob", "carol")
    send("Same", "a", recipients=[alice, bob])
    mark_read(bob, upto=1)

    send("Same", "a", recipients=[alice, bob, carol])

    assert numbers(alice) == (2, 1, 1)
    assert numbers(bob) == (3, 1, 1)
    assert numbers(carol) == (1, 1, 1)


def test_delivering_again_changes_nothing(alice, send):
    event = send("Hello", "a", recipients=[alice])

    assert deliver(Event.objects.get()) is False

    assert Notification.objects.get().event == event
    assert numbers(alice) == (1, 1, 1)


def test_large_audiences_are_left_to_the_sweep_after_the_first_part(users, send, settings):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}
    people = users(8)
    for user in people:
        subscribe(user, "a")

    event = send("Hello", "a")

    assert Notification.objects.count() == 3
    event.refresh_from_db()
    assert (event.delivered_at, event.cursor) != (None, "")
    assert sweep() == 1
    assert Notification.objects.count() == 8
    assert set(Inbox.objects.values_list("rev", "unread")) == {(1, 1)}
    event.refresh_from_db()
    assert event.delivered_at is not None


def test_a_second_process_finds_the_cursor_moved_and_lets_go(users, settings):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 1}
    event = notify("Hello", "a", recipients=users(3))
    other_process = Event.objects.get()
    assert deliver(event, limit=2) is False

    assert deliver(other_process) is False

    assert Notification.objects.count() == 2
    assert deliver(Event.objects.get()) is True
    assert Notification.objects.count() == 3


def test_the_promise_of_a_process_that_died_is_swept(alice):
    notify("Hello", "a", recipients=[alice])
    assert not Notification.objects.exists()

    assert sweep() == 1

    assert Notification.objects.get().user == alice
    assert sweep() == 0


def test_a_promise_is_kept_when_its_time_has_come_and_not_before(alice):
    notify("Later", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))
    assert sweep() == 0

    Event.objects.update(due_at=timezone.now())

    assert sweep() == 1
    assert numbers(alice) == (1, 1, 1)


def test_what_expired_before_its_delivery_reaches_nobody(alice):
    notify("Too late", "a", recipients=[alice], expires_at=timezone.now() + timedelta(hours=1))
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert sweep() == 1

    assert not Notification.objects.exists()


def test_an_event_that_fails_waits_longer_each_time_and_holds_up_no_other(alice, caplog):
    broken = notify("Broken", "a", recipients=[alice])
    notify("Fine", "a", recipients=[alice])
    Event.objects.filter(pk=broken.pk).update(audience={"nonsense": True})

    assert sweep() == 1

    assert Notification.objects.get().event.message == "Fine"
    broken.refresh_from_db()
    assert broken.attempts == 1
    assert "nonsense" in broken.last_error
    assert broken.due_at > timezone.now()
    assert "could not be delivered; it will be retried" in caplog.text
    Event.objects.filter(pk=broken.pk).update(due_at=timezone.now())
    sweep()
    broken.refresh_from_db()
    assert broken.attempts == 2


def test_a_failing_delivery_never_reaches_the_caller(
    alice, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        event = notify("Hello", "a", recipients=[alice])
        event.audience = {"nonsense": True}  # what the process holds, not what is stored

    assert "was not delivered at once; a sweep will deliver it" in caplog.text
    assert sweep() == 1
    assert Notification.objects.get().event == event


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_the_database_rolled_back_is_tried_again_and_the_rest_follows(
    users, settings, caplog
):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2}
    people = users(5)
    failures = [OperationalError("deadlock detected")]

    def fail_once(execute, sql, *args):
        if failures and sql.startswith(("INSERT INTO", "INSERT IGNORE")) and "_inbox" in sql:
            raise failures.pop()
        return execute(sql, *args)

    for user in people:
        subscribe(user, "a")
    with connection.execute_wrapper(fail_once):
        event = notify("Hello", "a")

    event.refresh_from_db()
    assert "was rolled back: deadlock detected" in caplog.text
    assert event.delivered_at is not None
    assert Notification.objects.count() == 5


def test_the_number_of_statements_does_not_grow_with_the_audience(users, send):
    def subscribers(count, key):
        kind = subscribe(users(1)[0], key).type
        Subscription.objects.bulk_create(
            Subscription(user=user, type=kind, identity=f"{key}{user.pk}") for user in users(count)
        )

    counted = {}
    for count in (99, 999):
        subscribers(count, f"of{count}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            send("Hello", f"of{count}")
        counted[count] = len(queries)
        assert Notification.objects.filter(event__type=f"of{count}").count() == count + 1

    assert counted[999] == counted[99]
    assert counted[999] <= 12


def test_groups_filters_and_opt_outs_cost_a_few_statements_more(users, send):
    def audience_of(count, key):
        group = Group.objects.create(name=key)
        group.user_set.set(users(count))
        company = Company.objects.create(name=key)
        Employment.objects.bulk_create(
            Employment(user=user, company=company, title="boss") for user in users(count)
        )
        subscribe(group, key, filters={"language": "da"})
        subscribe(company, key, role="boss", only_following=True)
        for user in group.user_set.all()[:10]:
            opt_out(user, key)
        return company

    counted = {}
    for count in (50, 500):
        company = audience_of(count, f"of{count}")
        strangers = users(3)
        with CaptureQueriesContext(connection) as queries:
            send(
                "Hello",
                f"of{count}",
                filters={"language": "da", "colour": "red"},
                actor=company,
                exclude=strangers,
            )
        counted[count] = len(queries)
        assert Notification.objects.filter(event__type=f"of{count}").count() == 2 * count - 10

    assert counted[500] == counted[50]
    assert counted[500] <= 15


def test_a_counter_is_never_anything_but_the_count_of_its_rows(users, send):
    people = users(5)
    for number in range(6):
        send(f"Number {number % 3}", "a", recipients=people[: number + 1])
        mark_read(people[0], upto=number)

    for user in people:
        unread = Notification.objects.unread().filter(user=user)
        rev, *counters = numbers(user)
        assert counters == [
            unread.count(),
            unread.filter(seq__gt=F("user__notify_inbox__seen")).count(),
        ]
        assert rev >= max(Notification.objects.filter(user=user).values_list("rev", flat=True))
