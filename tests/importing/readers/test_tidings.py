"""Imports from django-tidings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from realtime_notify import is_subscribed, notify
from realtime_notify.importing.readers.tidings import checksum
from realtime_notify.models import NotificationType, Subscription
from tests.blog.models import Post
from tests.importing.inboxes import kind, messages
from tests.importing.old_tables import Watch, WatchFilter

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

Import = Callable[..., str]


def watch(event_type: str, user: Any = None, **columns: Any) -> Any:
    filters = columns.pop("filters", {})
    row = Watch.objects.create(event_type=event_type, user_id=user and user.pk, **columns)
    for name, value in filters.items():
        number = value if isinstance(value, int) else checksum(value)
        WatchFilter.objects.create(watch_id=row.pk, name=name, value=number)
    return row


def test_the_checksum_of_a_text_is_that_of_the_old_system() -> None:
    assert checksum("123456789") == 0xCBF43926  # the check value of CRC-32
    assert checksum("de") == 2106599819  # what the old system stored


def test_watches_are_subscriptions(importing: Import, alice: Any) -> None:
    post = Post.objects.create(title="Spring")
    watch("post/edit", alice)
    watch("post/edit", alice, content_type_id=kind(Post), object_id=post.pk)

    printed = importing("tidings")

    assert "subscriptions: 2 new, 0 already here" in printed
    assert is_subscribed(alice, "post/edit")
    assert is_subscribed(alice, "post/edit", post)


def test_an_email_address_is_a_subscriber(importing: Import) -> None:
    watch("post/edit", email="Zoe@Example.com")
    watch("post/edit", email="yan@example.com", is_active=False)

    importing("tidings")

    assert is_subscribed("zoe@example.com", "post/edit")
    assert [one.active for one in Subscription.objects.order_by("email")] == [False, True]


def test_subscriptions_get_new_secrets(importing: Import, alice: Any) -> None:
    watch("post/edit", alice, secret=None)

    importing("tidings")

    assert len(Subscription.objects.get().secret) >= 32


def test_a_filter_is_read_with_the_texts_given(
    importing: Import, alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    watch("post/edit", alice, filters={"locale": "de", "tag": 7})

    importing("tidings", "--values", "locale=en-US,de", "--integers", "tag")

    assert is_subscribed(alice, "post/edit", filters={"locale": "de", "tag": 7})
    with django_capture_on_commit_callbacks(execute=True):
        notify("German", "post/edit", filters={"locale": "de", "tag": 7})
        notify("English", "post/edit", filters={"locale": "en-US", "tag": 7})
    assert messages(alice) == ["German"]


def test_a_filter_that_cannot_be_read_is_reported_and_never_dropped(
    importing: Import, alice: Any
) -> None:
    first = watch("post/edit", alice, filters={"locale": "de"})
    second = watch("post/move", alice, filters={"locale": "fr"})

    printed = importing("tidings")
    assert f"locale=TEXT,TEXT or, if it holds numbers, pass --integers locale (such as {first.pk}, "
    assert f"{first.pk}, {second.pk})" in printed
    assert not Subscription.objects.exists()

    printed = importing("tidings", "--values", "locale=de")
    assert f"any text given with --values locale=... (such as {second.pk})" in printed
    assert Subscription.objects.get().type_id == "post/edit"


def test_an_event_type_becomes_a_key(importing: Import, alice: Any) -> None:
    watch("new post in forum", alice)

    importing("tidings")

    made = NotificationType.objects.get()
    assert made.key.startswith("new-post-in-forum~")
    assert made.label == "new post in forum"
    importing("tidings", "--key", "new post in forum=forum/post")
    assert is_subscribed(alice, "forum/post")


def test_event_types_that_get_one_key_are_one_type(importing: Import, alice: Any) -> None:
    for event_type in ("edit", "move"):
        watch(event_type, alice)
    keys = ("--key", "edit=wiki/changed", "--key", "move=wiki/changed", "--batch-size", "1")

    planned = importing("tidings", *keys, "--dry-run").splitlines()[1:]

    assert importing("tidings", *keys).splitlines() == planned
    assert "types: 1 new, 0 already here" in planned


def test_rows_that_cannot_be_imported_are_counted(importing: Import, alice: Any) -> None:
    watch("a", email="")
    watch("a", email="no address")
    watch("a", alice, content_type_id=4711, object_id=1)

    printed = importing("tidings")

    assert "1 x has neither a user nor an e-mail address" in printed
    assert "1 x 'no address' is not an e-mail address" in printed
    assert "1 x the target's model is not in this project" in printed


def test_an_import_can_be_repeated(importing: Import, users: Any) -> None:
    for user in users(5):
        watch("a", user, filters={"tag": 1})
    importing("tidings", "--integers", "tag", "--batch-size", "2")

    printed = importing("tidings", "--integers", "tag")

    assert "subscriptions: 0 new, 5 already here" in printed
    assert Subscription.objects.count() == 5
