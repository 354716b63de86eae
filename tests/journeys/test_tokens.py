"""An app without cookies: its token over HTTP and on the socket, in several server processes."""

from __future__ import annotations

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import AccessToken
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.journeys.conftest import PATIENCE
from tests.site import Uvicorn

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
    "RN_SETTINGS": json.dumps(
        {"AUTHENTICATOR": "realtime_notify.credentials.rest_framework.RestFrameworkAuthenticator"}
    ),
}
LIFETIME = 4.0  # seconds, of the short-lived token


@pytest.fixture
def servers(lone_site):
    """A Daphne and a uvicorn on one database."""
    daphne = lone_site.start(**SETTINGS)
    uvicorn = Uvicorn({**lone_site.environment, **SETTINGS}, lone_site.directory / "uvicorn.log")
    lone_site.servers.append(uvicorn)
    uvicorn.start()
    return [daphne, uvicorn]


def bearer(user, seconds=60.0):
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=seconds))
    return {"Authorization": f"Bearer {token}"}


def ticket(server, headers):
    request = urllib.request.Request(
        f"{server.url}/notifications/api/ticket/",
        data=b"{}",
        headers={**headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)["ticket"]


def greeted(socket, **hello):
    """Say hello, and return the answer."""
    socket.send(json.dumps({"id": 1, "hello": hello}))
    return json.loads(socket.recv(timeout=PATIENCE))


def code_of(socket):
    """Wait until the server closes, and return the code."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=PATIENCE)
    return closed.value.rcvd.code


def test_a_socket_ends_with_its_token_and_a_fresh_one_opens_the_next(servers, alice):
    began = time.monotonic()
    for server in servers:
        with connect(server.ws_url, additional_headers=bearer(alice, LIFETIME)) as socket:
            assert greeted(socket)["reset"] is True

            assert code_of(socket) == 4401
        assert LIFETIME - 1 < time.monotonic() - began < LIFETIME + 4
        began = time.monotonic()

    with connect(servers[0].ws_url, additional_headers=bearer(alice)) as socket:
        assert greeted(socket)["rev"] == 0


def test_a_ticket_of_one_process_opens_one_socket_of_another(servers, lone_site, alice):
    daphne, uvicorn = servers
    given = ticket(daphne, bearer(alice))

    with connect(uvicorn.ws_url) as first, connect(daphne.ws_url) as second:
        assert greeted(first, ticket=given)["reset"] is True
        assert greeted(second, ticket=given)["bye"]["code"] == 4401

    assert given not in lone_site.log()


def test_a_ticket_that_two_processes_see_at_once_opens_one_socket(servers, alice):
    headers = bearer(alice)

    def opens(server, given):
        with connect(server.ws_url) as socket:
            return "rev" in greeted(socket, ticket=given)

    with ThreadPoolExecutor(2) as both:
        for _ in range(10):
            given = ticket(servers[0], headers)
            assert sorted(both.map(opens, servers, [given] * 2)) == [False, True]
