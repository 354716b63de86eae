"""Journeys with a client that sends more than any server can take."""

from __future__ import annotations

import contextlib
import time

import pytest
from websockets.frames import Frame, Opcode

from tests.journeys.test_wire import SERVERS

WRONG = Frame(Opcode.TEXT, b'{"x":1}').serialize(mask=True)


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("greet", [True, False], ids=["greeted", "before hello"])
def test_a_flood_of_wrong_frames_is_cut_off_and_its_neighbour_is_served(town, kind, greet):
    server = town.serve(kind)
    neighbour = town.browse("bob", server)
    flooder = town.browse("alice", server, greet=greet)

    begun = time.monotonic()
    with contextlib.suppress(OSError):  # the server has closed before it was through
        flooder.socket.socket.sendall(WRONG * 50_000)
    neighbour.ask(page={})

    assert time.monotonic() - begun < 5
    errors = 0
    with contextlib.suppress(Exception):  # however the end reaches the client
        while "error" in flooder.receive_raw():
            errors += 1
    assert errors <= 125
    assert neighbour.ask(page={})["put"] == []
