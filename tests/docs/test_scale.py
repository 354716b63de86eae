"""docs/scale.md: its tables and pictures are what the script makes of what was measured."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from benchmarks import returning
from benchmarks.scale import crowd, flow, limits, pictures, tables
from benchmarks.scale.__main__ import IMAGES, PAGE, page
from benchmarks.scale.checks import compared
from benchmarks.scale.town import Town
from realtime_notify.live import greeting
from tests.pages import ROOT


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Leave out what the admission logs of crowds that are only calculated."""
    logger = logging.getLogger("realtime_notify.wire.pace")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


def test_the_page_and_its_pictures_are_what_the_script_writes() -> None:
    text, found = PAGE.read_text(), tables.everything(Town())

    assert set(found) == set(re.findall(r"<!-- table: (\w+) -->", text))
    assert page(text, found) == text, "Run `make scale SAVE=1`."
    for name, picture in pictures.everything(Town()).items():
        assert (IMAGES / name).read_text() == picture, f"{name}: run `make scale SAVE=1`."


def test_what_is_calculated_for_this_machine_is_near_what_it_did() -> None:
    """Half to twice: the machine of the measurement was busy with other work."""
    errors = {check.what: check.error for check in compared()}

    assert {what for what, error in errors.items() if not -0.5 < error < 1.0} == set()


def test_browsers_on_paper_give_up_a_connection_as_the_client_does() -> None:
    text = (ROOT / "frontend/src/connection/socket.ts").read_text()
    milliseconds = round(1000 * returning.CONNECT_TIMEOUT)

    assert f"const CONNECT_TIMEOUT = {milliseconds:_};" in text


def test_what_is_known_from_elsewhere_is_what_stands_there() -> None:
    operations = (ROOT / "docs/operations.md").read_text()

    assert f"`DATABASE_THREADS` + {limits.OTHER_LANES}" in operations
    assert f"`--backlog {crowd.BACKLOG}`" in operations
    assert (crowd.GATHER_DELAY, flow.PERIOD) == (greeting.GATHER_DELAY, greeting.PERIOD)
