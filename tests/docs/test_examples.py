"""The examples of the documentation, each run against the database."""

from __future__ import annotations

import ast
import unittest
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from realtime_notify import inbox, is_subscribed, notify, subscribe
from realtime_notify.audience.groups import members_of
from realtime_notify.conf import problems
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    Medium,
    Notification,
    NotificationType,
    OptOut,
)
from realtime_notify.notifiers import Notifier
from realtime_notify.signals import delivered
from realtime_notify.wire.protocol import Close
from tests.blog.models import Answer, Company, Invitation, Post
from tests.forum.models import Forum, Thread
from tests.pages import ROOT, blocks, labelled

BLOG = ROOT / "tests" / "blog/models.py"
FORUM = ROOT / "tests" / "forum/models.py"

Names = dict[str, Any]
Story = Callable[[Names], Iterator[None]]


def messages(user: Any) -> list[str]:
    """Return what somebody's inbox says, newest first."""
    return [item["message"] for item in inbox.page(user)["put"]]


# What comes before an example, and what must be true after it.


def quickstart(names: Names) -> Iterator[None]:
    yield
    assert messages(names["user"]) == ["A new post: Hello"]


def readme(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == ["Bob commented on your post"]


def subscribers(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == messages(names["bob"]) == ["A new post: Hello"]
    assert messages(names["carol"]) == []


def narrowed(names: Names) -> Iterator[None]:
    subscribe(names["alice"], "blog/new")
    subscribe(names["bob"], "blog/new")
    yield
    assert messages(names["alice"]) == ["For one of you"]
    assert messages(names["bob"]) == ["The same, asked of the subscriptions", "Not for Alice"]


def recipients(names: Names) -> Iterator[None]:
    names["carol"].groups.add(Group.objects.create(name="cooks"))
    yield
    assert messages(names["alice"]) == ["Lunch", "Your export is ready"]
    assert messages(names["bob"]) == messages(names["carol"]) == ["Lunch"]


def target(names: Names) -> Iterator[None]:
    yield
    assert messages(names["bob"]) == ["Comments are closed today", "A comment on your post"]
    assert messages(names["carol"]) == ["A comment on your post"]


def actor(names: Names) -> Iterator[None]:
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert item["actor"]
    assert (item["actor"]["text"], item["verb"]) == ("bob", "commented on")
    assert item["target"] == item["action_object"]
    assert item["target"]
    assert item["target"]["url"] == names["post"].get_absolute_url()


def says(names: Names) -> Iterator[None]:
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert (item["level"], item["url"]) == ("warning", "/ops/backups/7/")
    assert item["data"] == {"backup": 7, "hosts": ["db1", "db2"]}


def collapse(names: Names) -> Iterator[None]:
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert (item["message"], item["occurrences"]) == ("Oven 3 is at 270 °C", 3)


def dedupe(names: Names) -> Iterator[None]:
    yield
    assert names["first"] == names["second"]
    assert messages(names["alice"]) == ["Invoice 7 is due"]
    assert messages(names["bob"]) == []


def later(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == []
    assert Event.objects.get().due_at == names["starts"] - timedelta(minutes=10)


def signal(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == messages(names["carol"]) == ["bob commented on Spring menu"]
    ((_, event),) = names["answers"]
    assert (event.type_id, event.data) == ("comment/new", {"mood": "cheerful"})


def extend(names: Names) -> Iterator[None]:
    names |= {"Answer": Answer, "Invitation": Invitation}
    yield
    delivered.disconnect(names["ask_for_an_answer"], sender=Event)
    rows = Notification.objects.select_related("event__invitation", "answer")
    assert [(one.event.invitation.seats, one.answer.coming) for one in rows] == [(2, None)] * 2


def many(names: Names) -> Iterator[None]:
    notify("First", "demo/hello", recipients=names["alice"])
    notify("Second", "demo/hello", recipients=names["alice"])
    yield
    assert names["count"] == 2
    assert inbox.unread_count(names["alice"]) == 2
    assert messages(names["alice"]) == ["Second", "First"]


def sentence(names: Names) -> Iterator[None]:
    words = {"actor": names["bob"], "verb": "commented on", "target_object": names["post"]}
    notify("A comment", "comment/new", recipients=names["alice"], **words)
    yield
    said = labelled("sentence").split('"')[1::2][:5]
    found = [names[name] for name in ("text", "age", "day", "words", "date")]
    assert [text.replace("\xa0", " ") for text in found] == said


def subscribe_(names: Names) -> Iterator[None]:
    yield
    assert names["still"]
    assert not is_subscribed(names["alice"], "comment/new")


def groups(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == messages(names["bob"]) == ["A new post in Danish"]
    assert messages(names["carol"]) == ["A new post in English"]


def groups_registered(names: Names) -> Iterator[None]:
    names["Company"] = Company
    yield
    acme = Company.objects.create(name="Acme")
    acme.employment_set.create(user=names["alice"], title="boss")
    assert list(members_of(acme, "boss")) == [names["alice"]]


def verbs(names: Names) -> Iterator[None]:
    notify("First", "demo/hello", recipients=names["alice"])
    notify("Second", "demo/hello", recipients=names["alice"])
    yield
    assert messages(names["alice"]) == ["Second"]
    assert inbox.counts(names["alice"]) == {"rev": names["here"] + 1, "unread": 0, "unseen": 0}


def read(names: Names) -> Iterator[None]:
    for number in range(12):
        notify(f"Number {number}", "demo/hello", recipients=names["alice"])
    yield
    assert names["badge"] == len(names["unread"]) == 12
    assert [item["message"] for item in names["older"]["put"]] == ["Number 1", "Number 0"]
    assert names["put_away"] == []


def overdue(names: Names) -> Iterator[None]:
    tomorrow = timezone.now() + timedelta(days=1)
    notify("Late", "demo/hello", recipients=names["alice"], deliver_at=tomorrow)
    Event.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    yield
    assert names["overdue"] == 1


def notify_many_(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == ["Invoice 8 is due", "Invoice 7 is due"]
    assert len(names["made"]) == 2


def feeds(names: Names) -> Iterator[None]:
    yield
    for found in (names["hers"], names["all_of_it"], names["page"]):
        assert [event.message for event in found] == ["Bob tagged you"]
    assert messages(names["alice"]) == []


def told_by_the_newsfeed(names: Names) -> None:
    """Let a newsfeed tell Alice and Bob of one event."""
    names["newsfeed"] = Medium.objects.create(name="newsfeed")
    subscribe(names["alice"], "photo/tag", media=["newsfeed"])
    subscribe(names["bob"], "photo/tag", media=["newsfeed"])
    notify("Carol tagged you", "photo/tag")


def feeds_seen(names: Names) -> Iterator[None]:
    told_by_the_newsfeed(names)
    yield
    assert [event.message for event in names["fresh"]] == ["Carol tagged you"]
    assert list(names["nothing"]) == []
    assert names["newsfeed"].events_for(names["bob"], seen=False).count() == 0
    assert names["newsfeed"].events(seen=False).count() == 1


def feeds_recipients(names: Names) -> Iterator[None]:
    told_by_the_newsfeed(names)
    told: list[str] = []
    names["print"] = lambda who, message: told.append(f"{who}: {message}")
    yield
    assert sorted(told) == ["alice: Carol tagged you", "bob: Carol tagged you"]
    assert list(names["newsfeed"].events_with_recipients(seen=False)) == []


def rendering(names: Names) -> Iterator[None]:
    names["Medium"] = Medium
    subscribe(names["alice"], "blog/new", backfill=True)
    yield
    assert names["text"] == "Spring menu in R&D"
    assert names["html"] == "<b>Spring menu</b> in R&amp;D"
    assert names["rendered"] == {names["event"]: (names["text"], names["html"])}


def rendering_files(names: Names) -> Iterator[None]:
    yield
    assert problems(names["REALTIME_NOTIFY"]) == []


def notifier(names: Names) -> Iterator[None]:
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert (item["message"], item["url"]) == ("Order 7 is on its way.", "/orders/7/")
    assert item["level"] == "success"
    assert str(NotificationType.objects.get()) == "Your order is on its way"


def notifier_filters(names: Names) -> Iterator[None]:
    names["Notifier"] = Notifier
    yield
    assert messages(names["alice"]) == messages(names["bob"]) == ["Brot was edited."]
    assert names["Edited"]("Pain", language="fr").addresses() == ["carol@example.com"]
    assert (names["here"], names["everywhere"]) == (True, False)


def notifier_instance(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == ["A comment on Spring menu"]
    assert messages(names["bob"]) == []


def notifier_union(names: Names) -> Iterator[None]:
    thread = Thread.objects.create(forum=Forum.objects.create(name="cooking"), title="Bread")
    names["post"] = thread.posts.create(text="Rye")
    yield
    assert messages(names["alice"]) == messages(names["bob"]) == ["New in Bread: Rye"]


def silence(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == ["A new order"]
    assert names["event"].pk is None


def policy(names: Names) -> Iterator[None]:
    kind = NotificationType(key="comment/new")
    draft = SimpleNamespace(is_published=False, author=names["alice"])
    yield
    may = names["may_subscribe"]
    assert may(names["alice"], kind, draft)
    assert not may(names["bob"], kind, draft)
    assert not may(names["alice"], kind, None)


def opt_out_(names: Names) -> Iterator[None]:
    yield
    opted_out = [(one.type_id, one.medium_id, one.target) for one in OptOut.objects.order_by("pk")]
    assert opted_out == [("comment/new", "email", None), ("comment/new", None, names["post"])]


def profiles(names: Names) -> Iterator[None]:
    yield
    assert (names["at_once"], names["in_a_digest"]) == (0, 1440)
    assert DeliveryProfile.objects.get(is_default=True) == names["daily"]


def frequency(names: Names) -> Iterator[None]:
    DeliveryProfile.objects.create(user=names["alice"], interval=1440)
    yield
    both = [subscribe(names["alice"], key) for key in ("alarm/fire", "blog/new")]
    assert [names["how_often"](one) for one in both] == [0, 1440]


STORIES: dict[str, Story] = {
    told.__name__.strip("_").replace("_", "-"): told
    for told in (
        *(
            quickstart,
            readme,
            subscribers,
            narrowed,
            recipients,
            target,
            actor,
            says,
            collapse,
        ),
        *(
            dedupe,
            later,
            subscribe_,
            groups,
            groups_registered,
            verbs,
            read,
            overdue,
            signal,
            extend,
            many,
            sentence,
        ),
        *(notifier, notifier_filters, notifier_instance, notifier_union, silence),
        *(policy, opt_out_, notify_many_, profiles, frequency),
        *(feeds, feeds_seen, feeds_recipients, rendering, rendering_files),
    )
}
ON_THEIR_OWN = {"router", "testcase", "fixture", "client", "extend-models", "watched-model"}


@pytest.fixture
def names(users: Callable[..., list[Any]], declaring: None) -> Names:
    """What the examples may take for granted."""
    alice, bob, carol = users("alice", "bob", "carol")
    people = {"alice": alice, "bob": bob, "carol": carol, "user": alice, "customer": alice}
    post = Post.objects.create(title="Spring menu")
    return {**people, "post": post, "notify": notify, "subscribe": subscribe}


@pytest.mark.parametrize("label", STORIES)
def test_an_example_does_what_the_page_says(
    label: str, names: Names, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    told = STORIES[label](names)
    with django_capture_on_commit_callbacks(execute=True):
        next(told)
    rows = list(Notification.objects.order_by("seq"))
    names |= dict(zip(("first", "second"), rows, strict=False))

    with django_capture_on_commit_callbacks(execute=True):
        exec(labelled(label), names)

    assert next(told, "the end") == "the end"


def test_every_example_has_a_test() -> None:
    # The pages for those who come from elsewhere have their tests in test_porting.py.
    here = [block for block in blocks("python") if not block.page.startswith("docs/porting/")]
    labels = {block.label for block in here} - {None}

    assert labels == STORIES.keys() | ON_THEIR_OWN


@pytest.mark.parametrize(("label", "path"), [("extend-models", BLOG), ("watched-model", FORUM)])
def test_the_example_of_models_is_theirs(label: str, path: Path) -> None:
    shown = [one for one in ast.parse(labelled(label)).body if isinstance(one, ast.ClassDef)]
    theirs = {getattr(one, "name", ""): one for one in ast.parse(path.read_text()).body}

    assert shown
    for model in shown:
        fields = [ast.unparse(line) for line in model.body]
        there = theirs[model.name]
        assert isinstance(there, ast.ClassDef)
        assert fields == [ast.unparse(line) for line in there.body][: len(fields)]


async def test_the_example_of_a_router_serves_the_socket() -> None:
    names: Names = {}
    exec(labelled("router"), names)
    socket = WebsocketCommunicator(names["websocket"], "/ws/notifications/")

    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    assert '"code":4501' in await socket.receive_from(timeout=5)
    assert (await socket.receive_output(timeout=5))["code"] == Close.NOT_SIGNED_IN


@pytest.mark.django_db
def test_the_example_of_a_test_case_passes() -> None:
    names: Names = {"__name__": "example"}
    exec(labelled("testcase"), names)
    result = unittest.TestResult()

    unittest.defaultTestLoader.loadTestsFromTestCase(names["OrderTests"]).run(result)

    assert result.testsRun == 1
    assert result.wasSuccessful(), result.failures + result.errors


def test_the_example_of_a_fixture_passes(names: Names, notifications_sent: Any) -> None:
    exec(labelled("fixture"), names)

    names["test_a_customer_is_thanked"](notifications_sent, names["customer"])


@pytest.mark.django_db(transaction=True)
async def test_the_example_of_a_client_passes(names: Names, notify_client: Any) -> None:
    exec(labelled("client"), names)

    await names["test_the_badge_follows"](notify_client, names["customer"])


def test_the_inbox_page_takes_a_site_around_it(
    names: Names, client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "realtime_notify").mkdir()
    (tmp_path / "realtime_notify/base.html").write_text(labelled("inbox-base"))
    (tmp_path / "base.html").write_text(
        "{% block head %}{% endblock %}My site{% block content %}{% endblock %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    client.force_login(names["alice"])

    page = client.get("/notifications/").content.decode()

    assert "My site" in page
    assert "realtime_notify/inbox.css" in page
    assert "rn-inbox" in page
