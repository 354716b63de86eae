"""The network between two parts: cut, slow, or passing one way only.

`which` chooses the wire, among those from clients to each server and from each part to each
service; where it matters, also the way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.town import Town
from tests.proxy import WAYS, Proxy, Way

DELAY = 0.15
"""Seconds each way, for each portion: a hello of six statements takes two."""
RATE = 50_000.0
"""Bytes a second."""


@contextlib.contextmanager
def cut(town: Town, which: int) -> Iterator[None]:
    """Forget the connections: both ends stay open, and new ones get no answer either."""
    wire = _wire(town, which)
    with _lost(wire, *WAYS):
        yield


@contextlib.contextmanager
def lose_one_way(town: Town, which: int) -> Iterator[None]:
    """Lose what is sent one way, over the connections that are open and over new ones."""
    wire = _wire(town, which)
    with _lost(wire, WAYS[which // len(town.wires) % 2]):
        yield


@contextlib.contextmanager
def slow(town: Town, which: int) -> Iterator[None]:
    """Pass everything on late and slowly."""
    lines = _wire(town, which).lines.values()
    for line in lines:
        line.delay, line.rate = DELAY, RATE
    yield
    for line in lines:
        line.delay, line.rate = 0.0, 0.0


@contextlib.contextmanager
def _lost(wire: Proxy, *ways: Way) -> Iterator[None]:
    for way in ways:
        wire.lines[way].lost = True
    wire.forget(*ways)
    yield
    for way in ways:
        wire.lines[way].lost = False


def _wire(town: Town, which: int) -> Proxy:
    wires = list(town.wires.values())
    return wires[which % len(wires)]
