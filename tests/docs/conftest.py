"""Running the blocks of the pages, with what every page takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from realtime_notify import inbox, notify, subscribe
from realtime_notify.models import Notification
from tests.blog.models import Post
from tests.pages import labelled

Names = dict[str, Any]
Committing = Callable[[], AbstractContextManager[Any]]
Example = Callable[..., SimpleNamespace]


def messages(user: Any) -> list[str]:
    """Return the messages in somebody's inbox, newest first."""
    return [item["message"] for item in inbox.page(user)["put"]]


@pytest.fixture
def post(db: None) -> Post:
    return Post.objects.create(title="Spring menu")


@pytest.fixture
def names(alice: Any, bob: Any, carol: Any, post: Post, declaring: None) -> Names:
    """What the blocks may take for granted: people, an object, the two most common verbs."""
    people = {"alice": alice, "bob": bob, "carol": carol, "user": alice, "customer": alice}
    return {**people, "post": post, "notify": notify, "subscribe": subscribe}


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Callable[..., Any]) -> Committing:
    """A context whose end is a commit: what was sent inside is then delivered."""
    return partial(django_capture_on_commit_callbacks, execute=True)


@pytest.fixture
def example(names: Names, committing: Committing) -> Example:
    """Run the block with a label, commit, and return the names it leaves behind.

    A block may call the notifications that are there already `first` and `second`.
    """

    def run(label: str, **more: Any) -> SimpleNamespace:
        rows = list(Notification.objects.order_by("seq"))
        names.update(zip(("first", "second"), rows, strict=False))
        names.update(more)
        with committing():
            exec(labelled(label), names)
        return SimpleNamespace(**names)

    return run
