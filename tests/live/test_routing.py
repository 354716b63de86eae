"""The path at which sockets are accepted."""

from __future__ import annotations

import json

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from realtime_notify.live.routing import websocket_application, websocket_urlpatterns

SIGN_IN, UNKNOWN_PATH = 4501, 4500


async def bye_code(application, path, **scope):
    """Return the code of the bye that an anonymous socket at a path receives to its hello."""
    socket = WebsocketCommunicator(application, path, headers=[(b"host", b"testserver")])
    socket.scope.update(scope)
    await socket.connect()
    await socket.send_to('{"id":1,"hello":{}}')
    code = json.loads(await socket.receive_from())["bye"]["code"]
    await socket.receive_output()
    await socket.wait()
    return code


async def test_a_socket_at_an_unknown_path_is_closed_with_a_reason(transactional_db):
    socket = WebsocketCommunicator(websocket_application(), "/ws/elsewhere/")
    accepted, _ = await socket.connect()

    assert accepted
    assert json.loads(await socket.receive_from())["bye"]["code"] == 4500
    assert (await socket.receive_output())["code"] == 4500
    await socket.wait()


async def test_sockets_are_accepted_at_the_path_of_the_setting(transactional_db, tune):
    tune(WEBSOCKET_PATH="/live/")

    assert await bye_code(websocket_application(), "/live/") == SIGN_IN
    assert await bye_code(websocket_application(), "/ws/notifications/") == UNKNOWN_PATH


async def test_a_site_below_a_path_accepts_sockets_below_it(transactional_db, settings):
    below = "/shop/ws/notifications/"

    assert await bye_code(websocket_application(), below) == UNKNOWN_PATH
    assert await bye_code(websocket_application(), below, root_path="/shop") == SIGN_IN
    settings.FORCE_SCRIPT_NAME = "/shop/"
    assert await bye_code(websocket_application(), below) == SIGN_IN


async def test_the_url_patterns_route_beside_those_of_a_project(transactional_db):
    application = URLRouter(websocket_urlpatterns)

    assert await bye_code(application, "/ws/notifications/") == SIGN_IN
    with pytest.raises(ValueError, match="No route found"):
        await bye_code(application, "/ws/elsewhere/")


async def test_a_site_without_a_socket_accepts_none(transactional_db, tune):
    tune(WEBSOCKET_PATH="")

    for path, root_path in (("/ws/notifications/", ""), ("/", ""), ("/shop", "/shop")):
        code = await bye_code(websocket_application(), path, root_path=root_path)
        assert code == UNKNOWN_PATH
