"""Servers that are started once for all the tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.peer import Peer
from tests.conformance.servers import RAW, SERVERS, Server


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str], Server]]:
    """Give the server of a name, which is started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        started: dict[str, Server] = {}

        def get(name: str) -> Server:
            if name not in started:
                started[name] = stack.enter_context(SERVERS[name]())
            return started[name]

        yield get


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, running: Callable[[str], Server]) -> Server:
    """Each server in turn."""
    return running(request.param)


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., Peer]]:
    """Open connections to the server: connect("/count")."""
    with connecting(server) as connect:
        yield connect


@pytest.fixture(params=RAW)
def raw_server(request: pytest.FixtureRequest, running: Callable[[str], Server]) -> Server:
    """Each server that has a raw writer, in turn."""
    return running(request.param)


@pytest.fixture
def connect_raw(raw_server: Server) -> Iterator[Callable[..., Peer]]:
    """Open connections to a server that has a raw writer."""
    with connecting(raw_server) as connect:
        yield connect


@contextlib.contextmanager
def connecting(server: Server) -> Iterator[Callable[..., Peer]]:
    """Close all connections in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(Peer(server.port, *args, **kwargs))
