"""From an event to the inboxes of its recipients."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from realtime_notify import mark_read, opt_out, subscribe
from realtime_notify.delivery import deliver
from realtime_notify.inbox.numbers import ensure_inboxes
from realtime_notify.models import Event, Notification, Subscription
from tests.blog.models import Company, Employment, Post
from tests.delivery.conftest import numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_each_notification_adds_one_revision_to_its_inbox(alice, bob, send):
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


def have_inboxes():
    """Give everybody an inbox, as almost everybody has whom delivery meets."""
    ensure_inboxes(get_user_model().objects.values_list("pk", flat=True))


def test_the_number_of_statements_does_not_grow_with_the_audience(users, send):
    def subscribers(count, key):
        kind = subscribe(users(1)[0], key).type
        Subscription.objects.bulk_create(
            Subscription(user=user, type=kind, identity=f"{key}{user.pk}") for user in users(count)
        )

    counted = {}
    for count in (99, 999):
        subscribers(count, f"of{count}")
        have_inboxes()
        with CaptureQueriesContext(connection) as queries:
            send("Hello", f"of{count}")
        counted[count] = len(queries)
        assert Notification.objects.filter(event__type=f"of{count}").count() == count + 1

    assert counted[999] == counted[99]
    assert counted[999] <= 16


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
    for count in (11, 50, 500):  # the first one looks up content types, which are then known
        company = audience_of(count, f"of{count}")
        strangers = users(3)
        have_inboxes()
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
    assert counted[500] <= 25


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
