"""docs/how-to/withdraw.md, run."""

from __future__ import annotations

from typing import Any

from realtime_notify.models import Event
from tests.docs.conftest import Example, messages


def test_a_withdrawn_event_is_in_no_inbox(example: Example, alice: Any, bob: Any) -> None:
    example("withdraw")

    assert messages(alice) == messages(bob) == []


def test_everything_about_an_object_can_be_withdrawn(
    example: Example, send: Any, alice: Any, post: Any
) -> None:
    send("About the post", "a", target_object=post, recipients=[alice])
    send("About nothing", "a", recipients=[alice])

    example("withdraw")
    example("withdraw-about")

    assert messages(alice) == ["About nothing"]
    assert Event.objects.filter(withdrawn_at=None).count() == 1


def test_an_edited_event_says_something_else_everywhere(
    example: Example, alice: Any, bob: Any
) -> None:
    example("edit")

    assert messages(alice) == messages(bob) == ["Lunch is at 12:30"]
