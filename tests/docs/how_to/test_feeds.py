"""docs/how-to/feeds.md and rendering.md, run."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify import notify, subscribe
from realtime_notify.conf import problems
from realtime_notify.models import Medium
from tests.docs.conftest import Committing, Example, messages


@pytest.fixture
def newsfeed(alice: Any, bob: Any, committing: Committing) -> Medium:
    """A medium with one event, for Alice and Bob."""
    newsfeed = Medium.objects.create(name="newsfeed")
    with committing():
        subscribe(alice, "photo/tag", media=["newsfeed"])
        subscribe(bob, "photo/tag", media=["newsfeed"])
        notify("Carol tagged you", "photo/tag")
    return newsfeed


def test_a_feed_shows_what_its_medium_is_for(example: Example, alice: Any) -> None:
    names = example("feeds")

    for found in (names.hers, names.all_of_it, names.page):
        assert [event.message for event in found] == ["Bob tagged you"]
    assert messages(alice) == []


def test_a_feed_knows_what_was_seen(example: Example, bob: Any, newsfeed: Medium) -> None:
    names = example("feeds-seen", newsfeed=newsfeed)

    assert [event.message for event in names.fresh] == ["Carol tagged you"]
    assert list(names.nothing) == []
    assert newsfeed.events_for(bob, seen=False).count() == 0
    assert newsfeed.events(seen=False).count() == 1


def test_a_feed_names_its_recipients(example: Example, newsfeed: Medium) -> None:
    lines: list[str] = []

    example(
        "feeds-recipients",
        newsfeed=newsfeed,
        print=lambda who, message: lines.append(f"{who}: {message}"),
    )

    assert sorted(lines) == ["alice: Carol tagged you", "bob: Carol tagged you"]
    assert list(newsfeed.events_with_recipients(seen=False)) == []


def test_a_renderer_shows_an_event_as_text_and_html(example: Example, alice: Any) -> None:
    subscribe(alice, "blog/new", backfill=True)

    names = example("rendering", Medium=Medium)

    assert names.text == "Spring menu in R&D"
    assert names.html == "<b>Spring menu</b> in R&amp;D"
    assert names.rendered == {names.event: (names.text, names.html)}


def test_the_settings_for_template_files_are_right(example: Example) -> None:
    assert problems(example("rendering-files").REALTIME_NOTIFY) == []
