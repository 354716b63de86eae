"""The admin's actions, which call the same functions as users do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from realtime_notify import inbox, notify, subscribe
from realtime_notify.models import Event, Notification, Subscription
from tests.admin.pages import list_url, run_action


def test_marking_keeps_the_counters_and_updates_browsers(
    superuser: Client,
    alice: Any,
    bob: Any,
    deliver_notifications: Any,
    commit: Any,
    pushed: Any,
) -> None:
    for message in ("One", "Two"):
        notify(message, "blog/new", recipients=[alice, bob])
    deliver_notifications()
    pushed.clear()

    with commit():
        answer = run_action(superuser, "notification", "mark_read", Notification.objects.all())

    assert "4 notifications changed." in answer.content.decode()
    assert inbox.counts(alice) == {"rev": 3, "unread": 0, "unseen": 0}
    assert inbox.unread_count(bob) == 0
    assert sorted(one["user"] for one in pushed) == sorted([str(alice.pk), str(bob.pk)])
    run_action(superuser, "notification", "mark_unread", Notification.objects.filter(user=bob))
    assert (inbox.unread_count(alice), inbox.unread_count(bob)) == (0, 2)
    run_action(superuser, "notification", "archive", Notification.objects.filter(user=bob))
    assert inbox.unread_count(bob) == 0


def test_events_are_withdrawn(
    superuser: Client, alice: Any, bob: Any, send: Any, commit: Any
) -> None:
    for message in ("One", "Two", "Three"):
        send(message, "blog/new", recipients=[alice, bob])
    selected = Event.objects.exclude(message="Two")

    with commit():
        answer = run_action(superuser, "event", "withdraw", selected)
    again = run_action(superuser, "event", "withdraw", Event.objects.filter(message="One"))

    assert "2 events withdrawn." in answer.content.decode()
    assert "0 events withdrawn." in again.content.decode()
    assert [item["message"] for item in inbox.page(alice)["put"]] == ["Two"]
    assert inbox.unread_count(bob) == 1


def test_staff_who_may_only_view_cannot_withdraw(client: Client, alice: Any, send: Any) -> None:
    send("One", "blog/new", recipients=[alice])
    clerk = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)

    run_action(client, "event", "withdraw", Event.objects.all())

    assert Event.objects.get().withdrawn_at is None


def test_staff_who_may_only_view_cannot_mark(
    client: Client, alice: Any, deliver_notifications: Any
) -> None:
    notify("One", "blog/new", recipients=[alice])
    deliver_notifications()
    clerk = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)

    html = client.get(list_url("notification")).content.decode()
    run_action(client, "notification", "mark_read", Notification.objects.all())

    assert "mark_read" not in html
    assert inbox.unread_count(alice) == 1


def test_subscriptions_are_deactivated_and_activated(superuser: Client, users: Any) -> None:
    for person in users(3):
        subscribe(person, "blog/new")
    rows = Subscription.objects.all()

    run_action(superuser, "subscription", "deactivate", rows[:2])
    assert Subscription.objects.filter(active=True).count() == 1
    answer = run_action(superuser, "subscription", "activate", rows)

    assert "2 subscriptions changed." in answer.content.decode()
    assert Subscription.objects.filter(active=True).count() == 3


def test_many_subscriptions_are_ended_at_once(superuser: Client, users: Any) -> None:
    for person in users(3):
        subscribe(person, "blog/new")

    run_action(superuser, "subscription", "delete_selected", Subscription.objects.all())

    assert not Subscription.objects.exists()
