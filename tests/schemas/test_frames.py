"""The schemas of frames: right frames have one kind, wrong ones none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from realtime_notify.models.types import Level
from realtime_notify.schemas.frames import COMMANDS, KINDS, LEVELS, SOCKET_BOUNDS, command
from realtime_notify.schemas.shapes import Shapes
from realtime_notify.testing.conformance.specimens import specimens
from realtime_notify.wire import commands
from realtime_notify.wire.protocol import ProtocolError
from tests.docs.test_protocol import DIALOGUES, LINE
from tests.schemas.test_arguments import FIELDS

SHAPES = Shapes(SOCKET_BOUNDS)
KIND_SCHEMAS = {name: kind.schema(SHAPES.schema(kind.shape)) for name, kind in KINDS.items()}
VALIDATORS = {
    name: Draft7Validator({**schema, "components": {"schemas": SHAPES.schemas}})
    for name, schema in KIND_SCHEMAS.items()
}
COMMAND_SCHEMA = {"oneOf": [command(name) for name in COMMANDS]}
STATE = {"rev": 4, "unread": 1, "unseen": 0}
WHOLE = {**STATE, "inbox": "a", "seen": {"upto": 0}, "put": []}
ITEM = next(
    step.frame["put"][0]
    for specimen in specimens()
    for step in specimen.steps
    if step.frame.get("put")
)


def kinds_of(frame: Any) -> list[str]:
    """Return the kinds of server's frames that this one is of."""
    return [name for name, validator in VALIDATORS.items() if validator.is_valid(frame)]


@pytest.mark.parametrize("specimen", specimens(), ids=lambda specimen: specimen.name)
def test_each_frame_of_a_specimen_is_of_one_kind(specimen: Any) -> None:
    for step in specimen.steps:
        (kind,) = kinds_of(step.frame)
        assert step.kind == "frame" or kind == "page"


def test_each_command_of_the_specification_fits_its_schema_if_the_server_takes_it() -> None:
    said = [LINE.match(line) for dialogue in DIALOGUES for line in dialogue.splitlines()]
    frames = [json.loads(match[2]) for match in said if match and match[1] == "C"]

    assert len(frames) > 15
    for frame in frames:
        assert Draft7Validator(COMMAND_SCHEMA).is_valid(frame) == takes(frame), frame


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ({**WHOLE, "ping": 25, "reset": True, "next": None, "id": 1}, "greeting"),
        ({**WHOLE, "ping": 0.5, "from": 3}, "greeting"),
        ({**WHOLE, "reset": True, "next": "7"}, "state"),
        ({**WHOLE, "from": 4, "weather": "rain"}, "state"),
        ({**STATE, "put": [ITEM]}, "change"),
        ({**STATE, "from": 4}, "change"),
        ({**STATE, "archive": {"ids": [1, 2]}}, "change"),
        ({**STATE, "id": 3, "from": 4, "subscribed": False}, "subscription"),
        ({"id": 3, "rev": 4, "put": [], "next": "2"}, "page"),
        ({"rev": 4, "beat": "x", "age": 9}, "heartbeat"),
        ({"id": None, "error": {"code": "bad_json", "message": "", "temporary": False}}, "error"),
        ({"bye": {"code": 4001, "reason": "draining", "retry": [0.5, 8]}}, "bye"),
    ],
)
def test_a_right_frame_is_of_one_kind(frame: Any, kind: str) -> None:
    assert kinds_of(frame) == [kind]


@pytest.mark.parametrize(
    "frame",
    [
        {},
        [],
        {"rev": 4},
        {**STATE, "rev": -1},
        {**STATE, "rev": "4"},
        {**STATE, "unread": True},
        {"rev": 4, "unread": 1},
        {**STATE, "read": {}},
        {**STATE, "read": {"ids": [1], "upto": 2}},
        {**STATE, "put": [{**ITEM, "level": "shout"}]},
        {**STATE, "put": [{**ITEM, "occurrences": 0}]},
        {**STATE, "put": [{name: ITEM[name] for name in ITEM if name != "snoozed"}]},
        {**STATE, "put": [{**ITEM, "actor": {"text": "bob"}}]},
        {**STATE, "beat": "x"},
        {**WHOLE, "ping": 25},
        {**WHOLE, "reset": False, "next": None},
        {**WHOLE, "reset": True, "next": None, "from": 3},
        {**WHOLE, "from": 3, "inbox": ""},
        {**STATE, "subscribed": True},
        {"rev": 4, "put": []},
        {"rev": 4, "beat": None},
        {"id": 1, "error": {"code": "sorry", "message": "", "temporary": False}},
        {"id": 1, "error": {"code": "internal", "message": ""}},
        {"id": "1", "error": {"code": "internal", "message": "", "temporary": True}},
        {"bye": {"code": 1000, "reason": ""}},
        {"bye": {"code": 4001, "reason": "", "retry": [1]}},
    ],
    ids=str,
)
def test_a_wrong_frame_is_of_no_kind(frame: Any) -> None:
    assert kinds_of(frame) == []


def takes(frame: Any) -> bool:
    try:
        commands.parse(json.dumps(frame), 1_000_000)
    except ProtocolError:
        return False
    return True


# Few fields, so that frames with two commands and frames that are right both come up.
ARGUMENTS = st.fixed_dictionaries({}, optional={name: FIELDS[name] for name in ("upto", "ids")})
FRAMES = st.dictionaries(
    st.sampled_from(["id", "read", "sync", "hello", "beat", "inbox", "weather"]),
    ARGUMENTS | FIELDS["upto"] | FIELDS["inbox"],
    max_size=3,
) | st.fixed_dictionaries(
    {"rev": FIELDS["upto"]}, optional=dict.fromkeys(("beat", "inbox", "id"), FIELDS["inbox"])
)


@given(frame=FRAMES)
def test_the_schemas_accept_the_frames_that_the_server_takes_and_no_others(frame: Any) -> None:
    for validator in (Draft7Validator, Draft202012Validator):
        assert validator(COMMAND_SCHEMA).is_valid(frame) == takes(frame)


def test_the_levels_are_those_of_notifications() -> None:
    assert list(LEVELS) == Level.values
