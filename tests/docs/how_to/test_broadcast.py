"""docs/how-to/broadcast.md, run."""

from __future__ import annotations

from typing import Any

from realtime_notify import subscribe
from realtime_notify.models import Event
from tests.docs.conftest import Committing, Example, messages
from tests.pages import labelled


def test_a_broadcast_is_one_row_until_somebody_looks(
    example: Example, alice: Any, committing: Committing
) -> None:
    head, tail = labelled("lazy").split("rows_before")
    names: dict[str, Any] = {"alice": alice}
    with committing():
        exec(head, names)
    exec(f"rows_before{tail}", names)

    assert (names["rows_before"], names["badge"]) == (0, 1)
    assert messages(alice) == ["The library opens at noon"]


def test_a_notifier_declares_that_its_events_are_broadcasts(example: Example, bob: Any) -> None:
    example("lazy-notifier")

    assert Event.objects.get().number == 1
    assert messages(bob) == ["The site will be slow tonight"]


def test_everyone_is_reached_subscribed_or_not(example: Example, alice: Any, carol: Any) -> None:
    example("broadcast-everyone")

    assert messages(alice) == messages(carol) == ["We have moved"]


def test_code_that_reads_rows_catches_up_first(
    example: Example, alice: Any, committing: Committing
) -> None:
    subscribe(alice, "library/news")
    head, tail = labelled("catch-up").split("catch_up(alice)")
    names: dict[str, Any] = {"alice": alice}
    with committing():
        exec(f"from realtime_notify import notify\n{head}", names)
    exec(f"catch_up(alice){tail}", names)

    assert names["texts"] == ["The library is closed today"]
