"""The auditor of pages finds each divergence that is planted in a page that agrees."""

from __future__ import annotations

import pytest

from chaos.auditor import Books
from chaos.pages import SCREENFUL, audit_pages


def row(number, **changes):
    return {"id": number, "message": f"says {number}", "read": False, "active": True, **changes}


def books(rows, unread):
    return Books(inboxes={"ann": {"unread": unread}}, rows={"ann": rows})


BOOKS = books([row(1), row(2, active=False), row(3, read=True), row(4)], unread=2)
ROWS = [
    {"id": 4, "read": False, "title": "says 4"},
    {"id": 3, "read": True, "title": "says 3"},
    {"id": 1, "read": False, "title": "says 1"},
]
PAGE = {"person": "ann", "connected": True, "badge": "2", "rows": ROWS}


def test_nothing_is_found_where_both_agree():
    assert audit_pages(BOOKS, [PAGE]) == []


def test_a_page_that_has_not_loaded_the_end_of_the_list_agrees():
    rows = [row(number, read=True) for number in range(2 * SCREENFUL)]
    shown = [{"id": row["id"], "read": True, "title": row["message"]} for row in rows[::-1]]
    page = {**PAGE, "badge": "", "rows": shown[:SCREENFUL]}

    assert audit_pages(books(rows, unread=0), [page]) == []
    (finding,) = audit_pages(books(rows, unread=0), [{**page, "rows": shown[: SCREENFUL - 1]}])
    assert f"shows {SCREENFUL - 1} rows, the database has {2 * SCREENFUL}" in finding


def test_the_badge_of_many_is_not_exact():
    assert audit_pages(books([], unread=100), [{**PAGE, "badge": "99+", "rows": []}]) == []


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ({"connected": False}, "is not connected"),
        ({"badge": "3"}, "has the badge '3', the database has 2 unread"),
        ({"badge": ""}, "has the badge ''"),
        ({"rows": ROWS[:2]}, "shows 2 rows, the database has 3"),
        ({"rows": [*ROWS, ROWS[0]]}, "shows 4 rows"),
        ({"rows": ROWS[::-1]}, "'id': 1"),
        ({"rows": [{**ROWS[0], "read": True}, *ROWS[1:]]}, "'read': True"),
        ({"rows": [{**ROWS[0], "title": "?"}, *ROWS[1:]]}, "'title': '?'"),
    ],
)
def test_a_page_that_differs_is_found(planted, says):
    (finding,) = audit_pages(BOOKS, [{**PAGE, **planted}])

    assert says in finding
