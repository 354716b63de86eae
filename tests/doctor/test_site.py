"""What the doctor says of the site as browsers find it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from realtime_notify.doctor import Finding, Severity, site
from tests.processes import free_port
from tests.proxy import Proxy
from tests.site import Site, WsgiServer, running_site


def findings(url: str) -> dict[str, Finding]:
    return {finding.part: finding for finding in site.examine(url)}


def severities(url: str) -> dict[str, str]:
    return {part: finding.severity.name for part, finding in findings(url).items()}


UPGRADE = rb"Upgrade: [^\r]*\r\nConnection: [^\r]*\r\n"
WELL = {"server": "OK", "static": "OK", "socket": "OK", "origin": "OK"}


class Cdn(BaseHTTPRequestHandler):
    """Answers at every path as the test wants."""

    status: ClassVar[int] = 200
    content_type: ClassVar[str] = "text/javascript"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.content_type)
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def cdn(settings: Any) -> Iterator[type[Cdn]]:
    """Static files on a host of their own."""
    handler = type("OneCdn", (Cdn,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        settings.STATIC_URL = f"http://127.0.0.1:{server.server_port}/"
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture
def nowhere() -> str:
    """An address where nobody answers."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def empty_site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """A site without a server yet."""
    with running_site(tmp_path) as site:
        yield site


def test_a_site_that_does_all_it_should_is_well(lone_site: Site, cdn: type[Cdn]) -> None:
    assert severities(lone_site.url) == WELL


def test_static_files_that_nobody_serves_are_an_error(nowhere: str, cdn: type[Cdn]) -> None:
    cdn.status = 404

    found = findings(nowhere)["static"]

    assert found.severity is Severity.ERROR
    assert found.says.endswith("/realtime_notify/notify-bell.js: it answers 404.")


def test_a_script_of_the_wrong_type_is_an_error(nowhere: str, cdn: type[Cdn]) -> None:
    cdn.content_type = "text/plain"

    assert "'text/plain'" in findings(nowhere)["static"].says


def test_a_site_that_is_down_is_an_error_everywhere(nowhere: str, cdn: type[Cdn]) -> None:
    assert severities(nowhere) == {"server": "ERROR", "static": "OK", "socket": "ERROR"}


def test_a_server_without_websockets_is_an_error(empty_site: Site) -> None:
    server = empty_site.start(kind=WsgiServer)

    found = findings(server.url)["socket"]

    assert found.severity is Severity.ERROR
    assert found.says.endswith("opens no WebSocket: it answers 404, not 101.")
    assert "proxy_http_version 1.1" in found.advice


def test_a_proxy_that_passes_nothing_on_is_an_error(
    cdn: type[Cdn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "TIMEOUT", 0.5)
    with Proxy(free_port()) as proxy:
        proxy.silent = True
        found = severities(f"http://127.0.0.1:{proxy.port}")

    assert found == {"server": "ERROR", "static": "OK", "socket": "ERROR"}


def test_a_path_with_nothing_behind_it_is_an_error(lone_site: Site, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": "/elsewhere/"}

    assert "No application is at " in findings(lone_site.url)["socket"].says


def test_an_origin_that_is_let_in_though_it_should_not_be_is_an_error(empty_site: Site) -> None:
    server = empty_site.start(
        DJANGO_SETTINGS_MODULE="tests.journeys.settings",
        RN_SETTINGS=json.dumps({"ALLOWED_ORIGINS": [site.STRANGER]}),
    )

    found = findings(server.url)["origin"]

    assert found.severity is Severity.ERROR
    assert site.STRANGER in found.says


@contextmanager
def rewriting(to: int, before: bytes, after: bytes) -> Iterator[str]:
    """Put a proxy in front of a server that changes the heads of requests; yield where it is."""

    class Change(StreamRequestHandler):
        def handle(self) -> None:
            head = b"".join(iter(self.rfile.readline, b"\r\n")) + b"\r\n"
            with create_connection(("127.0.0.1", to), timeout=10) as server:
                server.sendall(re.sub(before, after, head))
                with suppress(OSError):
                    while answer := server.recv(4096):
                        self.wfile.write(answer)

    with ThreadingTCPServer(("127.0.0.1", 0), Change) as proxy:
        thread = Thread(target=proxy.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()
        thread.join()


def test_a_proxy_that_changes_the_host_is_an_error(lone_site: Site) -> None:
    with rewriting(lone_site.servers[0].port, rb"Host: [^\r]*", b"Host: 127.0.0.1:1") as url:
        found = findings(url)["origin"]

    assert found.severity is Severity.ERROR
    assert found.says == f"The site's own pages, of {url}, may not open the socket."
    assert "proxy_set_header Host" in found.advice


def test_a_proxy_that_drops_the_upgrade_is_an_error(lone_site: Site) -> None:
    with rewriting(lone_site.servers[0].port, UPGRADE, b"Connection: close\r\n") as url:
        found = findings(url)["socket"]

    assert found.severity is Severity.ERROR
    assert found.says.endswith("opens no WebSocket: it answers 404, not 101.")


def test_a_site_without_a_url_is_not_asked() -> None:
    (finding,) = site.examine("")

    assert finding.severity is Severity.OK
    assert "--url" in finding.says


def test_a_site_without_a_socket_is_asked_for_the_rest_only(
    nowhere: str, cdn: type[Cdn], settings: Any
) -> None:
    settings.REALTIME_NOTIFY = {"WEBSOCKET_PATH": ""}

    assert severities(nowhere) == {"server": "ERROR", "static": "OK"}
