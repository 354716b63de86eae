"""The pages for those who come from an older system: our side of every example, run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import load_command_class

from realtime_notify import inbox, is_subscribed, notify, subscribe
from realtime_notify.declarations import forgotten_after
from realtime_notify.models import Event, Medium, Notification
from tests.blog.models import Post
from tests.pages import PAGES, blocks, labelled, section, table, words

IMPORTING = "docs/porting/importing.md"
OURS = [name for name in PAGES if name.startswith("docs/porting/")]

Names = dict[str, Any]
Story = Callable[[Names], Iterator[None]]


def messages(user: Any) -> list[str]:
    """Return what somebody's inbox says, newest first."""
    return [item["message"] for item in inbox.page(user)["put"]]


# What comes before an example, and what must be true after it.


def nyt_subscribe(names: Names) -> Iterator[None]:
    yield
    assert is_subscribed(names["alice"], "comment/new")
    assert not is_subscribed(names["alice"], "comment/new", names["post"])
    assert is_subscribed(names["bob"], "comment/new")


def nyt_notify(names: Names) -> Iterator[None]:
    for name in ("alice", "bob"):
        subscribe(names[name], "comment/new")
    yield
    assert messages(names["alice"]) == ["A comment on Spring menu"]
    assert messages(names["bob"]) == []
    assert names["event"].notifications.count() == 1


def nyt_repeats(names: Names) -> Iterator[None]:
    subscribe(names["alice"], "oven/hot")
    yield
    # Repeats meet when they are delivered, after the commit.
    assert names["alice"].notify_notifications.get().occurrences == 3


def nyt_silence(names: Names) -> Iterator[None]:
    yield
    names["import_posts"]()
    assert not Event.objects.exists()


def nyt_read(names: Names) -> Iterator[None]:
    notify("Hello", "demo/hello", recipients=names["alice"])
    yield
    assert names["shown"]["put"]
    assert inbox.unread_count(names["alice"]) == 0


def nyt_globs(names: Names) -> Iterator[None]:
    yield
    assert (names["inside"], names["one_step"]) == (True, False)


def hq_send(names: Names) -> Iterator[None]:
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert item["message"] == "bob commented on Spring menu"
    assert item["data"] == {"mood": "cheerful"}


def hq_notify(names: Names) -> Iterator[None]:
    yield
    row = Notification.objects.with_event().get()
    assert str(row) == "bob commented on Spring menu 0\xa0minutes ago"
    assert row.event.target == names["post"]


def hq_rows(names: Names) -> Iterator[None]:
    notify("x", "a", names["post"], recipients=names["alice"], actor=names["bob"], verb="likes")
    yield
    assert names["text"] == "bob likes Spring menu 0\xa0minutes ago"
    assert inbox.unread_count(names["alice"]) == 1


def tidings_event(names: Names) -> Iterator[None]:
    yield
    assert names["watching"]
    assert messages(names["alice"]) == ["Brot was edited."]


