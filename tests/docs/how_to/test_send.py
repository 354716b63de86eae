"""docs/how-to/send.md, run."""

from __future__ import annotations

import ast
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from realtime_notify import inbox, subscribe
from realtime_notify.models import Event, Notification
from realtime_notify.signals import delivered
from tests.blog.models import Answer, Invitation
from tests.docs.conftest import Example, messages
from tests.pages import ROOT, labelled


def test_an_event_reaches_its_subscribers(
    example: Example, alice: Any, bob: Any, carol: Any
) -> None:
    example("subscribers")

    assert messages(alice) == messages(bob) == ["A new post: Hello"]
    assert messages(carol) == []


def test_an_audience_can_be_narrowed(example: Example, alice: Any, bob: Any) -> None:
    subscribe(alice, "blog/new")
    subscribe(bob, "blog/new")

    example("narrowed")

    assert messages(alice) == ["For one of you"]
    assert messages(bob) == ["The same, asked of the subscriptions", "Not for Alice"]


def test_recipients_are_reached_by_name(example: Example, alice: Any, bob: Any, carol: Any) -> None:
    carol.groups.add(Group.objects.create(name="cooks"))

    example("recipients")

    assert messages(alice) == ["Lunch", "Your export is ready"]
    assert messages(bob) == messages(carol) == ["Lunch"]


def test_everyone_is_reached_but_who_is_excluded(
    example: Example, alice: Any, bob: Any, carol: Any
) -> None:
    example("everyone")

    assert messages(bob) == messages(carol) == ["We are closed on Monday"]
    assert messages(alice) == []


def test_a_target_reaches_subscribers_of_the_object_and_of_the_type(
    example: Example, bob: Any, carol: Any
) -> None:
    example("target")

    assert messages(bob) == ["Comments are closed today", "A comment on your post"]
    assert messages(carol) == ["A comment on your post"]


def test_an_item_says_who_did_what(example: Example, alice: Any, post: Any) -> None:
    example("actor")

    (item,) = inbox.page(alice)["put"]
    assert item["actor"]
    assert item["target"]
    assert (item["actor"]["text"], item["verb"]) == ("bob", "commented on")
    assert item["target"] == item["action_object"]
    assert item["target"]["url"] == post.get_absolute_url()


def test_an_item_carries_level_url_and_data(example: Example, alice: Any) -> None:
    example("says")

    (item,) = inbox.page(alice)["put"]
    assert (item["level"], item["url"]) == ("warning", "/ops/backups/7/")
    assert item["data"] == {"backup": 7, "hosts": ["db1", "db2"]}


def test_an_item_carries_its_actions(example: Example, alice: Any) -> None:
    example("actions")

    (item,) = inbox.page(alice)["put"]
    approve, see = item["data"]["actions"]
    assert (approve["method"], see["url"]) == ("POST", item["url"])


def test_an_item_has_the_picture_of_its_data_or_of_its_actor(
    example: Example, alice: Any, bob: Any
) -> None:
    assert example("actor-image").avatar_of(bob) == f"/avatars/{bob.pk}.webp"

    example("image")

    assert inbox.page(alice)["put"][0]["image"] == "/photos/7/small.webp"


def test_repeats_collapse(example: Example, alice: Any) -> None:
    example("collapse")

    (item,) = inbox.page(alice)["put"]
    assert (item["message"], item["occurrences"]) == ("Oven 3 is at 270 °C", 3)


def test_a_dedupe_key_sends_once(example: Example, alice: Any, bob: Any) -> None:
    names = example("dedupe")

    assert names.first == names.second
    assert messages(alice) == ["Invoice 7 is due"]
    assert messages(bob) == []


def test_an_event_can_wait(example: Example, alice: Any) -> None:
    names = example("later")

    assert messages(alice) == []
    assert Event.objects.get().due_at == names.starts - timedelta(minutes=10)


def test_many_events_are_sent_at_once(example: Example, alice: Any) -> None:
    names = example("notify-many")

    assert messages(alice) == ["Invoice 8 is due", "Invoice 7 is due"]
    assert len(names.made) == 2


def test_a_signal_sends(example: Example, alice: Any, carol: Any) -> None:
    names = example("signal")

    assert messages(alice) == messages(carol) == ["bob commented on Spring menu"]
    ((_, event),) = names.answers
    assert (event.type_id, event.data) == ("comment/new", {"mood": "cheerful"})


def test_related_models_hold_more(example: Example) -> None:
    names = example("extend", Answer=Answer, Invitation=Invitation)

    delivered.disconnect(names.ask_for_an_answer, sender=Event)
    rows = Notification.objects.select_related("event__invitation", "answer")
    assert [(one.event.invitation.seats, one.answer.coming) for one in rows] == [(2, None)] * 2


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (labelled("extend-models"), "blog/models.py"),
        (labelled("watched-model"), "forum/models.py"),
    ],
)
def test_the_models_that_are_shown_are_those_of_the_tests(text: str, path: str) -> None:
    shown = [one for one in ast.parse(text).body if isinstance(one, ast.ClassDef)]
    module = ast.parse((ROOT / "tests" / path).read_text())
    ours = {one.name: one for one in module.body if isinstance(one, ast.ClassDef)}

    assert shown
    for model in shown:
        fields = [ast.unparse(line) for line in model.body]
        assert fields == [ast.unparse(line) for line in ours[model.name].body][: len(fields)]
