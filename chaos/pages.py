"""The auditor of pages: does the bell show what the database has?

Written from docs/how-to/bell.md. It compares what can be seen, and knows nothing of the script.
"""

from __future__ import annotations

from collections.abc import Iterable

from chaos.auditor import Books, Row

LARGEST = 99
"""The badge shows "99+" for more."""
SCREENFUL = 8
"""Rows that a panel shows at least, if there are so many. It loads twenty, and more when their end
comes into view; those that are archived elsewhere leave it."""


def audit_pages(books: Books, pages: Iterable[Row]) -> list[str]:
    """Return where a badge or a row differs from the database."""
    return [finding for page in pages for finding in _audit_page(books, page)]


def _audit_page(books: Books, page: Row) -> list[str]:
    who = f"A page of {page['person']}"
    if not page["connected"]:
        return [f"{who} is not connected."]
    unread = books.inboxes.get(page["person"], {"unread": 0})["unread"]
    badge = "" if not unread else f"{LARGEST}+" if unread > LARGEST else str(unread)
    if page["badge"] != badge:
        return [f"{who} has the badge {page['badge']!r}, the database has {unread} unread."]
    active = [row for row in reversed(books.rows[page["person"]]) if row["active"]]
    if not min(SCREENFUL, len(active)) <= len(page["rows"]) <= len(active):
        return [f"{who} shows {len(page['rows'])} rows, the database has {len(active)}."]
    for shown, row in zip(page["rows"], active, strict=False):
        stored = {"id": row["id"], "read": row["read"], "title": row["message"]}
        if shown != stored:
            return [f"{who} shows {shown} instead of {stored}."]
    return []
