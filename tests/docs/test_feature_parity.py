"""What the older systems can do, held against the page that says what shows it here."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.pages import PAGES, ROOT

PAGE = "docs/feature-parity.md"
LATER, NOT_YET, NONE = "e-mail: later", "not yet", "-"

_WANTED = {
    # To be kept, to be kept without its defect, and what has no mark because it is a setting.
    "NYT": "01 02 03 04 05 06 07 08 09 10 11 12 20 21 22 23 24 25 26 27 28 29 30 "
    "40 41 42 50 60 61 62 63 64 65 66 67 70 71 80 81 82",
    "HQ": "01 02 03 04 05 06 10 11 12 13 20 21 22 23 24 30 31 32 33 34 40 50 51 52 53 54 60 61 "
    "62 63",
    "TID": "01 02 03 04 05 06 07 08 09 10 11 20 21 22 23 24 25 26 30 31 32 33 34 35 36 37",
    "EE": "01 10 11 12 13 20 21 22 23 24 30 31 32 33 34 35 40 41 42 43 44 45 46",
    "OE": "01 02 03 04 05 06 07 08 09 11",
}
WANTED = [f"{system}-{number}" for system, numbers in _WANTED.items() for number in numbers.split()]
OPTIONAL = ["NYT-43", "NYT-72", "HQ-14", "TID-27", "EE-25", "OE-10"]

ROWS = {
    cells[0]: cells[1:]
    for line in PAGES[PAGE].splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split(" | ")])
    and re.fullmatch(r"[A-Z]+-\d\d", cells[0])
}
NAMED = [
    (row, name)
    for row, cells in ROWS.items()
    for name in re.findall(r"`([\w/.]+::[^`]+)`", cells[-1])
]


@cache
def functions_of(path: str) -> tuple[str, set[str]]:
    """Return the text of a file of tests, and the names of its functions."""
    text = (ROOT / "tests" / path).read_text()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return text, {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, functions)}


def test_the_rows_are_exactly_the_wanted_and_the_optional_ones() -> None:
    assert sorted(ROWS) == sorted([*WANTED, *OPTIONAL])


@pytest.mark.parametrize(("row", "name"), NAMED)
def test_every_test_that_is_named_exists(row: str, name: str) -> None:
    path, _, function = name.partition("::")
    function, _, case = function.removesuffix("]").partition("[")

    text, functions = functions_of(path)

    assert function in functions, row
    assert case.replace("-", "_") in text, row


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_a_test_or_says_why_not(row: str) -> None:
    what, ours, shown = ROWS[row]

    assert what
    assert ours
    assert "::" in shown or shown in (LATER, NOT_YET) or (shown == NONE and row in OPTIONAL)


def test_the_page_states_how_many_rows_are_shown_by_a_test() -> None:
    shown = {row: ROWS[row][-1] for row in WANTED}
    open_rows = {
        state: [row for row, cell in shown.items() if cell == state] for state in (LATER, NOT_YET)
    }
    proved = len(shown) - sum(map(len, open_rows.values()))

    print(f"\n{proved} of {len(shown)} rows are shown by a test.")
    for state, rows in open_rows.items():
        print(f"{state}: {len(rows)} ({', '.join(rows) or 'none'})")
    counts = re.search(r"(\d+) of (\d+) rows are shown by a test", PAGES[PAGE])
    assert counts
    assert (int(counts[1]), int(counts[2])) == (proved, len(shown))
