"""Which link a message carries: what it was sent for, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify import notify, subscribe
from realtime_notify.models import Event, Medium, NotificationType, Subscription
from realtime_notify.outbox import Item, Message, Reader
from realtime_notify.subscriptions import is_opted_out, unsubscribe_url, unsubscribe_url_of
from realtime_notify.subscriptions.unsubscribing import (
    MOST,
    EndSubscriptions,
    OptOutOf,
    permitted,
)

pytestmark = pytest.mark.django_db


def token(url: str) -> str:
    return url.strip("/").rpartition("/")[2]


def event(key: str) -> Event:
    return notify("Hello", key)


def message(*items: Item, user: Any = None) -> Message:
    return Message(1, "email", items, Reader("en", "UTC", "reader@example.com"), user=user)


def test_a_message_about_one_type_opts_its_reader_out_of_that_type(alice: Any) -> None:
    url = unsubscribe_url_of(message(Item(event("blog/new")), Item(event("blog/new")), user=alice))

    found = permitted(token(url))
    assert isinstance(found, OptOutOf)
    assert (found.user, str(found.type), found.medium) == (alice, "blog/new", "email")


def test_a_message_about_several_types_opts_its_reader_out_of_everything(alice: Any) -> None:
    url = unsubscribe_url_of(
        message(Item(event("blog/new")), Item(event("blog/other")), user=alice)
    )

    found = permitted(token(url))
    assert isinstance(found, OptOutOf)
    assert (found.user, found.type) == (alice, None)


def test_a_message_that_may_not_be_refused_has_no_link(alice: Any) -> None:
    NotificationType.objects.create(key="account/password", required=True)

    assert unsubscribe_url_of(message(Item(event("account/password")), user=alice)) == ""
    url = unsubscribe_url_of(
        message(Item(event("account/password")), Item(event("blog/new")), user=alice)
    )
    found = permitted(token(url))
    assert isinstance(found, OptOutOf)
    assert str(found.type) == "blog/new"


def test_a_link_may_be_about_any_medium_as_long_as_there_is_such_a_medium(alice: Any) -> None:
    NotificationType.objects.create(key="blog/new")
    pager = Medium.objects.create(name="pager")
    url = unsubscribe_url(alice, "blog/new", medium="pager")

    found = permitted(token(url))
    assert isinstance(found, OptOutOf)
    found.end()
    assert is_opted_out(alice, "blog/new", medium="pager")
    pager.delete()
    assert permitted(token(url)) is None


def test_a_message_to_an_address_ends_the_subscriptions_that_it_was_sent_for() -> None:
    rows = [subscribe("reader@example.com", key) for key in ("blog/new", "blog/other", "a/b")]
    items = [Item(event(row.type_id), subscription=row) for row in [*rows[:2], rows[0]]]

    found = permitted(token(unsubscribe_url_of(message(*items))))

    assert isinstance(found, EndSubscriptions)
    assert found.subscriptions == rows[:2]
    assert list(found.others) == [rows[2].pk]


def test_a_link_has_room_in_a_header() -> None:
    rows = [subscribe("reader@example.com", f"blog/{number}") for number in range(MOST + 1)]
    hello = event("blog/new")

    url = unsubscribe_url_of(message(*(Item(hello, subscription=row) for row in rows)))

    assert len(url) < 800
    found = permitted(token(url))
    assert isinstance(found, EndSubscriptions)
    assert found.subscriptions == rows[1:]  # the newest


def test_a_message_to_nobody_in_particular_has_no_link() -> None:
    assert unsubscribe_url_of(message(Item(event("blog/new")))) == ""


def test_a_link_outlives_the_subscription_but_not_the_user_or_the_type(alice: Any) -> None:
    ended, of_user = subscribe("a@example.com", "blog/new"), unsubscribe_url(alice, "a/b")
    NotificationType.objects.create(key="a/b")
    url = unsubscribe_url(ended)
    Subscription.objects.all().delete()

    found = permitted(token(url))
    assert found is not None
    assert found.is_over
    NotificationType.objects.filter(key="a/b").delete()
    assert permitted(token(of_user)) is None
