"""Servers that speak the lifespan protocol: real ones, from their start to their end."""

from __future__ import annotations

import json
import signal
import sys

import pytest
from channels.testing import ApplicationCommunicator
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from realtime_notify.live.routing import lifespan_application
from tests.site import Server, running_site

PATIENCE = 10.0


class Uvicorn(Server):
    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--lifespan", "on", "asgi:application"),
        ]


class Hypercorn(Server):
    def command(self) -> list[str]:
        bind = f"127.0.0.1:{self.port}"
        return [sys.executable, "-m", "hypercorn", "--bind", bind, "asgi:application"]


class Granian(Server):
    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"),
            *("--port", str(self.port), "asgi:application"),
        ]


@pytest.fixture
def site(transactional_db, tmp_path):
    with running_site(tmp_path) as site:
        yield site


def started(site, kind):
    server = kind(site.environment, site.directory / "server.log")
    site.servers.append(server)
    server.start()
    return server


@pytest.mark.parametrize("kind", [Uvicorn, Hypercorn, Granian])
def test_a_server_starts_and_stops_without_a_complaint_about_the_lifespan(site, kind):
    server = started(site, kind)
    site.login("alice", server)

    server.stop()

    log = site.log()
    for complaint in ("unsupported", "without Lifespan", "errored", "Traceback"):
        assert complaint not in log, log


# From Python 3.12.1 on, Hypercorn waits for its sockets before it tells the application to stop.
SAYING_BYE = [Uvicorn, Hypercorn] if sys.version_info < (3, 12, 1) else [Uvicorn]


@pytest.mark.parametrize("kind", SAYING_BYE)
def test_a_server_that_stops_says_bye_once(site, kind):
    server = started(site, kind)
    cookie = {"Cookie": site.login("alice", server)}
    with connect(server.ws_url, additional_headers=cookie, subprotocols=["rn.1"]) as socket:
        socket.send('{"id":1,"hello":{}}')
        assert json.loads(socket.recv(timeout=PATIENCE))["reset"] is True

        server.process.send_signal(signal.SIGTERM)

        frames = []
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                frames.append(json.loads(socket.recv(timeout=PATIENCE)))
    assert frames == [{"bye": {"code": 4001, "reason": "draining", "retry": [0.5, 8.0]}}]
    assert closed.value.rcvd.code == 4001
    server.process.wait(PATIENCE)


async def test_the_shutdown_is_complete_when_the_browsers_have_gone(browse, alice):
    browser = await browse(alice)
    server = ApplicationCommunicator(lifespan_application(), {"type": "lifespan"})
    await server.send_input({"type": "lifespan.startup"})
    assert await server.receive_output() == {"type": "lifespan.startup.complete"}

    await server.send_input({"type": "lifespan.shutdown"})

    assert await server.receive_nothing()
    assert await browser.closed() == 4001
    assert await server.receive_output() == {"type": "lifespan.shutdown.complete"}


async def test_a_process_without_browsers_shuts_down_at_once(transactional_db):
    server = ApplicationCommunicator(lifespan_application(), {"type": "lifespan"})

    await server.send_input({"type": "lifespan.shutdown"})

    assert await server.receive_output() == {"type": "lifespan.shutdown.complete"}
