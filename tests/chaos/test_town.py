"""A town where nothing breaks: what leaks in it is found, and what a page shows wrongly."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

from chaos import leaks
from chaos.auditor import read_books
from chaos.holdings import Holdings
from chaos.pages import audit_pages
from chaos.rehearsal import USERS
from chaos.town import Town

PATIENCE = 90.0
LEAKED = {*leaks.SERVER, "extra connections"} - {"MB of memory", "waiting hellos"}
"""What is left behind in the test; memory by its growth."""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A town of one server, which leaks when it is asked to, and one real browser."""
    directory = tmp_path_factory.mktemp("town")
    settings = "tests.chaos.leaking_settings"
    with Town(directory, 7, servers=("daphne",), settings=settings, browsers=1) as town:
        yield town


def wait_until(true):
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_whatever_a_server_leaves_behind_is_found(town):
    holdings, (server,) = Holdings(town), town.servers
    wait_until(lambda: not holdings.audit())

    with ExitStack() as stack:
        urllib.request.urlopen(f"{server.url}/leak/", timeout=30).close()
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        headers = {"Cookie": town.sign_in(town.people[0])}
        stranger = stack.enter_context(connect(server.ws_url, additional_headers=headers))
        stranger.send(json.dumps({"id": 1, "hello": {}}))
        stranger.recv()

        found = " ".join(holdings.audit())

    assert [name for name in LEAKED if f" {name}, " not in found] == []


def test_a_page_that_shows_what_the_database_has_not_is_found(town):
    def audit():
        books = read_books(town.database.url, town.ledger, USERS)
        return audit_pages(books, town.browsers.look())

    town.go()
    wait_until(lambda: town.browsers.look()[0]["rows"])
    town.rest()
    wait_until(lambda: audit() == [])

    town.query("UPDATE realtime_notify_event SET message = message || '!'")

    (finding,) = audit()
    assert finding.startswith("A page of person-00 shows {'id':")
    assert town.browsers.failures() == []
