"""Checks of heartbeats, of readers that do not keep up, and of writers that do not stop."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, sleep

from realtime_notify.testing.conformance.checks.verdicts import (
    FLOOD,
    NotChecked,
    check,
    expect,
    expect_close,
    expect_code,
    expect_retry,
    require_patience,
)
from realtime_notify.testing.conformance.checks.watching import watched
from realtime_notify.testing.conformance.peer import Closed, Late, Peer, Server
from realtime_notify.testing.session import Frame
from realtime_notify.wire.protocol import Close, ErrorCode

UNANSWERED = 4  # intervals until a client that answers nothing is sent away
BATCH = 4  # frames sent before their answers are read: a server may drop errors if it is not read
BURST = 20  # frames that are sent before what has come is read
FIRST = 1000  # the first id of commands that are sent without waiting for answers
HASTE = 30.0  # seconds within which a client manages to send too much
MOMENT = 0.2  # seconds
TOGGLES = 24  # changes that a slow reader misses; fewer frames than may be sent at once


@check("The server sends one every `ping` seconds", only_waits=True)
def heartbeats(server: Server) -> None:
    with server.greeted() as (peer, answer):
        ping = _interval(server, answer, intervals=1)
        first = peer.wait_for_beat(2 * ping + server.patience)
        peer.send(first)
        second = peer.wait_for_beat(2 * ping + server.patience)
        expect(first["beat"] != second["beat"], "beat is not random", second)


@check(
    "If 3 regular heartbeats in a row are unanswered and the next is due, the server closes with "
    "4010.",
    only_waits=True,
)
def unanswered_heartbeats(server: Server) -> None:
    with server.greeted() as (peer, answer):
        ping = _interval(server, answer, intervals=UNANSWERED)
        peer.answer = _ignore
        expect_close(peer, Close.STALE, patience=UNANSWERED * ping + server.patience)


@check(
    "An answer with a beat that is not that of an unanswered heartbeat proves nothing",
    only_waits=True,
)
def wrong_beats(server: Server) -> None:
    with server.greeted() as (peer, answer):
        ping = _interval(server, answer, intervals=UNANSWERED)
        peer.answer = _lie
        expect_close(peer, Close.STALE, patience=UNANSWERED * ping + server.patience)


@check("once the reader answers, it gets the newest `rev` as a heartbeat, and asks.")
def slow_reader(server: Server) -> None:
    with watched(server) as (peer, watcher, item):
        for number in range(TOGGLES):
            name = "read" if item["read"] is bool(number % 2) else "unread"
            peer.send({"id": FIRST + number, name: {"ids": [item["id"]]}})
        while (newest := peer.receive()).get("id") != FIRST + TOGGLES - 1:
            pass
        watcher.follow(newest)


@check("Beyond that its commands get `rate_limited`")
def rate_limited(server: Server) -> None:
    with server.greeted() as (peer, _):
        limited = _errors_of_haste(peer)[-1]
        expect(limited["code"] == ErrorCode.RATE_LIMITED, "It is another error", limited)
        expect(limited["temporary"] is True, "It is not temporary", limited)
        expect("retry" in limited, "It does not say when to try again", limited)
        sleep(limited["retry"])
        answer = peer.ask(page={"limit": 1})
        expect("put" in answer, "After retry it was still too many", answer)


@check("after as many frames again it is closed with 4029.")
def flood(server: Server) -> None:
    with server.greeted() as (peer, _):
        try:
            for number in range(FLOOD):
                peer.send('{"dance":{}}')
                if not number % BURST:
                    _take_what_comes(peer)
        except Closed as closed:
            expect_retry(expect_code(closed, Close.TOO_FAST))
        else:
            expect_retry(expect_close(peer, Close.TOO_FAST))


def _take_what_comes(peer: Peer) -> None:
    """Wait a moment for answers: who only sends may never read why the server closed."""
    with suppress(Late):
        peer.receive(MOMENT)
        while True:
            peer.receive(0)


def _errors_of_haste(peer: Peer) -> list[Frame]:
    """Send commands as fast as they are answered; return the first errors."""
    deadline = monotonic() + HASTE
    while monotonic() < deadline:
        for _ in range(BATCH):
            peer.send({"id": 1, "page": {"limit": 1}})
        answers = [peer.receive() for _ in range(BATCH)]
        if errors := [answer["error"] for answer in answers if "error" in answer]:
            return errors
    raise NotChecked("The server answers no faster than it allows commands to be sent.")


def _interval(server: Server, answer: Frame, *, intervals: int) -> float:
    """Return the seconds between heartbeats, if so many are worth waiting for."""
    ping = float(answer["ping"])
    if not ping:
        raise NotChecked("The server sends no heartbeats.")
    require_patience(server, intervals * ping, "Waiting for heartbeats")
    return ping


def _ignore(heartbeat: Frame) -> None:
    return None


def _lie(heartbeat: Frame) -> Frame:
    return {**heartbeat, "beat": f"{heartbeat['beat']}?"}
