from __future__ import annotations

import json

import pytest
from channels.testing import WebsocketCommunicator

from realtime_notify.live import origin
from realtime_notify.live.routing import websocket_application
from realtime_notify.wire.protocol import Close


def scope(**headers):
    return {
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ]
    }


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    ("host", "asks"),
    [
        ("example.com", "https://example.com"),
        ("example.com", "http://example.com"),
        ("example.com:443", "https://example.com"),
        ("example.com", "https://example.com:443"),
        ("Example.COM", "https://example.com"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_sites_own_pages_may_connect(host, asks):
    assert origin.is_allowed(scope(host=host, origin=asks))


@pytest.mark.parametrize(
    "asks",
    [
        "https://evil.example",
        "https://example.com.evil.example",
        "https://evil-example.com",
        "https://sub.example.com",
        "https://example.com:8443",
        "http://example.com:443",
        "https://example.com@evil.example",
        "null",
        "",
        "file://",
        "foo://example.com",
        "ws://example.com",
        "example.com",
        "https://[::1",
        "https://example.com:99999999",
    ],
)
def test_no_other_origin_may_connect_even_when_every_host_is_allowed(asks):
    assert not origin.is_allowed(scope(host="example.com", origin=asks))


def test_a_client_that_sends_no_origin_may_connect():
    assert origin.is_allowed(scope(host="example.com"))
    assert origin.is_allowed(scope())


def test_an_origin_without_a_host_to_compare_it_with_is_refused():
    assert not origin.is_allowed(scope(origin="https://example.com"))


def test_a_host_that_django_would_refuse_is_refused(settings):
    settings.ALLOWED_HOSTS = ["example.com"]

    assert origin.is_allowed(scope(host="example.com", origin="https://example.com"))
    assert not origin.is_allowed(scope(host="rebound.example", origin="https://rebound.example"))
    assert not origin.is_allowed(scope(host="rebound.example"))


def test_listed_origins_may_connect(settings):
    settings.REALTIME_NOTIFY = {
        "ALLOWED_ORIGINS": ["https://app.example.org", "capacitor://localhost"]
    }
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example", "http://exact.example:81"]

    def may(asks):
        return origin.is_allowed(scope(host="example.com", origin=asks))

    assert may("https://app.example.org")
    assert may("capacitor://localhost")  # an app in a web view
    assert may("https://a.trusted.example")
    assert may("https://a.b.trusted.example")
    assert may("http://exact.example:81")
    assert not may("http://app.example.org")
    assert not may("https://trusted.example")
    assert not may("https://eviltrusted.example")
    assert not may("https://a.trusted.example:8443")
    assert not may("http://exact.example")


def test_behind_a_proxy_the_forwarded_host_counts_only_when_django_trusts_it(settings):
    asked = scope(host="app:8000", x_forwarded_host="example.com", origin="https://example.com")

    assert not origin.is_allowed(asked)
    settings.USE_X_FORWARDED_HOST = True
    assert origin.is_allowed(asked)


def test_the_page_of_a_secure_site_must_be_secure_as_well(settings):
    """Whoever can change what comes over http must not read notifications through its cookies."""
    secure, insecure = "https://example.com", "http://example.com"
    asked = {"host": "example.com"}

    assert origin.is_allowed({**scope(**asked, origin=secure), "scheme": "wss"})
    assert not origin.is_allowed({**scope(**asked, origin=insecure), "scheme": "wss"})

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for proto, page, may in [
        ("https", secure, True),
        ("https", insecure, False),
        ("https, http", secure, True),  # what the first proxy was asked for
        ("https, http", insecure, False),
        ("http", insecure, True),
    ]:
        headers = scope(**asked, origin=page, x_forwarded_proto=proto)
        assert origin.is_allowed({**headers, "scheme": "ws"}) is may, (proto, page)


def test_without_a_proxy_that_is_trusted_its_header_says_nothing():
    asked = scope(host="example.com", origin="http://example.com", x_forwarded_proto="https")

    assert origin.is_allowed(asked)


async def path_is_known(path, root_path=""):
    """Return whether the application serves a path: there it asks an anonymous user to sign in."""
    socket = WebsocketCommunicator(
        websocket_application(), path, headers=[(b"host", b"testserver")]
    )
    socket.scope["root_path"] = root_path
    await socket.connect()
    await socket.send_to('{"id":1,"hello":{}}')
    return json.loads(await socket.receive_from())["bye"]["code"] == Close.NOT_SIGNED_IN


@pytest.mark.django_db(transaction=True)
async def test_a_site_may_be_below_a_path(settings):
    assert await path_is_known("/ws/notifications/")
    assert not await path_is_known("/app/ws/notifications/")
    assert await path_is_known("/app/ws/notifications/", root_path="/app")

    settings.FORCE_SCRIPT_NAME = "/app"
    assert await path_is_known("/app/ws/notifications/")
