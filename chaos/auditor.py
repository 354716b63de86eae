"""The auditor: do the screens, the database and the ledger agree?

Written from docs/protocol.md, docs/operations.md and the promises of README.md. It reads the
tables, the ledger and plain data about the screens, and shares no code with whatever made them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

INBOXES = """
SELECT username AS person, rev, unread, unseen, seen
FROM realtime_notify_inbox JOIN {users} ON id = user_id
"""
ROWS = """
SELECT username AS person, n.id, n.event_id AS event, n.seq, n.rev, n.occurrences, e.message,
       n.read_at IS NOT NULL AS read,
       n.archived_at IS NULL AND n.deleted_at IS NULL AND n.snoozed_until IS NULL AS active
FROM realtime_notify_notification n
JOIN realtime_notify_event e ON e.id = n.event_id
JOIN {users} u ON u.id = n.user_id
"""
UNDESERVED = {4500: "not the protocol", 4501: "not signed in", 4503: "wrong origin"}
UNDESERVED |= {4008: "no hello", 4009: "too many connections", 4029: "too many frames"}
UNDESERVED |= {4401: "credentials not accepted"}
"""Codes by which nobody here may be closed: they did nothing that deserves it."""

Row = dict[str, Any]


@dataclass
class Entry:
    """What the ledger says about a notification.

    Attributes:
        state: "begun", "done", "rolled back", "unknown"; or "gone", when the database went back to
            a moment before it.
        mailed: whether it is a letter.
        was_restored: whether it was written before the database went back.
    """

    to: list[str]
    state: str = "begun"
    mailed: bool = False
    was_restored: bool = False


@dataclass
class Books:
    """Everything that an audit compares.

    Attributes:
        inboxes: by person.
        rows: by person, oldest first.
        events: how many there are of each message.
        ledger: by message.
    """

    inboxes: dict[str, Row] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    events: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ledger: dict[str, Entry] = field(default_factory=dict)


def read_ledger(path: Path) -> dict[str, Entry]:
    """Read the ledger, whose last line may be half a line of a writer that was killed.

    Between its lines stand the moments of a copy of the database: "copying" and "copied", and
    "restoring" and "restored" when the database goes back to it.
    """
    entries: dict[str, Entry] = {}
    begun: dict[str, int] = {}
    ended: dict[str, int] = {}
    moments: dict[str, int] = {}
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else ()):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if moment := entry.get("moment"):
            moments[moment] = number
            if moment == "restored":
                for message, each in entries.items():
                    _go_back(each, begun[message], ended.get(message), moments)
        elif "to" in entry:
            message = entry["message"]
            entries[message] = Entry(entry["to"], mailed=entry.get("mailed", False))
            begun[message] = number
        elif not (known := entries[entry["message"]]).was_restored:
            known.state = entry["state"]
            ended[entry["message"]] = number
        elif entry["state"] == "rolled back":
            known.state = "rolled back"
    return entries


def _go_back(entry: Entry, begun: int, ended: int | None, moments: dict[str, int]) -> None:
    """Have an entry say what is left of it in a database that went back to a copy."""
    entry.was_restored = True
    if entry.state in {"rolled back", "gone"}:
        return
    if ended is not None and begun > moments["copied"] and ended < moments["restoring"]:
        entry.state = "gone"
    elif ended is None or ended > moments["copying"]:
        entry.state = "unknown"


def read_books(url: str, ledger: Path, users: str) -> Books:
    """Read the database, at one moment, and the ledger."""
    books = Books(ledger=read_ledger(ledger))
    with psycopg.connect(url, connect_timeout=5, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        books.inboxes = {
            row["person"]: row for row in connection.execute(INBOXES.format(users=users))
        }
        for row in connection.execute(ROWS.format(users=users) + " ORDER BY n.seq"):
            books.rows[row["person"]].append(row)
        for row in connection.execute("SELECT message FROM realtime_notify_event"):
            books.events[row["message"]] += 1
    return books


def audit(books: Books, screens: Iterable[Row], quiet: Iterable[str]) -> list[str]:
    """Return what does not agree.

    Args:
        books: database and ledger.
        screens: what each shows.
        quiet: people who have done nothing: notifications alone have changed their inboxes.
    """
    findings = []
    for screen in screens:
        findings += audit_screen(books, screen)
    for person in books.inboxes:
        findings += audit_inbox(books, person, is_quiet=person in set(quiet))
    return findings + audit_ledger(books)


def audit_screen(books: Books, screen: Row) -> list[str]:
    """Compare a screen with the database: at its rev they are the same."""
    who = f"A screen of {screen['person']}"
    if not screen["connected"]:
        return [f"{who} is not connected."]
    inbox = books.inboxes.get(screen["person"]) or {"rev": 0, "unread": 0, "unseen": 0, "seen": 0}
    findings = [
        f"{who} has {name} {screen[name]}, the database has {inbox[name]}."
        for name in ("rev", "unread", "unseen")
        if screen[name] != inbox[name]
    ]
    if findings:
        return findings
    expected = [
        {
            **{name: row[name] for name in ("id", "rev", "seq", "read", "occurrences", "message")},
            "seen": row["seq"] <= inbox["seen"],
        }
        for row in reversed(books.rows[screen["person"]])
        if row["active"] and row["seq"] >= (screen["bottom"] or 0)
    ]
    if [_comparable(item) for item in screen["items"]] == [_comparable(row) for row in expected]:
        return []
    shown = {item["id"]: item for item in screen["items"]}
    stored = {row["id"]: row for row in expected}
    different = [
        f"{shown.get(id)} instead of {stored.get(id)}"
        for id in sorted(shown.keys() | stored.keys())
        if _comparable(shown.get(id)) != _comparable(stored.get(id))
    ]
    return [f"{who} shows at rev {inbox['rev']}: {'; '.join(different[:3]) or 'another order'}."]


def audit_inbox(books: Books, person: str, *, is_quiet: bool) -> list[str]:
    """Compare an inbox with its rows: counters are exact, and revisions have no gap."""
    inbox, rows = books.inboxes[person], books.rows[person]
    unread = [row for row in rows if row["active"] and not row["read"]]
    unseen = [row for row in unread if row["seq"] > inbox["seen"]]
    findings = [
        f"The inbox of {person} says {inbox[name]} {name}, its rows say {len(counted)}."
        for name, counted in (("unread", unread), ("unseen", unseen))
        if inbox[name] != len(counted)
    ]
    places = [row["seq"] for row in rows]
    if len(set(places)) < len(places):
        findings.append(f"Two rows of {person} have the same seq.")
    if any(not row["seq"] <= row["rev"] <= inbox["rev"] for row in rows):
        findings.append(f"A row of {person} has a rev that is not from its seq to {inbox['rev']}.")
    if is_quiet and places != list(range(1, inbox["rev"] + 1)):
        missing = sorted(set(range(1, inbox["rev"] + 1)) - set(places))
        findings.append(
            f"The inbox of {person} is at {inbox['rev']}, but nothing has {missing[:5]}."
        )
    return findings


def audit_ledger(books: Books) -> list[str]:
    """Compare the ledger with the rows: each entry is in the right inboxes exactly once."""
    holders: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for person, rows in books.rows.items():
        for row in rows:
            holders[row["message"]][person] += row["occurrences"]
    findings = [
        f"{message!r} is in no ledger." for message in books.events if message not in books.ledger
    ]
    for message, entry in books.ledger.items():
        copies = books.events.get(message, 0)
        allowed = {"done": {1}, "rolled back": {0}, "gone": {0}}.get(entry.state, {0, 1})
        if copies not in allowed:
            findings.append(f"{message!r} ({entry.state}) is stored {copies} times.")
            continue
        expected = dict.fromkeys(entry.to, 1) if copies else {}
        if holders[message] != expected:
            wrong = {
                person: holders[message].get(person, 0)
                for person in sorted(expected.keys() | holders[message].keys())
                if holders[message].get(person, 0) != expected.get(person, 0)
            }
            findings.append(f"{message!r} ({entry.state}) is in the wrong inboxes: {wrong}.")
    return findings


class Memory:
    """What has been seen of each revision, by anybody, ever."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, int], tuple[int, int]] = {}

    def forget(self) -> None:
        """Forget all, when revisions may legitimately be given a second time."""
        self._counters.clear()

    def compare(self, states: Iterable[tuple[str, int, int, int]]) -> list[str]:
        """Take (inbox, rev, unread, unseen) of frames: a revision has one content."""
        findings = []
        for inbox, rev, *counters in states:
            known = self._counters.setdefault((inbox, rev), (counters[0], counters[1]))
            if known != tuple(counters):
                findings.append(f"Revision {rev} of {inbox} had counters {known}, now {counters}.")
        return findings


def audit_closes(person: str, codes: Iterable[int]) -> list[str]:
    """Return why somebody was closed who did nothing that deserves it."""
    return [
        f"{person} was closed with {code}: {UNDESERVED[code]}."
        for code in codes
        if code in UNDESERVED
    ]


def _comparable(item: Row | None) -> Any:
    """Leave out what the protocol lets a client not know: `seen` does not move an item's rev."""
    return item and {name: value for name, value in item.items() if name != "rev"}
