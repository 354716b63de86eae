"""The checks: each holds a server to one sentence of ``docs/protocol.md``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple, cast

from realtime_notify.testing.conformance.peer import Closed, Peer, Server
from realtime_notify.testing.session import Frame
from realtime_notify.wire import vocabulary
from realtime_notify.wire.protocol import MAX_INTEGER, SUBPROTOCOL, Close, ErrorCode
from realtime_notify.wire.store import Store

ELSEWHERE = {"Origin": "https://elsewhere.invalid"}
FLOOD = 2000  # frames; far beyond any burst that a server grants twice
LARGE = 256 * 1024  # bytes: far more than a command needs, and less than servers cut off
NO_INBOX = "no inbox of anybody"


class NotChecked(Exception):
    """The server, or the account, has nothing to check this on. The message says what to do."""


class Check(NamedTuple):
    """One check.

    Attributes:
        name: by which it can be chosen.
        sentence: what of ``docs/protocol.md`` it holds.
        run: raises `AssertionError` if the server does otherwise, and `NotChecked`.
    """

    name: str
    sentence: str
    run: Callable[[Server], None]


CHECKS: list[Check] = []


def _check(sentence: str) -> Callable[[Callable[[Server], None]], Callable[[Server], None]]:
    def register(run: Callable[[Server], None]) -> Callable[[Server], None]:
        CHECKS.append(Check(run.__name__, sentence, run))
        return run

    return register


def _expect(condition: object, wrong: str, frame: object) -> None:
    if not condition:
        raise AssertionError(f"{wrong}: {frame}")


def _expect_error(frame: Frame, code: ErrorCode, *, temporary: bool = False) -> None:
    error = frame.get("error")
    _expect(error, f"The answer is not the error {code}", frame)
    problem = cast("vocabulary.Problem", error)
    _expect(problem.get("code") == code, f"The error is not {code}", frame)
    _expect(problem.get("temporary") is temporary, f"temporary is not {temporary}", frame)


def _expect_close(peer: Peer, code: Close) -> None:
    try:
        for _ in range(FLOOD):
            peer.receive()
    except Closed as closed:
        _expect(closed.bye, f"There was no bye before the close with {closed.code}", None)
        said = cast("Frame", closed.bye).get("code")
        _expect(said == code, f"The code of the bye is not {code.value}", closed.bye)
        _expect(closed.code == code, f"The close code is not {code.value}", closed.code)
        return
    raise AssertionError(f"The server did not close with {code.value}.")


@_check("A client may offer the subprotocol `rn.1`; the server then selects it.")
def subprotocol(server: Server) -> None:
    with server.connection() as peer:
        _expect(peer.subprotocol == SUBPROTOCOL, "It selected another", peer.subprotocol)


@_check("On a first visit the answer is a *reset*.")
def first_hello(server: Server) -> None:
    with server.greeted() as (_, answer):
        _expect(answer.get("reset") is True, "The answer to hello is no reset", answer)
        wanted = {"rev", "unread", "unseen", "put", "next", "ping"}
        _expect(wanted <= answer.keys(), f"It has not all of {sorted(wanted)}", answer)


@_check("Every reset and every answer to `hello` and `sync` carries `inbox`.")
def inbox_of_answers(server: Server) -> None:
    with server.greeted() as (peer, answer):
        since = {"since": answer["rev"], "inbox": answer.get("inbox")}
        for frame in (answer, peer.ask(sync=since), peer.ask(sync={})):
            _expect(isinstance(frame.get("inbox"), str), "There is no inbox", frame)


@_check("Both sides must ignore unknown fields.")
def unknown_fields(server: Server) -> None:
    with server.connection() as peer:
        answer = peer.ask(hello={"colour": "blue"}, weather=["rain"])
        _expect("rev" in answer, "An unknown field was not ignored", answer)


@_check("`null` means the same as leaving the field out.")
def null_fields(server: Server) -> None:
    with server.connection() as peer:
        answer = peer.ask(hello={"since": None, "inbox": None})
        _expect(answer.get("reset") is True, "null was not ignored", answer)


@_check("Commands before `hello` get the error `not_ready`.")
def command_before_hello(server: Server) -> None:
    with server.connection() as peer:
        _expect_error(peer.ask(sync={}), ErrorCode.NOT_READY, temporary=True)


@_check("A client may say hello again, and stays who it is.")
def second_hello(server: Server) -> None:
    with server.greeted() as (peer, first):
        second = peer.ask(hello={})
        _expect(second.get("inbox") == first["inbox"], "It became somebody else", second)


@_check("If it is not that of the user, the answer is a reset.")
def sync_of_another_inbox(server: Server) -> None:
    with server.greeted() as (peer, answer):
        synced = peer.ask(sync={"since": answer["rev"], "inbox": NO_INBOX})
        _expect(synced.get("reset") is True, "The answer is no reset", synced)


@_check("If it is not that of the user, the command does nothing and gets the error `other_inbox`.")
def command_for_another_inbox(server: Server) -> None:
    with server.greeted() as (peer, answer):
        marked = peer.ask(seen={"upto": answer["rev"], "inbox": NO_INBOX})
        _expect_error(marked, ErrorCode.OTHER_INBOX)


@_check("A command that changes nothing leaves `rev` as it is.")
def command_that_changes_nothing(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(read={"upto": 0})
        _expect(answer.get("from") == answer.get("rev"), "from is not rev", answer)


@_check("Ids that belong to somebody else or do not exist are ignored silently")
def ids_of_nobody(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(read={"ids": [MAX_INTEGER]})
        _expect("unread" in answer and "read" not in answer, "They were not ignored", answer)


@_check("The rule guarantees: at the database's `rev`, the items are the active notifications")
def marks_reach_every_connection(server: Server) -> None:
    with ExitStack() as open_connections:
        (one, first), (other, second) = (
            open_connections.enter_context(server.greeted()) for _ in range(2)
        )
        if not first["put"]:
            raise NotChecked("The inbox is empty. Send its owner a notification first.")
        item = first["put"][0]
        store = Store()
        store.apply(cast("vocabulary.Frame", second))
        name = "unread" if item["read"] else "read"
        answer = one.ask(**{name: {"ids": [item["id"]]}})
        _expect(answer.get("rev", 0) > first["rev"], "The command changed no rev", answer)
        while (store.rev or 0) < answer["rev"]:
            if store.apply(cast("vocabulary.Frame", other.receive())) == "sync":
                store.apply(cast("vocabulary.Frame", other.ask(sync={})))
        with server.greeted() as (_, fresh):
            anew = Store()
            anew.apply(cast("vocabulary.Frame", fresh))
        _expect(store.list() == anew.list(), "The views differ", (store.list(), anew.list()))
        _expect(store.unread == anew.unread, "The counters differ", (store.unread, anew.unread))


@_check("A [page](#pages) has `rev` and `put`, and no counters.")
def page(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(page={"limit": 1})
        _expect({"rev", "put", "next"} <= answer.keys(), "It is no page", answer)
        _expect("unread" not in answer, "It has counters", answer)
        _expect(len(answer["put"]) <= 1, "It has more items than limit", answer)


@_check("`true` is not a number.")
def wrong_arguments(server: Server) -> None:
    with server.greeted() as (peer, _):
        _expect_error(peer.ask(page={"limit": True}), ErrorCode.BAD_REQUEST)
        _expect_error(peer.ask(page={"limit": 0}), ErrorCode.BAD_REQUEST)
        _expect_error(peer.ask(read={}), ErrorCode.BAD_REQUEST)


@_check("One frame holds one command")
def two_commands(server: Server) -> None:
    with server.greeted() as (peer, _):
        _expect_error(peer.ask(sync={}, page={}), ErrorCode.BAD_REQUEST)


@_check("| `unknown_command` | no known command | no |")
def unknown_command(server: Server) -> None:
    with server.greeted() as (peer, _):
        _expect_error(peer.ask(dance={}), ErrorCode.UNKNOWN_COMMAND)


@_check(
    "The error is the same whether the server does not offer it to this user or it does not exist"
)
def subscription_to_nothing(server: Server) -> None:
    with server.greeted() as (peer, _):
        _expect_error(peer.ask(subscribe={"key": "no/such-type"}), ErrorCode.NOT_ALLOWED)


@_check("The server runs a connection's commands one after the other, and answers in that order.")
def order_of_answers(server: Server) -> None:
    with server.greeted() as (peer, _):
        ids = list(range(101, 111))
        for id in ids:
            peer.send({"id": id, "page": {"limit": 1}} if id % 2 else {"id": id, "sync": {}})
        answered: list[int] = []
        while len(answered) < len(ids):
            frame = peer.receive()
            if "id" in frame:
                answered.append(frame["id"])
        _expect(answered == ids, "They came in another order", answered)


@_check("`id` is that of the command, or `null` if none could be read.")
def bad_json(server: Server) -> None:
    with server.greeted() as (peer, _):
        for text in ("{", "[]", '{"id":1,"page":{"limit":NaN}}', b"\x00"):
            peer.send(text)
            answer = peer.receive()
            _expect_error(answer, ErrorCode.BAD_JSON)
            _expect(answer.get("id", 0) is None, "id is not null", answer)


@_check("| `too_large` | more than `MAX_FRAME_BYTES` | no |")
def too_large(server: Server) -> None:
    with server.greeted() as (peer, _):
        peer.send({"id": 1, "page": {}, "padding": "x" * LARGE})
        _expect_error(peer.receive(), ErrorCode.TOO_LARGE)


@_check("The tenth frame that is `bad_json` or `too_large` closes the connection with 4500.")
def ten_bad_frames(server: Server) -> None:
    with server.greeted() as (peer, _):
        for _ in range(10):
            peer.send("{")
        _expect_close(peer, Close.PROTOCOL_ERROR)


@_check("The server always accepts, and refuses by [bye and close](#bye-and-close-codes)")
def nobody_signed_in(server: Server) -> None:
    with server.connection({}) as peer:
        peer.send({"id": 1, "hello": {}})
        _expect_close(peer, Close.NOT_SIGNED_IN)


@_check("| 4503 | this origin may not connect | stay away |")
def another_origin(server: Server) -> None:
    with server.connection({**server.headers, **ELSEWHERE}) as peer:
        _expect_close(peer, Close.NOT_ALLOWED)


@_check("The server sends one every `ping` seconds")
def heartbeats(server: Server) -> None:
    with server.greeted() as (peer, answer):
        if not 0 < answer["ping"] <= server.slow_patience:
            raise NotChecked(f"Heartbeats come every {answer['ping']} s. Pass --slow with as many.")
        first = peer.wait_for_beat(2 * answer["ping"] + server.patience)
        peer.send(first)
        second = peer.wait_for_beat(2 * answer["ping"] + server.patience)
        _expect(first["beat"] != second["beat"], "beat is not random", second)


@_check("after as many frames again it is closed with 4029.")
def flood(server: Server) -> None:
    with server.greeted() as (peer, _):
        for _ in range(FLOOD):
            peer.send('{"dance":{}}')
        _expect_close(peer, Close.TOO_FAST)
