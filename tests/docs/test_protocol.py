"""docs/protocol.md is the protocol: its tables name everything, and its examples work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from realtime_notify import inbox, notify
from realtime_notify.commands import COMMANDS, perform
from realtime_notify.models import NotificationType
from realtime_notify.wire import commands
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import ErrorFrame
from tests.pages import blocks, section, table, words

PAGE = "docs/protocol.md"
DIALOGUES = [block.text for block in blocks("rn.1", PAGE)]
LINE = re.compile(r"^([CSPV])> (.*?)(?:  → (\w+))?$")
NEW = {"occurrences": 1, "read": False, "seen": False, "archived": False, "deleted": False}


def names(heading: str) -> set[str]:
    """Return what the first column of a section's table names."""
    return {word for row in table(section(PAGE, heading)) for word in words(row[0])}


def frame_of(text: str) -> Any:
    """Read a frame of the page, where "..." stands for what does not matter in an item."""
    frame: dict[str, Any] = json.loads(text.replace(",...}", "}"))
    for field in ("put", "items"):
        if field in frame:
            frame[field] = [{**NEW, **item} for item in frame[field]]
    return frame


def has_error(text: str) -> ErrorFrame | None:
    """Return the error a client's frame is answered with, if it is."""
    try:
        commands.parse(text, 16_384)
    except ProtocolError as error:
        return error.frame()
    return None


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_a_documented_dialogue_plays_as_written(dialogue: str) -> None:
    view, refused = Store(), None
    for line in dialogue.splitlines():
        match = LINE.match(line)
        assert match, line
        speaker, text, outcome = match.groups()
        frame = frame_of(text)
        if speaker == "V":
            items = {item["id"]: item for item in frame.pop("items", ())}
            view = Store(**frame, items=items)
        elif speaker == "C":
            refused = has_error(text)
        elif speaker == "P":
            assert view.apply_page(frame) == outcome, line
        else:
            assert refused in (None, frame), line
            refused = None
            assert view.apply(frame) == outcome, line
    assert refused is None


def test_the_page_has_dialogues() -> None:
    assert len(DIALOGUES) > 10


@pytest.mark.django_db
def test_the_fields_of_frames_and_items_are_the_documented_ones(
    alice: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for message in ("One", "Two"):
            notify(message, "demo/hello", recipients=[alice])
    NotificationType.objects.update(self_service=True)
    first = inbox.sync(alice)
    frames = [
        first,
        inbox.sync(alice, 1),
        inbox.page(alice),
        *(perform(alice, verb, {"upto": 9}) for verb in ("read", "unread", "seen")),
        *(perform(alice, verb, {"upto": 9}) for verb in ("archive", "unarchive")),
        inbox.snooze(alice, ids=[first["put"][0]["id"]], until="2999-01-01T00:00:00Z"),
        inbox.delete(alice, upto=9),
        perform(alice, "subscribe", {"key": "demo/hello"}),
    ]

    assert set().union(*frames) | {"id", "ping", "beat", "age", "error", "bye"} == names(
        "## Frames from the server"
    )
    item = first["put"][0]
    assert set(item) == names("## Items")
    (shown,) = blocks("json", PAGE)
    assert set(json.loads(shown.text)) == set(item)


def test_the_commands_are_the_documented_ones() -> None:
    with pytest.raises(ProtocolError) as caught:
        commands.parse("{}", 100)
    known = caught.value.message.partition("Known: ")[2].rstrip(".").split(", ")

    assert names("## Commands") == set(known)


def test_the_error_codes_are_the_documented_ones() -> None:
    assert names("## Errors") == set(ErrorCode)


def test_the_close_codes_are_the_documented_ones_and_their_range_says_what_to_do() -> None:
    rows = table(section(PAGE, "## Bye and close codes"))

    assert {int(code): then.removesuffix(" with fresh credentials") for code, _, then in rows} == {
        int(code): "come back" if code < 4500 else "stay away" for code in Close
    }


def test_the_commands_of_http_are_those_of_the_socket() -> None:
    assert COMMANDS.keys() == names("## Commands") - {"hello", "rev"}