def tidings_instance(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == ["Spring menu was edited."]


def tidings_union(names: Names) -> Iterator[None]:
    yield
    assert messages(names["alice"]) == messages(names["bob"]) == ["Spring menu was edited."]
    assert Event.objects.count() == 1


def tidings_claim(names: Names) -> Iterator[None]:
    yield
    assert names["taken"] == 1
    assert is_subscribed(names["alice"], "wiki/edited")


def ee_event(names: Names) -> Iterator[None]:
    yield
    event = Event.objects.get(dedupe_key="photo-7-tagged")
    assert (event.actor, event.data) == (names["alice"], {"photo": 7})
    assert event.extra_actors.get().actor == names["bob"]


def ee_subscribe(names: Names) -> Iterator[None]:
    names["cooks"].user_set.add(names["bob"], names["carol"])
    yield
    notify("New", "product/new")
    notify("Tagged", "photo/tagged", actor=names["bob"])
    feeds = {name: _feed(names["newsfeed"], names[name]) for name in ("alice", "bob", "carol")}
    assert feeds == {"alice": [], "bob": [], "carol": ["New"]}


def ee_feeds(names: Names) -> Iterator[None]:
    names["newsfeed"] = Medium.objects.create(name="newsfeed")
    subscribe(names["alice"], "photo/tagged", media=["newsfeed"])
    notify("Tagged", "photo/tagged")
    yield
    assert [event.message for event in names["everything"]] == ["Tagged"]
    assert [event.message for event in names["of_alice"]] == ["Tagged"]
    assert names["told"] == [("Tagged", [names["alice"]])]
    assert not names["newsfeed"].events(seen=False).exists()


def ee_render(names: Names) -> Iterator[None]:
    names["newsfeed"] = Medium.objects.create(name="newsfeed")
    subscribe(names["alice"], "post/liked", media=["newsfeed"])
    notify("Liked", "post/liked", data={"post": names["post"].pk})
    yield
    assert names["texts"] == ["Spring menu was liked"]


def oe_create(names: Names) -> Iterator[None]:
    names["comment"] = Post.objects.create(title="Nice")
    yield
    (item,) = inbox.page(names["alice"])["put"]
    assert item["target"]
    assert item["target"]["text"] == "Spring menu"
    assert item["action_object"]
    assert item["action_object"]["text"] == "Nice"
    assert item["description"] == "(Comment posted)"


def oe_mark(names: Names) -> Iterator[None]:
    for number in range(3):
        notify(f"Number {number}", "demo/hello", recipients=names["alice"])
    yield
    assert inbox.unread_count(names["alice"]) == 0


STORIES: dict[str, Story] = {
    told.__name__.replace("_", "-"): told
    for told in (
        *(nyt_subscribe, nyt_notify, nyt_repeats, nyt_silence, nyt_read, nyt_globs),
        *(hq_send, hq_notify, hq_rows),
        *(tidings_event, tidings_instance, tidings_union, tidings_claim),
        *(ee_event, ee_subscribe, ee_feeds, ee_render, oe_create, oe_mark),
    )
}


def _feed(medium: Medium, user: Any) -> list[str]:
    return [event.message for event in medium.events_for(user)]


@pytest.fixture
def names(users: Callable[..., list[Any]]) -> Names:
    """What the examples may take for granted."""
    alice, bob, carol = users("alice", "bob", "carol")
    post = Post.objects.create(title="Spring menu")
    cooks = Group.objects.create(name="cooks")
    people = {"alice": alice, "bob": bob, "carol": carol, "cooks": cooks}
    # The classes of an example call themselves by a module's name.
    return {**people, "post": post, "notify": notify, "__name__": "example"}


@pytest.mark.parametrize("label", STORIES)
def test_our_side_of_an_example_does_what_the_page_says(
    label: str, names: Names, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    told = STORIES[label](names)
    with django_capture_on_commit_callbacks(execute=True):
        next(told)

    with forgotten_after(), django_capture_on_commit_callbacks(execute=True):
        exec(labelled(label), names)

    assert next(told, "the end") == "the end"


def test_our_side_of_every_example_is_run() -> None:
    assert {block.label for page in OURS for block in blocks("python", page)} == STORIES.keys()


@pytest.mark.parametrize("page", [page for page in OURS if page != IMPORTING])
def test_each_page_shows_both_sides_and_how_to_move_the_data(page: str) -> None:
    theirs, ours = blocks("py", page), blocks("python", page)

    assert theirs
    assert len(ours) >= len(theirs)
    assert "manage.py notify_import " in PAGES[page]


def test_every_system_that_can_be_imported_has_a_page() -> None:
    rows = table(section(IMPORTING, "## What is imported"))
    command = load_command_class("realtime_notify", "notify_import")
    parser = command.create_parser("manage.py", "notify_import")
    (system,) = [action for action in parser._actions if action.dest == "system"]

    assert [words(row[0])[0] for row in rows] == list(system.choices or ())
    for row in rows:
        assert re.search(r"\(([\w-]+\.md)\)", row[1])


def test_every_option_of_the_import_is_documented() -> None:
    command = load_command_class("realtime_notify", "notify_import")
    parser = command.create_parser("manage.py", "notify_import")
    of_django = load_command_class("django.core", "loaddata").create_parser("manage.py", "x")
    rows = table(section(IMPORTING, "## Options"))

    documented = {word.split()[0] for row in rows for word in words(row[0])}

    ours = set(parser._option_string_actions) - set(of_django._option_string_actions)
    assert documented == {option for option in ours if option.startswith("--")} | {"--database"}
