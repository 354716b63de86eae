"""Checks of whom a server refuses, and how."""

from __future__ import annotations

from contextlib import ExitStack

from realtime_notify.testing.conformance.checks.verdicts import (
    NotChecked,
    check,
    expect_close,
    expect_code,
    expect_retry,
)
from realtime_notify.testing.conformance.peer import Closed, Server
from realtime_notify.wire.protocol import Close

ELSEWHERE = {"Origin": "https://elsewhere.invalid"}
CROWD = 60  # connections; more than a server grants one user, unless it is told to


@check("The server always accepts, and refuses by [bye and close](#bye-and-close-codes)")
def nobody_signed_in(server: Server) -> None:
    with server.connection({}) as peer:
        peer.send({"id": 1, "hello": {}})
        expect_close(peer, Close.NOT_SIGNED_IN)


@check("| 4503 | this origin may not connect | stay away |")
def another_origin(server: Server) -> None:
    with server.connection({**server.headers, **ELSEWHERE}) as peer:
        expect_close(peer, Close.NOT_ALLOWED)


@check("| 4008 | no hello in time | come back |", only_waits=True)
def no_hello(server: Server) -> None:
    if not server.slow_patience:
        raise NotChecked("A server waits some seconds for hello. Pass --slow with as many.")
    with server.connection() as peer:
        expect_close(peer, Close.NO_HELLO, patience=server.slow_patience + server.patience)


@check("| 4009 | more than `MAX_CONNECTIONS_PER_USER` (50)")
def too_many_connections(server: Server) -> None:
    with ExitStack() as crowd:
        for _ in range(CROWD):
            peer = crowd.enter_context(server.connection())
            try:
                peer.ask(hello={})
            except Closed as closed:
                expect_retry(expect_code(closed, Close.TOO_MANY_CONNECTIONS))
                return
    raise NotChecked(f"{CROWD} connections were not too many, perhaps for several processes.")
