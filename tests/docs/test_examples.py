"""The examples of the README, the quickstart and operations, run; the rest is in how_to/."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.models import Event
from realtime_notify.wire.protocol import Close
from tests.docs.conftest import Committing, Example, Names, messages
from tests.pages import blocks, labelled

HERE = Path(__file__).parent


def test_the_call_in_the_readme_reaches_the_subscriber(example: Example, alice: Any) -> None:
    example("readme")

    assert messages(alice) == ["Bob commented on your post"]


def test_the_call_in_the_quickstart_reaches_the_subscriber(example: Example, alice: Any) -> None:
    example("quickstart")

    assert messages(alice) == ["A new post: Hello"]


def test_what_is_overdue_can_be_counted(
    example: Example, alice: Any, committing: Committing
) -> None:
    with committing():
        tomorrow = timezone.now() + timedelta(days=1)
        notify("Late", "demo/hello", recipients=alice, deliver_at=tomorrow)
    Event.objects.update(due_at=timezone.now() - timedelta(minutes=2))

    assert example("overdue").overdue == 1


def test_the_progress_of_an_event_can_be_printed(
    example: Example, alice: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    event = notify("Hello", "demo/hello", recipients=alice)
    Event.objects.filter(pk=event.pk).update(id=4711)

    example("progress")

    assert capsys.readouterr().out.endswith("0 of 1 (0 %)\n")


async def test_a_project_with_sockets_of_its_own_serves_ours_too() -> None:
    names: Names = {}
    exec(labelled("router"), names)
    socket = WebsocketCommunicator(names["websocket"], "/ws/notifications/")

    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    await socket.send_to('{"id":1,"hello":{}}')
    assert '"code":4501' in await socket.receive_from(timeout=5)
    assert (await socket.receive_output(timeout=5))["code"] == Close.NOT_SIGNED_IN


def test_every_example_has_a_test() -> None:
    # test_porting.py runs the pages about other systems.
    shown = {
        block.label
        for block in blocks("python")
        if block.label and not block.page.startswith("docs/porting/")
    }

    # Some are run in a browser.
    tests = "".join(path.read_text() for path in HERE.parent.rglob("*.py"))
    run = set(re.findall(r'\b(?:example|labelled)\(\s*"([\w-]+)"', tests))

    assert shown <= run, shown - run
