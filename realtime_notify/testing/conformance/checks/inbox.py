"""Checks of the inbox: what it answers, and that every connection comes to show the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from realtime_notify.testing.conformance.checks.verdicts import (
    NotChecked,
    check,
    expect,
    expect_error,
    require_patience,
)
from realtime_notify.testing.conformance.checks.watching import item_of, toggle, watched
from realtime_notify.testing.conformance.peer import Server
from realtime_notify.testing.session import Frame
from realtime_notify.wire.protocol import MAX_INTEGER, ErrorCode

FAR = 1000  # revs that nobody changes meanwhile
MOST = 100  # items of a page
NO_INBOX = "no inbox of anybody"
PAGES = 500  # of two items each
SNOOZED = 2.0  # seconds


@check("If it is not that of the user, the answer is a reset.")
def sync_of_another_inbox(server: Server) -> None:
    with server.greeted() as (peer, answer):
        synced = peer.ask(sync={"since": answer["rev"], "inbox": NO_INBOX})
        expect(synced.get("reset") is True, "The answer is no reset", synced)


@check("if `since` is above the inbox's `rev`")
def sync_from_the_future(server: Server) -> None:
    with server.greeted() as (peer, answer):
        since = {"since": answer["rev"] + FAR, "inbox": answer["inbox"]}
        synced = peer.ask(sync=since)
        expect(synced.get("reset") is True, "The answer is no reset", synced)


@check("fifty changes of one notification are one item")
def sync_of_what_changed(server: Server) -> None:
    with server.greeted() as (peer, answer):
        item, since = item_of(answer), answer["rev"]
        for _ in range(4):
            toggle(peer, item)
        synced = peer.ask(sync={"since": since, "inbox": answer["inbox"]})
        told = [(one["id"], one["read"]) for one in synced["put"]]
        expect(told == [(item["id"], item["read"])], "It is not the one item as it is now", synced)
        expect(synced.get("from") == since, "from is not since", synced)


@check("If it is not that of the user, the command does nothing and gets the error `other_inbox`.")
def command_for_another_inbox(server: Server) -> None:
    with server.greeted() as (peer, answer):
        marked = peer.ask(seen={"upto": answer["rev"], "inbox": NO_INBOX})
        expect_error(marked, ErrorCode.OTHER_INBOX)


@check("A command that changes nothing leaves `rev` as it is.")
def command_that_changes_nothing(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(read={"upto": 0})
        expect(answer.get("from") == answer.get("rev"), "from is not rev", answer)


@check("Ids that belong to somebody else or do not exist are ignored silently")
def ids_of_nobody(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(read={"ids": [MAX_INTEGER]})
        expect("unread" in answer and "read" not in answer, "They were not ignored", answer)


@check("The rule guarantees: at the database's `rev`, the items are the active notifications")
def marks_reach_every_connection(server: Server) -> None:
    with watched(server) as (peer, watcher, item):
        for _ in range(2):
            answer = toggle(peer, item)
            watcher.follow(answer)
            read = watcher.store.items[item["id"]]["read"]
            expect(read is item["read"], "The item was not marked", answer)


@check('`seen` | state | the seen mark is now `{"upto": N}`')
def seen(server: Server) -> None:
    with watched(server) as (peer, watcher, _):
        answer = peer.ask(seen={"upto": watcher.store.rev})
        expect(answer.get("unseen") == 0, "Something is left unseen", answer)
        watcher.follow(answer)
        unseen = [one["id"] for one in watcher.store.list() if not one["seen"]]
        expect(not unseen, "Items are left unseen", unseen)


@check("`archived` true: the archive instead of the list.")
def archive_and_back(server: Server) -> None:
    with watched(server) as (peer, watcher, item):
        id = item["id"]
        answer = peer.ask(archive={"ids": [id]})
        expect(answer.get("archive") == {"ids": [id]}, "The answer is not the change", answer)
        watcher.follow(answer)
        expect(id not in watcher.store.items, "The item is still in the list", answer)
        archive = peer.ask(page={"archived": True, "limit": MOST})
        expect(id in _ids(archive), "The item is not in the archive", archive)
        back = peer.ask(unarchive={"ids": [id]})
        watcher.follow(back)
        expect(_ids(back) == [id], "The answer does not put the item", back)


@check("When it comes, the item arrives again: it is `put` with a new `seq`.")
def snooze_and_back(server: Server) -> None:
    require_patience(server, SNOOZED, "Snoozing")
    with watched(server) as (peer, watcher, item):
        until = (datetime.now(UTC) + timedelta(seconds=SNOOZED)).isoformat()
        answer = peer.ask(snooze={"ids": [item["id"]], "until": until})
        expect(answer.get("snooze") == {"ids": [item["id"]]}, "It is not the change", answer)
        watcher.follow(answer)
        expect(item["id"] not in watcher.store.items, "The item is still in the list", answer)
        frame = watcher.take(SNOOZED + server.slow_patience + server.patience)
        while "put" not in frame:
            frame = watcher.take(SNOOZED + server.slow_patience + server.patience)
        again = [(one["id"], one["seq"]) for one in frame["put"]]
        expect(again == [(item["id"], frame["rev"])], "It did not arrive anew", frame)
        watcher.follow(frame)


@check("| `delete` | `ids` or `upto` | the change |")
def deletion(server: Server) -> None:
    if not server.may_delete:
        raise NotChecked("It would delete a notification. Pass --delete if it may.")
    with watched(server) as (peer, watcher, item):
        answer = peer.ask(delete={"ids": [item["id"]]})
        expect(answer.get("delete") == {"ids": [item["id"]]}, "It is not the change", answer)
        watcher.follow(answer)
        expect(item["id"] not in watcher.store.items, "The item is still in the list", answer)
        archive = peer.ask(page={"archived": True, "limit": MOST})
        expect(item["id"] not in _ids(archive), "The item went to the archive", archive)


@check("New and repeated notifications are `put`.")
def arrivals(server: Server) -> None:
    if not server.send:
        raise NotChecked("Pass --send with a command that notifies the account.")
    for send in server.send:
        with watched(server) as (_, watcher, _):
            known = watcher.store.rev or 0
            send()
            while not (frame := watcher.take(server.patience)).get("put"):
                pass
            newest = frame["put"][-1]
            expect(newest["seq"] > known, "It did not arrive at the top", frame)
            expect(not newest["read"] and not newest["seen"], "It is not new", newest)
            watcher.follow(frame)


@check("`subscribe` subscribes the user to every event of a type")
def subscription(server: Server) -> None:
    if not server.key:
        raise NotChecked("Pass --key with a type that users may subscribe to.")
    with server.greeted() as (peer, _):
        for command, subscribed in (("subscribe", True), ("unsubscribe", False)):
            answer = peer.ask(**{command: {"key": server.key}})
            expect(answer.get("subscribed") is subscribed, f"{command} did nothing", answer)
            expect(answer.get("from") == answer.get("rev"), "from is not rev", answer)


@check(
    "The error is the same whether the server does not offer it to this user or it does not exist"
)
def subscription_to_nothing(server: Server) -> None:
    with server.greeted() as (peer, _):
        expect_error(peer.ask(subscribe={"key": "no/such-type"}), ErrorCode.NOT_ALLOWED)


@check("A [page](#pages) has `rev` and `put`, and no counters.")
def page(server: Server) -> None:
    with server.greeted() as (peer, _):
        answer = peer.ask(page={"limit": 1})
        expect({"rev", "put", "next"} <= answer.keys(), "It is no page", answer)
        expect("unread" not in answer, "It has counters", answer)
        expect(len(answer["put"]) <= 1, "It has more items than limit", answer)


@check("`before` is the `next` of the previous page.")
def pages_to_the_end(server: Server) -> None:
    with server.greeted() as (peer, answer):
        listed: list[tuple[int, int]] = []
        cursor = None
        for _ in range(PAGES):
            asked: dict[str, Any] = {"limit": 2} | ({"before": cursor} if cursor else {})
            answer_page = peer.ask(page=asked)
            listed += [(one["seq"], one["id"]) for one in answer_page["put"]]
            cursor = answer_page["next"]
            if cursor is None:
                break
        first = [(one["seq"], one["id"]) for one in answer["put"]]
        seqs = [seq for seq, _ in listed]
        falling = all(seq > below for seq, below in pairwise(seqs))
        expect(falling, "They are not newest first, or come twice", seqs)
        expect(listed[: len(first)] == first, "They are not those of hello", listed)
        expect(cursor or answer["next"] or listed == first, "There are more than of hello", listed)


@check("`unread` true: only unread items.")
def pages_of_unread(server: Server) -> None:
    with server.greeted() as (peer, answer):
        item = item_of(answer)
        for _ in range(2):
            toggle(peer, item)
            unread = peer.ask(page={"unread": True, "limit": MOST})
            is_there = item["id"] in _ids(unread)
            expect(is_there is not item["read"], "The item is wrong there, or is missing", unread)


def _ids(frame: Frame) -> list[int]:
    return [one["id"] for one in frame.get("put", ())]
