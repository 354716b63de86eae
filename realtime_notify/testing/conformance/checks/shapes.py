"""The check of the shapes of frames, by the schemas of the AsyncAPI document."""

from __future__ import annotations

from functools import cache

from jsonschema import Draft7Validator

from realtime_notify.schemas.frames import ANSWERS, KINDS, SOCKET_BOUNDS
from realtime_notify.schemas.shapes import Shapes
from realtime_notify.testing.conformance.checks.verdicts import check, expect
from realtime_notify.testing.conformance.checks.watching import item_of, toggle
from realtime_notify.testing.conformance.peer import Server


@check("[asyncapi.json](asyncapi.json) has the shapes of all frames for machines.")
def frame_shapes(server: Server) -> None:
    with server.greeted() as (other, greeting), server.connection() as peer:
        rev = greeting["rev"]
        nobody: dict[str, object] = {"ids": [0]}
        asked: dict[str, dict[str, object]] = {
            "hello": {},
            "sync": {"since": rev, "inbox": greeting.get("inbox")},
            "page": {"limit": 1},
            "seen": {"upto": rev},
            **dict.fromkeys(("read", "unread", "archive", "unarchive", "delete"), nobody),
            "snooze": {**nobody, "until": "2999-01-01T00:00:00Z"},
            "subscribe": {"key": "no/such-type"},
        }
        for name, arguments in asked.items():
            _expect_kind(peer.ask(**{name: arguments}), ANSWERS[name][1], "error")
        if greeting["put"]:
            item = item_of(greeting)
            for _ in range(2):
                _expect_kind(toggle(other, item), "change")
                _expect_kind(peer.receive(), "change")
        for beat in peer.beats:
            _expect_kind(beat, "heartbeat")


@cache
def _validator(kinds: tuple[str, ...]) -> Draft7Validator:
    shapes = Shapes(SOCKET_BOUNDS)
    schemas = [KINDS[kind].schema(shapes.schema(KINDS[kind].shape)) for kind in kinds]
    return Draft7Validator({"anyOf": schemas, "components": {"schemas": shapes.schemas}})


def _expect_kind(frame: object, *kinds: str) -> None:
    error = next(_validator(kinds).iter_errors(frame), None)
    if error is not None:
        wrong = next(iter(error.context or ()), error).message
        expect(False, f"It has not the shape of {' or '.join(kinds)}, for {wrong}", frame)
