"""Imports from django-nyt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from realtime_notify import inbox, is_subscribed, notify
from realtime_notify.importing.readers import nyt
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    Notification,
    NotificationType,
    Subscription,
)
from realtime_notify.subscriptions.profiles import interval_of
from tests.blog.models import Document, Post
from tests.importing.inboxes import at, items, kind, messages
from tests.importing.nyt_rows import notification, profile, subscription
from tests.importing.old_tables import (
    NytSettings,
    NytSubscription,
    NytType,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

Import = Callable[..., str]


def test_types_come_with_their_labels_and_models(importing: Import) -> None:
    NytType.objects.create(key="comment/new", label="Comments", content_type_id=kind(Post))

    importing("nyt")

    (made,) = NotificationType.objects.all()
    assert (made.key, made.label, made.content_type_id) == ("comment/new", "Comments", kind(Post))


def test_a_subscription_is_the_one_that_subscribe_makes(importing: Import, alice: Any) -> None:
    post = Post.objects.create(title="Spring")
    NytType.objects.create(key="comment/new", content_type_id=kind(Post))
    mine = profile(alice)
    subscription(mine, "comment/new")
    subscription(mine, "comment/new", object_id=str(post.pk), created=at(5))

    printed = importing("nyt")

    assert "subscriptions: 2 new, 0 already here" in printed
    assert is_subscribed(alice, "comment/new")
    assert is_subscribed(alice, "comment/new", post)
    one = Subscription.objects.get(target_id=str(post.pk))
    assert one.since == at(5)
    assert list(one.media.all()) == []


def test_an_object_may_have_any_kind_of_key(importing: Import, alice: Any) -> None:
    document = Document.objects.create(title="Contract")
    NytType.objects.create(key="signed", content_type_id=kind(Document))
    subscription(profile(alice), "signed", object_id=str(document.pk))

    importing("nyt")

    assert is_subscribed(alice, "signed", document)


def test_a_subscription_without_mail_is_by_the_inbox_only(importing: Import, alice: Any) -> None:
    subscription(profile(alice), "a", send_emails=False)

    importing("nyt")

    assert [medium.name for medium in Subscription.objects.get().media.all()] == ["inbox"]


@pytest.mark.parametrize(("there", "here"), [(0, 0), (-1, -1), (1380, 1440), (9660, 10080), (7, 7)])
def test_settings_become_delivery_profiles(
    importing: Import, alice: Any, bob: Any, there: int, here: int
) -> None:
    subscription(profile(alice, there), "a")
    subscription(profile(bob, 30), "a")
    subscription(profile(bob, there, is_default=False), "b")

    printed = importing("nyt", "--batch-size", "1")

    assert "profiles: 3 new, 0 already here" in printed
    assert DeliveryProfile.objects.get(user=alice).is_default
    hers, his, other = Subscription.objects.order_by("type", "pk")
    if hers.user_id != alice.pk:
        hers, his = his, hers
    assert hers.profile is None  # it follows the default, whichever that will be
    assert [interval_of(one) for one in (hers, his, other)] == [here, 30, here]


def test_an_existing_default_profile_is_kept(importing: Import, alice: Any) -> None:
    mine = DeliveryProfile.objects.create(user=alice, interval=10080)
    subscription(profile(alice, 1380), "a")

    importing("nyt")
    printed = importing("nyt")

    assert "profiles: 0 new, 1 already here" in printed
    assert list(DeliveryProfile.objects.filter(is_default=True)) == [mine]
    assert interval_of(Subscription.objects.get()) == 10080


def test_the_subscription_that_mails_decides_the_interval(importing: Import, alice: Any) -> None:
    subscription(profile(alice, 0), "a", send_emails=False)
    subscription(profile(alice, 1380, is_default=False), "a")

    importing("nyt")

    assert interval_of(Subscription.objects.get()) == 1440


def test_two_settings_of_one_person_subscribe_once(importing: Import, alice: Any) -> None:
    for interval, by_mail in ((0, False), (1380, True)):
        subscription(profile(alice, interval), "a", send_emails=by_mail)

    printed = importing("nyt", "--batch-size", "1")

    assert "subscriptions: 1 new" in printed
    assert list(Subscription.objects.get().media.all()) == []


def test_notifications_keep_their_state(importing: Import, alice: Any) -> None:
    mine = subscription(profile(alice), "a")
    notification(mine, "Old", 1, is_viewed=True, url="/old/")
    notification(mine, "New", 2, occurrences=3, is_emailed=True)

    importing("nyt")

    old, new = items(alice)
    assert (old["message"], old["url"], old["read"]) == ("Old", "/old/", True)
    assert old["created"] == "2020-03-01T12:01:00.250Z"
    assert (new["message"], new["occurrences"], new["read"]) == ("New", 3, False)
    assert inbox.counts(alice) == {"rev": 2, "unread": 1, "unseen": 1}
    rows = Notification.objects.order_by("seq")
    assert {row.subscription_id for row in rows} == {Subscription.objects.get().pk}
    assert [row.emailed_at for row in rows] == [None, at(2)]


def test_rows_of_one_call_become_one_event(importing: Import, users: Any) -> None:
    for user in users(5):
        notification(subscription(profile(user), "a"), "Hello", 1)
    notification(NytSubscription.objects.first(), "Hello", 9)

    printed = importing("nyt", "--batch-size", "2")

    assert "notifications: 6 new" in printed
    assert "events: 2 new" in printed
    assert Event.objects.count() == 2


@pytest.mark.parametrize("batch_size", ["1", "1000"])
def test_a_row_for_each_settings_object_is_one_notification(
    importing: Import, alice: Any, batch_size: str
) -> None:
    for interval in (0, 1380):
        of = subscription(profile(alice, interval), "a")
        notification(of, "Hello", 1, is_viewed=interval == 0)

    importing("nyt", "--batch-size", batch_size)

    (item,) = items(alice)
    assert item["read"] is False


def test_a_notification_whose_subscription_is_gone_stays_readable(
    importing: Import, alice: Any
) -> None:
    notification(None, "Orphan", user_id=alice.pk)

    printed = importing("nyt")

    assert messages(alice) == ["Orphan"]
    assert Event.objects.get().type_id == nyt.UNKNOWN_TYPE
    assert "with it its type, is gone; imported as nyt/unknown" in printed


def test_a_missing_owner_is_found_through_the_subscription(importing: Import, alice: Any) -> None:
    notification(subscription(profile(alice), "a"), "Hello", user_id=None)

    importing("nyt")

    assert messages(alice) == ["Hello"]


def test_an_import_can_be_repeated(importing: Import, alice: Any) -> None:
    mine = subscription(profile(alice), "a")
    notification(mine, "First", 1)
    importing("nyt")
    inbox.mark_read(alice, upto=inbox.counts(alice)["rev"])
    notification(mine, "Second", 2)

    printed = importing("nyt")

    assert "events: 1 new, 1 already here" in printed
    assert "notifications: 1 new, 1 already here" in printed
    assert "subscriptions: 0 new, 1 already here" in printed
    assert [(item["message"], item["read"]) for item in items(alice)] == [
        ("First", True),
        ("Second", False),
    ]


def test_small_batches_keep_the_order_of_each_inbox(importing: Import, users: Any) -> None:
    people = users(3)
    mine = [subscription(profile(user), "a") for user in people]
    for number in range(7):
        notification(mine[number % 3], f"Number {number % 2}", number, is_viewed=number == 3)

    importing("nyt", "--batch-size", "2")

    assert [messages(user) for user in people] == [
        ["Number 0", "Number 1", "Number 0"],
        ["Number 1", "Number 0"],
        ["Number 0", "Number 1"],
    ]


def test_a_dry_run_writes_nothing_and_counts_the_same(importing: Import, alice: Any) -> None:
    notification(subscription(profile(alice), "a"), "Hello", url="javascript:alert(1)")
    notification(None, "Orphan", user_id=alice.pk)

    planned = importing("nyt", "--dry-run").splitlines()[1:]

    assert not Event.objects.exists()
    assert not Subscription.objects.exists()
    assert not NotificationType.objects.exists()
    assert importing("nyt").splitlines() == planned


def test_an_inbox_in_use_gets_the_old_notifications_on_top(
    importing: Import, alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notify("Here before", "b", recipients=[alice])
    before = inbox.counts(alice)["rev"]
    inbox.mark_seen(alice, upto=before)
    mine = subscription(profile(alice), "a")
    for number in range(3):
        notification(mine, f"Old {number}", number)

    importing("nyt")

    assert messages(alice) == ["Here before", "Old 0", "Old 1", "Old 2"]
    assert inbox.counts(alice)["unread"] == 4
    browser = inbox.sync(alice, since=before)
    assert [item["message"] for item in browser["put"]] == ["Old 0", "Old 1", "Old 2"]


def test_a_repeat_collapses_into_an_imported_notification(
    importing: Import, alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    notification(subscription(profile(alice), "a"), "Again", url="/x/", occurrences=2)
    importing("nyt")

    with django_capture_on_commit_callbacks(execute=True):
        notify("Again", "a", url="/x/")

    (item,) = items(alice)
    assert item["occurrences"] == 3


def test_rows_that_cannot_be_imported_are_counted_and_named(importing: Import, alice: Any) -> None:
    nobody = profile(alice)
    NytSettings.objects.filter(pk=nobody.pk).update(user_id=no_such(alice))
    gone = subscription(nobody, "a")
    lost = notification(gone, "For nobody")
    NytType.objects.create(key="b")
    adrift = subscription(profile(alice), "b", object_id="7")
    notification(subscription(profile(alice), "c"), "Click", url="javascript:alert(1)")

    printed = importing("nyt")

    assert f"subscriptions: 1 x the user does not exist (such as {gone.pk})" in printed
    assert f"notifications: 1 x the user does not exist (such as {lost.pk})" in printed
    assert f"the target's model is not in this project (such as {adrift.pk})" in printed
    assert "neither a path nor http(s) (such as javascript:alert(1))" in printed
    assert items(alice)[0]["url"] == ""


def no_such(user: Any) -> Any:
    return type(user.pk)(int=0) if hasattr(user.pk, "hex") else user.pk + 1_000
