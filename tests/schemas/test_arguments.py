"""The schemas of arguments and the checks of commands accept the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from realtime_notify.schemas.arguments import ARGUMENTS
from realtime_notify.wire.commands import validate
from realtime_notify.wire.protocol import MAX_IDS, MAX_INTEGER, ProtocolError

COUNTS: st.SearchStrategy[Any] = st.sampled_from(
    [0, 1, MAX_INTEGER, MAX_INTEGER + 1, -1, True, False, 0.5, "1", None, []]
)
TEXTS = st.sampled_from(["", "a", "a.b:c", "a.b:", "a:b.c", "a.b.c:d", ".:\n"]) | st.builds(
    lambda size: "a.b:" + "x" * size, st.sampled_from([96, 97, 124, 125, 196, 197, 396, 397])
)
IDS = st.lists(COUNTS, max_size=3) | st.sampled_from([[1] * MAX_IDS, [1] * (MAX_IDS + 1)]) | COUNTS
FIELDS = {
    "since": COUNTS,
    "upto": COUNTS,
    "limit": COUNTS,
    "ids": IDS,
    "unread": COUNTS,
    "archived": COUNTS,
    "until": st.sampled_from(["2030-01-02T09:00:00Z", 7, None]),
    **dict.fromkeys(["inbox", "ticket", "key", "target", "before", "group"], TEXTS | COUNTS),
}
OBJECTS = st.fixed_dictionaries({}, optional=FIELDS)


def accepts(command: str, arguments: object) -> bool:
    try:
        validate(command, arguments)
    except ProtocolError:
        return False
    return True


@pytest.mark.parametrize("command", ARGUMENTS)
@given(data=st.data())
def test_what_the_schema_accepts_the_command_takes_and_nothing_else(
    command: str, data: st.DataObject
) -> None:
    schema = ARGUMENTS[command]
    names = {*schema["properties"], *(["ids", "upto"] if "oneOf" in schema else [])}
    fields = {name: FIELDS[name] for name in sorted(names)}
    arguments: Any = data.draw(st.fixed_dictionaries({}, optional=fields) | OBJECTS | COUNTS)

    is_valid = Draft202012Validator(schema).is_valid(arguments)

    assert is_valid == accepts(command, arguments)
