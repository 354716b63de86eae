"""The auditor finds each divergence that is planted in books that agree."""

from __future__ import annotations

import copy
import json

import pytest

from chaos.auditor import Books, Entry, Memory, audit, audit_closes, read_ledger


def row(number, **changes):
    """Return a row of ann: the notification that arrived at this revision."""
    return {
        "person": "ann",
        "id": number,
        "event": number,
        "seq": number,
        "rev": number,
        "occurrences": 1,
        "message": f"says {number}",
        "read": False,
        "active": True,
        **changes,
    }


def item(number, **changes):
    """Return the same as a screen has it."""
    shown = {key: value for key, value in row(number).items() if key not in ("person", "event")}
    del shown["active"]
    return {**shown, "seen": False, **changes}


@pytest.fixture
def books():
    """Three notifications that nobody has touched."""
    return Books(
        inboxes={"ann": {"rev": 3, "unread": 3, "unseen": 3, "seen": 0}},
        rows={"ann": [row(1), row(2), row(3)]},
        events={"says 1": 1, "says 2": 1, "says 3": 1},
        ledger={f"says {number}": Entry(["ann"], "done") for number in (1, 2, 3)},
    )


@pytest.fixture
def screen():
    """A screen of ann that shows them."""
    return {
        "person": "ann",
        "connected": True,
        "rev": 3,
        "unread": 3,
        "unseen": 3,
        "bottom": None,
        "items": [item(3), item(2), item(1)],
    }


def test_nothing_is_found_where_all_agree(books, screen):
    assert audit(books, [screen], ["ann"]) == []


def test_a_screen_need_not_show_what_is_below_its_bottom(books, screen):
    assert audit(books, [{**screen, "bottom": 2, "items": screen["items"][:2]}], ["ann"]) == []


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ({"connected": False}, "is not connected"),
        ({"rev": 2}, "has rev 2, the database has 3"),
        ({"unread": 4}, "has unread 4, the database has 3"),
        ({"unseen": 2}, "has unseen 2, the database has 3"),
        ({"items": [item(3), item(2)]}, "None instead of"),
        ({"items": [item(3), item(2), item(1), item(9)]}, "instead of None"),
        ({"items": [item(3, read=True), item(2), item(1)]}, "'read': True"),
        ({"items": [item(3, seen=True), item(2), item(1)]}, "'seen': True"),
        ({"items": [item(3, message="says 2"), item(2), item(1)]}, "says 2"),
        ({"items": [item(3, occurrences=2), item(2), item(1)]}, "'occurrences': 2"),
        ({"items": [item(2), item(3), item(1)]}, "another order"),
    ],
)
def test_a_screen_that_differs_is_found(books, screen, planted, says):
    (finding,) = audit(books, [{**screen, **planted}], ["ann"])

    assert says in finding


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ({"unread": 2}, "says 2 unread, its rows say 3"),
        ({"unseen": 4}, "says 4 unseen, its rows say 3"),
        ({"seen": 1}, "says 3 unseen, its rows say 2"),
        ({"rev": 2}, "a rev that is not from its seq to 2"),
        ({"rev": 4}, "nothing has [4]"),
    ],
)
def test_an_inbox_that_differs_from_its_rows_is_found(books, planted, says):
    books.inboxes["ann"].update(planted)

    assert says in " ".join(audit(books, [], ["ann"]))


def test_a_revision_that_brought_nothing_is_no_gap_where_somebody_acts(books):
    books.inboxes["ann"]["rev"] = 4

    assert audit(books, [], []) == []


def test_two_rows_at_one_place_are_found(books):
    books.rows["ann"][1] = row(2, seq=3, rev=3)

    assert "Two rows of ann have the same seq." in audit(books, [], [])


