"""Checks of the conversation: the first words, and how commands are answered."""

from __future__ import annotations

from realtime_notify.testing.conformance.checks.verdicts import (
    NotChecked,
    check,
    expect,
    expect_close,
    expect_error,
)
from realtime_notify.testing.conformance.peer import Server
from realtime_notify.wire.protocol import SUBPROTOCOL, Close, ErrorCode

NO_TICKET = "no ticket of anybody"


@check("A client may offer the subprotocol `rn.1`; the server then selects it.")
def subprotocol(server: Server) -> None:
    with server.connection() as peer:
        expect(peer.subprotocol == SUBPROTOCOL, "It selected another", peer.subprotocol)


@check("On a first visit the answer is a *reset*.")
def first_hello(server: Server) -> None:
    with server.greeted() as (_, answer):
        expect(answer.get("reset") is True, "The answer to hello is no reset", answer)
        wanted = {"rev", "unread", "unseen", "put", "next", "ping"}
        expect(wanted <= answer.keys(), f"It has not all of {sorted(wanted)}", answer)


@check("Every reset and every answer to `hello` and `sync` carries `inbox`.")
def inbox_of_answers(server: Server) -> None:
    with server.greeted() as (peer, answer):
        since = {"since": answer["rev"], "inbox": answer.get("inbox")}
        for frame in (answer, peer.ask(sync=since), peer.ask(sync={})):
            expect(isinstance(frame.get("inbox"), str), "There is no inbox", frame)


@check("Both sides must ignore unknown fields.")
def unknown_fields(server: Server) -> None:
    with server.connection() as peer:
        answer = peer.ask(hello={"colour": "blue"}, weather=["rain"])
        expect("rev" in answer, "An unknown field was not ignored", answer)


@check("`null` means the same as leaving the field out.")
def null_fields(server: Server) -> None:
    with server.connection() as peer:
        answer = peer.ask(hello={"since": None, "inbox": None})
        expect(answer.get("reset") is True, "null was not ignored", answer)


@check("Commands before `hello` get the error `not_ready`.")
def command_before_hello(server: Server) -> None:
    with server.connection() as peer:
        expect_error(peer.ask(sync={}), ErrorCode.NOT_READY, temporary=True)


@check("A client may say hello again, and stays who it is.")
def second_hello(server: Server) -> None:
    with server.greeted() as (peer, first):
        second = peer.ask(hello={})
        expect(second.get("inbox") == first["inbox"], "It became somebody else", second)


@check("A ticket opens one connection, so each connection needs another; a second one gets 4401.")
def ticket(server: Server) -> None:
    if not server.ticket:
        raise NotChecked("Pass --ticket with a new one.")
    with server.greeted() as (_, answer), server.connection({}) as peer:
        greeted = peer.ask(hello={"ticket": server.ticket})
        expect(greeted.get("inbox") == answer["inbox"], "The ticket opened nothing", greeted)
    with server.connection({}) as peer:
        peer.send({"id": 1, "hello": {"ticket": server.ticket}})
        expect_close(peer, Close.CREDENTIALS_EXPIRED)


@check("Whatever else would say who the client is, is not asked then.")
def unknown_ticket(server: Server) -> None:
    with server.connection() as peer:
        peer.send({"id": 1, "hello": {"ticket": NO_TICKET}})
        expect_close(peer, Close.CREDENTIALS_EXPIRED)


@check("Without an `id`, the answer has none either.")
def command_without_id(server: Server) -> None:
    with server.greeted() as (peer, _):
        peer.send({"page": {"limit": 1}})
        answer = peer.receive()
        expect("put" in answer, "The answer is no page", answer)
        expect("id" not in answer, "The answer has an id", answer)


@check("The server runs a connection's commands one after the other, and answers in that order.")
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
        expect(answered == ids, "They came in another order", answered)
