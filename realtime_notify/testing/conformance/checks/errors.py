"""Checks of what is answered to frames that are wrong."""

from __future__ import annotations

from realtime_notify.testing.conformance.checks.verdicts import (
    check,
    expect,
    expect_close,
    expect_error,
)
from realtime_notify.testing.conformance.peer import Server
from realtime_notify.wire.protocol import MAX_IDS, Close, ErrorCode

LARGE = 256 * 1024  # bytes: far more than a command needs, and less than servers cut off
WRONG_ARGUMENTS: tuple[dict[str, object], ...] = (
    {"page": {"limit": True}},
    {"page": {"limit": 0}},
    {"page": {"before": "no cursor of anybody"}},
    {"read": {}},
    {"read": {"ids": [1], "upto": 1}},
    {"read": {"ids": []}},
    {"read": {"ids": [0] * (MAX_IDS + 1)}},
    {"seen": {"upto": -1}},
    {"sync": {"since": 0.5}},
    {"snooze": {"ids": [0]}},
    {"snooze": {"ids": [0], "until": "tomorrow"}},
    {"snooze": {"ids": [0], "until": "2001-01-01T00:00:00Z"}},
    {"archive": []},
)


@check("| `bad_request` | wrong arguments, or more than one command | no |")
def wrong_arguments(server: Server) -> None:
    with server.greeted() as (peer, _):
        for command in WRONG_ARGUMENTS:
            expect_error(peer.ask(**command), ErrorCode.BAD_REQUEST)


@check("One frame holds one command")
def two_commands(server: Server) -> None:
    with server.greeted() as (peer, _):
        expect_error(peer.ask(sync={}, page={}), ErrorCode.BAD_REQUEST)


@check("| `unknown_command` | no known command | no |")
def unknown_command(server: Server) -> None:
    with server.greeted() as (peer, _):
        expect_error(peer.ask(dance={}), ErrorCode.UNKNOWN_COMMAND)


@check("`id` is that of the command, or `null` if none could be read.")
def bad_json(server: Server) -> None:
    with server.greeted() as (peer, _):
        for text in ("{", "[]", '{"id":1,"page":{"limit":NaN}}', b"\x00"):
            peer.send(text)
            answer = peer.receive()
            expect_error(answer, ErrorCode.BAD_JSON)
            expect(answer.get("id", 0) is None, "id is not null", answer)


@check("| `too_large` | more than `MAX_FRAME_BYTES` | no |")
def too_large(server: Server) -> None:
    with server.greeted() as (peer, _):
        peer.send({"id": 1, "page": {}, "padding": "x" * LARGE})
        expect_error(peer.receive(), ErrorCode.TOO_LARGE)


@check("The tenth frame that is `bad_json` or `too_large` closes the connection with 4500.")
def ten_bad_frames(server: Server) -> None:
    with server.greeted() as (peer, _):
        for _ in range(10):
            peer.send("{")
        expect_close(peer, Close.PROTOCOL_ERROR)
