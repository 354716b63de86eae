"""docs/how-to/notifiers.md and silence.md, run."""

from __future__ import annotations

from typing import Any

from realtime_notify import inbox
from realtime_notify.models import NotificationType
from realtime_notify.notifiers import Notifier
from tests.docs.conftest import Example, messages
from tests.forum.models import Forum, Thread


def test_a_notifier_declares_and_sends(example: Example, alice: Any) -> None:
    example("notifier")

    (item,) = inbox.page(alice)["put"]
    assert (item["message"], item["url"]) == ("Order 7 is on its way.", "/orders/7/")
    assert item["level"] == "success"
    assert str(NotificationType.objects.get()) == "Your order is on its way"


def test_filters_narrow_a_subscription(example: Example, alice: Any, bob: Any) -> None:
    names = example("notifier-filters", Notifier=Notifier)

    assert messages(alice) == messages(bob) == ["Brot was edited."]
    assert names.Edited("Pain", language="fr").email_addresses() == ["carol@example.com"]
    assert (names.here, names.everywhere) == (True, False)


def test_an_instance_notifier_is_about_one_object(example: Example, alice: Any, bob: Any) -> None:
    example("notifier-instance")

    assert messages(alice) == ["A comment on Spring menu"]
    assert messages(bob) == []


def test_a_union_reaches_each_person_once(example: Example, alice: Any, bob: Any) -> None:
    thread = Thread.objects.create(forum=Forum.objects.create(name="cooking"), title="Bread")

    example("notifier-union", post=thread.posts.create(text="Rye"))

    assert messages(alice) == messages(bob) == ["New in Bread: Rye"]


def test_nothing_is_sent_in_silence(example: Example, alice: Any) -> None:
    names = example("silence")

    assert messages(alice) == ["A new order"]
    assert names.event.pk is None
