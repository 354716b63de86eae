"""docs/architecture.md, held against the code it describes."""

from __future__ import annotations

import tomllib

import pytest

from tests.pages import ROOT, section, table, words

PAGE = "docs/architecture.md"
FIRST = {
    words(path)[0]: sentence
    for path, sentence in table(section(PAGE, "## Read these eight files first"))
}
MOST_LINES = 1600


def test_the_floors_are_those_of_the_import_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {one["id"]: one for one in project["tool"]["importlinter"]["contracts"]}
    rows = table(section(PAGE, "## Rooms and floors"))

    floors = [words(packages)[0].replace(r"\|", "|") for _, packages, _ in rows]

    assert floors == contracts["floors"]["layers"]
    assert [int(number) for number, _, _ in rows] == list(range(len(rows), 0, -1))
    assert all(purpose for _, _, purpose in rows)


def test_the_files_to_read_first_are_eight_and_short() -> None:
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in FIRST}

    assert len(lines) == 8
    assert sum(lines.values()) <= MOST_LINES, lines


@pytest.mark.parametrize("path", FIRST)
def test_a_file_to_read_first_has_one_sentence(path: str) -> None:
    assert FIRST[path].endswith(".")
    assert ". " not in FIRST[path]
