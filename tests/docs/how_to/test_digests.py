"""docs/how-to/digests.md, run."""

from __future__ import annotations

from datetime import UTC, time
from typing import Any

from realtime_notify.models import Dispatch
from tests.docs.conftest import Example
from tests.outbox.media import LETTER


def test_what_waits_moves_to_the_chosen_hour_and_back(
    example: Example, alice: Any, send: Any, settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": (LETTER,), "INLINE_SECONDS": 60.0}
    send("The kettle is on", "kitchen/kettle", recipients=[alice])
    example("profile")
    row = Dispatch.objects.get()
    assert (row.interval, row.due_at.astimezone(UTC).time()) == (1440, time(1, 30))

    example("move")

    assert Dispatch.objects.get().interval == 0
