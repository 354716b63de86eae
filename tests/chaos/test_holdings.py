"""What processes hold: little where nobody leaks, and seen where somebody does."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

from chaos import leaks
from chaos.holdings import Holdings
from chaos.leaks import Holding
from chaos.town import Town

PATIENCE = 60.0
LEAKED = {*leaks.SERVER, "extra connections"} - {"MB of memory", "waiting hellos"}
"""What is left behind in the test; memory by its growth."""


def test_what_exceeds_its_bound_is_found():
    holding = Holding("server 0", {"threads": 9, "tasks": 2}, {"threads": 8, "tasks": 2})

    assert leaks.audit([holding]) == ["server 0 has 9 threads, 8 is its bound."]


def test_the_documentation_names_the_bounds():
    page = (Path(__file__).parents[2] / "docs/reliability.md").read_text()
    columns = (leaks.SERVER, leaks.JOB, leaks.TOWN)

    for name in {name for bounds in columns for name in bounds}:
        cells = " | ".join(f"{bounds[name]:g}" if name in bounds else "" for bounds in columns)
        assert f"| {name} | {cells} |" in page


def wait_until(true):
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_whatever_a_server_leaves_behind_is_found(tmp_path):
    settings = "tests.chaos.leaking_settings"
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path, 7, servers=("daphne",), settings=settings))
        holdings, (server,) = Holdings(town), town.servers
        wait_until(lambda: not holdings.audit())

        urllib.request.urlopen(f"{server.url}/leak/", timeout=30).close()
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        headers = {"Cookie": town.sign_in(town.people[0])}
        stranger = stack.enter_context(connect(server.ws_url, additional_headers=headers))
        stranger.send(json.dumps({"id": 1, "hello": {}}))
        stranger.recv()

        found = " ".join(holdings.audit())
    assert [name for name in LEAKED if f" {name}, " not in found] == []
