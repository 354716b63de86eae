"""Clients that vanish, stop reading, sleep, flood, and switch accounts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.clients import Client
from chaos.town import Town


@contextlib.contextmanager
def vanish(town: Town, which: int) -> Iterator[None]:
    """Drop a client's connection without a word."""
    town.crowd.call(_client(town, which).vanish)
    yield


@contextlib.contextmanager
def stop_reading(town: Town, which: int) -> Iterator[None]:
    """Have a client read nothing, its connection open."""
    client = _client(town, which)
    town.crowd.call(client.reading.clear)
    yield
    town.crowd.call(client.reading.set)


@contextlib.contextmanager
def sleep(town: Town, which: int) -> Iterator[None]:
    """Have a client do nothing at all, as a laptop that is closed and opened again."""
    client = _client(town, which)
    town.crowd.call(client.awake.clear)
    yield
    town.crowd.call(client.awake.set)


@contextlib.contextmanager
def flood(town: Town, which: int) -> Iterator[None]:
    """Have a client send many more frames than are allowed."""
    town.crowd.run(_client(town, which).flood())
    yield


@contextlib.contextmanager
def switch_account(town: Town, which: int) -> Iterator[None]:
    """Have somebody else sign in at a client, and its owner come back.

    A person who was left without any client would take no broadcast in, and none is promised.
    """
    client = _client(town, which)
    owner = client.person
    town.crowd.sign_in(client, town.crowd.somebody_else(client, which))
    yield
    town.crowd.sign_in(client, owner)


def _client(town: Town, which: int) -> Client:
    return town.crowd.clients[which % len(town.crowd.clients)]
