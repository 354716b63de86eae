"""docs/how-to/inbox.md, run."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify import inbox, notify
from tests.docs.conftest import Committing, Example, messages
from tests.pages import labelled


@pytest.fixture
def two_notifications(alice: Any, committing: Committing) -> None:
    with committing():
        notify("First", "demo/hello", recipients=alice)
        notify("Second", "demo/hello", recipients=alice)


def test_the_verbs_change_an_inbox(example: Example, alice: Any, two_notifications: None) -> None:
    names = example("verbs")

    assert messages(alice) == ["Second"]
    assert inbox.counts(alice) == {"rev": names.here + 1, "unread": 0, "unseen": 0}


def test_rows_and_querysets_have_the_same_verbs(
    example: Example, alice: Any, two_notifications: None
) -> None:
    names = example("many")

    assert names.count == 2
    assert inbox.unread_count(alice) == 2
    assert messages(alice) == ["Second", "First"]


def test_an_inbox_is_read_by_pages(example: Example, alice: Any, committing: Committing) -> None:
    with committing():
        for number in range(12):
            notify(f"Number {number}", "demo/hello", recipients=alice)

    names = example("read")

    assert names.badge == len(names.unread) == 12
    assert [item["message"] for item in names.older["put"]] == ["Number 1", "Number 0"]
    assert names.put_away == []


def test_a_notification_reads_as_a_sentence(
    example: Example, alice: Any, bob: Any, post: Any, committing: Committing
) -> None:
    with committing():
        notify("x", "comment/new", post, recipients=alice, actor=bob, verb="commented on")

    names = example("sentence")

    found = (names.text, names.age, names.day, names.words, names.date)
    quoted = labelled("sentence").split('"')[1::2]
    assert [text.replace("\xa0", " ") for text in found] == quoted[: len(found)]
