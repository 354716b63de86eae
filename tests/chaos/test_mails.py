"""The auditor of mails finds each divergence that is planted in a post that agrees."""

from __future__ import annotations

import json

import pytest

from chaos.auditor import Books, Entry
from chaos.mails import Dispatch, Mail, audit_mails, read_mails, repeats

HELLO, BYE = "writer 7.1 says 1", "writer 7.1 says 2"


@pytest.fixture
def books():
    """A letter to ann, who is quiet, and to bob; and a talk with ann."""
    return Books(
        events={HELLO: 1, BYE: 1},
        ledger={
            HELLO: Entry(["ann", "bob"], "done", mailed=True),
            BYE: Entry(["ann"], "done"),
        },
    )


@pytest.fixture
def mails():
    """The mails of that letter."""
    return [Mail("ann", "<1@x>", frozenset([HELLO])), Mail("bob", "<2@x>", frozenset([HELLO]))]


@pytest.fixture
def dispatches():
    """What the tables say of them."""
    return [Dispatch("ann", HELLO, "sent", ""), Dispatch("bob", HELLO, "sent", "")]


def test_a_post_that_agrees_has_no_findings(books, mails, dispatches):
    assert audit_mails(books, mails, dispatches, ["ann"]) == []


def test_a_letter_that_never_arrived_is_found(books, mails, dispatches):
    assert audit_mails(books, mails[:1], dispatches, ["ann"]) == [
        f"{HELLO!r} was never mailed to bob."
    ]


def test_what_the_reader_has_dealt_with_may_be_dropped(books, mails, dispatches):
    dispatches[1] = Dispatch("bob", HELLO, "dropped", "read")

    assert audit_mails(books, mails[:1], dispatches, ["ann"]) == []


def test_a_mail_may_leave_out_what_the_reader_has_dealt_with_and_tell_of_the_rest(
    books, mails, dispatches
):
    dispatches[1] = Dispatch.of("bob", HELLO, "sent", "", "seen")

    assert audit_mails(books, mails[:1], dispatches, ["ann"]) == []
    dispatches[0] = Dispatch.of("ann", HELLO, "sent", "", "seen")  # she does nothing
    assert audit_mails(books, mails[:1], dispatches, ["ann"]) == [
        f"{HELLO!r} to ann is dropped (seen)."
    ]


@pytest.mark.parametrize(
    ("person", "state", "reason"),
    [
        ("ann", "dropped", "read"),  # she does nothing
        ("bob", "dropped", "not reachable"),
        ("bob", "dead", "refused"),
        ("bob", "waiting", ""),
    ],
)
def test_what_is_dropped_or_given_up_without_a_reason_is_found(
    books, mails, dispatches, person, state, reason
):
    dispatches.append(Dispatch(person, HELLO, state, reason))

    (finding,) = audit_mails(books, mails, dispatches, ["ann"])

    assert finding == f"{HELLO!r} to {person} is {state} ({reason})."


def test_what_was_told_already_must_have_been_told(books, mails, dispatches):
    dispatches[1] = Dispatch("bob", HELLO, "dropped", "told already")

    assert audit_mails(books, mails, dispatches, ["ann"]) == []
    assert audit_mails(books, mails[:1], dispatches, ["ann"]) == [
        f"{HELLO!r} was never mailed to bob."
    ]


def test_a_mail_to_somebody_else_is_found(books, mails, dispatches):
    mails.append(Mail("eve", "<3@x>", frozenset([HELLO])))

    assert audit_mails(books, mails, dispatches, ["ann"]) == [
        f"{HELLO!r} was mailed to eve, who was not to get it."
    ]


def test_a_mail_of_what_is_for_the_inbox_alone_is_found(books, mails, dispatches):
    mails.append(Mail("ann", "<3@x>", frozenset([BYE])))

    assert audit_mails(books, mails, dispatches, ["ann"]) == [
        f"{BYE!r} was mailed to ann, who was not to get it."
    ]


def test_a_mail_of_what_was_rolled_back_is_found(books, mails, dispatches):
    del books.events[HELLO]
    books.ledger[HELLO].state = "rolled back"

    assert audit_mails(books, mails[:1], [], ["ann"]) == [
        f"{HELLO!r} (rolled back) is not stored, and mailed to ann."
    ]


def test_what_went_with_a_restored_database_may_have_been_mailed(books, mails):
    del books.events[HELLO]
    books.ledger[HELLO] = Entry(["ann", "bob"], "gone", mailed=True, was_restored=True)

    assert audit_mails(books, mails, [], ["ann"]) == []


def test_one_letter_in_two_mails_is_found(books, mails, dispatches):
    mails.append(Mail("ann", "<3@x>", frozenset([HELLO])))

    assert audit_mails(books, mails, dispatches, ["ann"]) == [
        f"{HELLO!r} was mailed to ann as ['<1@x>', '<3@x>']."
    ]


def test_a_mail_that_came_twice_is_counted_and_no_finding(books, mails, dispatches):
    mails.append(mails[0])

    assert audit_mails(books, mails, dispatches, ["ann"]) == []
    assert repeats(mails) == 1


def test_mails_are_read_as_the_server_has_written_them(tmp_path):
    path = tmp_path / "mails.jsonl"
    line = {"to": "ann@example.com", "id": "<1@x>", "text": "Hello,\nwriter 7.1 says\n1.\n"}
    path.write_text(json.dumps(line) + '\n{"to": "b')

    assert read_mails(path) == [Mail("ann", "<1@x>", frozenset([HELLO]))]
