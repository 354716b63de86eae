"""The auditor of mails: does each letter arrive, and nothing else?

Written from docs/operations.md and docs/how-to/email.md. It reads what the mail server has taken,
the tables and the ledger.

What is promised: a message is a row until it was handed over, so nothing is lost. What its reader
has read, seen, archived or deleted before it left is dropped, and the row keeps the reason. Nothing
is sent twice, unless a worker dies, or the connection to the mail server or the database breaks,
between a mail and its mark. Then it is sent again, with the same Message-ID. Nothing is sent that
was rolled back, and nothing to others.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg

from chaos.auditor import Books

MESSAGE = re.compile(r"writer \S+ says \d+")
DISPATCHES = """
SELECT u.username, e.message, d.state, d.reason, i.reason
FROM realtime_notify_dispatchitem i
JOIN realtime_notify_dispatch d ON d.id = i.dispatch_id
JOIN realtime_notify_event e ON e.id = i.event_id
JOIN {users} u ON u.id = d.user_id
"""
BY_THE_READER = {"read", "seen", "archived", "deleted", "snoozed"}
"""Why something may be dropped: somebody has dealt with it."""
TOLD = "told already"
"""Why something is dropped of which another mail tells."""


@dataclass(frozen=True)
class Mail:
    """A mail that the server has taken.

    Attributes:
        to: the person.
        id: its Message-ID.
        messages: of which notifications it tells.
    """

    to: str
    id: str
    messages: frozenset[str]


@dataclass(frozen=True)
class Dispatch:
    """What the tables say about a notification by mail.

    Attributes:
        person: to whom.
        message: of which notification.
        state: "waiting", "sent", "dropped" or "dead".
        reason: why it was dropped.
    """

    person: str
    message: str
    state: str
    reason: str

    @classmethod
    def of(cls, person: str, message: str, state: str, reason: str, left_out: str) -> Self:
        """Read a row of the tables.

        Args:
            person: to whom the mail is.
            message: of which notification.
            state: that of the mail, which may tell of others as well.
            reason: why the mail was dropped.
            left_out: why it does not tell of this notification.
        """
        if state == "sent" and left_out:
            return cls(person, message, "dropped", left_out)
        return cls(person, message, state, left_out or reason)


def read_mails(path: Path) -> list[Mail]:
    """Read what the mail server has taken; its last line may be half a line."""
    mails = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            mail = json.loads(line)
        except ValueError:
            continue
        found = MESSAGE.findall(" ".join(mail["text"].split()))
        mails.append(Mail(mail["to"].partition("@")[0], mail["id"], frozenset(found)))
    return mails


def read_dispatches(url: str, users: str) -> list[Dispatch]:
    """Read what was to be sent, and what became of it."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        return [Dispatch.of(*row) for row in connection.execute(DISPATCHES.format(users=users))]


def audit_mails(
    books: Books, mails: Collection[Mail], dispatches: Collection[Dispatch], quiet: Collection[str]
) -> list[str]:
    """Return what does not agree.

    Args:
        books: database and ledger.
        mails: what the server has taken.
        dispatches: what the tables say.
        quiet: people who have done nothing: each letter to them arrives.
    """
    findings = [
        f"{each.message!r} to {each.person} is {each.state} ({each.reason})."
        for each in dispatches
        if each.state in {"waiting", "dead"}
        or (each.state == "dropped" and not _may_be_dropped(each, quiet))
    ]
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        if not mail.messages:
            findings.append(f"A mail to {mail.to} tells of nothing.")
        for message in mail.messages:
            ids[message, mail.to].add(mail.id)
    for (message, person), several in ids.items():
        entry = books.ledger.get(message)
        if entry is None or not entry.mailed or person not in entry.to:
            findings.append(f"{message!r} was mailed to {person}, who was not to get it.")
        elif not (books.events.get(message) or entry.was_restored):
            findings.append(f"{message!r} ({entry.state}) is not stored, and mailed to {person}.")
        elif len(several) > 1 and not entry.was_restored:
            findings.append(f"{message!r} was mailed to {person} as {sorted(several)}.")
    dropped = {
        (each.message, each.person)
        for each in dispatches
        if each.state == "dropped" and each.reason != TOLD
    }
    findings += [
        f"{message!r} was never mailed to {person}."
        for message, entry in books.ledger.items()
        if entry.mailed and books.events.get(message)
        for person in entry.to
        if (message, person) not in ids and (message, person) not in dropped
    ]
    return findings


def repeats(mails: Collection[Mail]) -> int:
    """Return how many mails the server had taken before."""
    return len(mails) - len({(mail.to, mail.id) for mail in mails})


def _may_be_dropped(dispatch: Dispatch, quiet: Collection[str]) -> bool:
    by_the_reader = dispatch.reason in BY_THE_READER and dispatch.person not in quiet
    return by_the_reader or dispatch.reason == TOLD