@pytest.mark.parametrize(
    ("message", "entry", "says"),
    [
        ("says 4", Entry(["ann"], "done"), "'says 4' (done) is stored 0 times"),
        ("says 3", Entry(["ann"], "rolled back"), "'says 3' (rolled back) is stored 1 times"),
        ("says 3", Entry(["ann", "bob"], "done"), "{'bob': 0}"),
        ("says 3", Entry([], "done"), "{'ann': 1}"),
        ("says 3", Entry(["ann", "bob"], "begun"), "{'bob': 0}"),
    ],
)
def test_an_entry_that_is_not_where_it_shall_be_is_found(books, message, entry, says):
    books.ledger[message] = entry

    (finding,) = audit(books, [], ["ann"])

    assert says in finding


@pytest.mark.parametrize("state", ["begun", "unknown"])
def test_nobody_knows_whether_an_unfinished_entry_was_stored(books, state):
    books.ledger["says 3"].state = state
    books.ledger["says 4"] = Entry(["ann"], state)

    assert audit(books, [], ["ann"]) == []


def test_a_notification_that_came_twice_is_found(books):
    books.rows["ann"][2]["occurrences"] = 2

    (finding,) = audit(books, [], ["ann"])

    assert "{'ann': 2}" in finding


def test_an_event_that_was_stored_twice_is_found(books):
    books.events["says 3"] = 2

    assert audit(books, [], ["ann"]) == ["'says 3' (done) is stored 2 times."]


def test_a_notification_of_nobody_is_found(books):
    del books.ledger["says 3"]

    assert audit(books, [], ["ann"]) == ["'says 3' is in no ledger."]


def test_a_revision_has_one_content_for_ever():
    memory = Memory()
    assert memory.compare([("ann", 3, 2, 2), ("ann", 3, 2, 2), ("bob", 3, 1, 1)]) == []

    (finding,) = memory.compare([("ann", 3, 1, 1)])

    assert "Revision 3 of ann had counters (2, 2), now [1, 1]" in finding


def test_a_close_that_nobody_deserved_is_found():
    assert audit_closes("ann", [1006, 4001]) == []
    assert audit_closes("ann", [4501]) == ["ann was closed with 4501: not signed in."]


def test_a_ledger_may_end_in_half_a_line(tmp_path):
    path = tmp_path / "ledger.jsonl"
    lines = [{"message": "one", "to": ["ann"]}, {"message": "one", "state": "done"}]
    path.write_text("\n".join(map(json.dumps, lines)) + '\n{"message": "tw')

    assert read_ledger(path) == {"one": Entry(["ann"], "done")}


def test_what_was_written_between_a_copy_and_its_restore_is_gone(tmp_path):
    path = tmp_path / "ledger.jsonl"

    def begin(message):
        return {"message": message, "to": ["ann"]}

    def end(message, state="done"):
        return {"message": message, "state": state}

    lines = [
        *(begin("before"), end("before")),
        begin("while it was copied"),
        *({"moment": "copying"}, {"moment": "copied"}),
        end("while it was copied"),
        *(begin("between"), end("between")),
        *(begin("rolled back"), end("rolled back", "rolled back")),
        *(begin("while it was restored"), begin("never ended")),
        *({"moment": "restoring"}, {"moment": "restored"}),
        end("while it was restored"),
        *(begin("after"), end("after")),
    ]
    path.write_text("\n".join(map(json.dumps, lines)))

    assert {message: entry.state for message, entry in read_ledger(path).items()} == {
        "before": "done",
        "while it was copied": "unknown",
        "between": "gone",
        "rolled back": "rolled back",
        "while it was restored": "unknown",
        "never ended": "unknown",
        "after": "done",
    }


def test_what_is_gone_may_not_be_stored(books):
    books.ledger["says 3"] = Entry(["ann"], "gone")

    assert audit(books, [], ["ann"]) == ["'says 3' (gone) is stored 1 times."]


def test_books_are_not_changed_by_an_audit(books, screen):
    before = copy.deepcopy(books)

    audit(books, [screen], ["ann"])

    assert books == before
