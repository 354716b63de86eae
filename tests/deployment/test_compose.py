"""The distributed shape: the services of docker-compose.yml run, are healthy, and cooperate."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.deployment.compose import ROOT, MailCatcher, Stack, services

SECRETS = {"SECRET_KEY": "of-the-tests-and-no-secret", "POSTGRES_PASSWORD": "s3cret"}
TOKEN = "of-the-tests-and-no-secret"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("compose"), {**SECRETS, "METRICS_TOKEN": TOKEN})
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="module")
def cookie(stack: Stack) -> str:
    """Sign alice in through the proxy, by her password, and give her session."""
    stack.parts["web1"].manage(
        *("createsuperuser", "--noinput", "--username", "alice", "--email", "alice@example.com"),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"{stack.parts['proxy'].url}/sign-in/"
    with browser.open(address) as page:
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    form = {"csrfmiddlewaretoken": token, "username": "alice", "password": PASSWORD}
    with browser.open(address, urllib.parse.urlencode(form).encode()) as page:
        assert page.url.endswith("/notifications/")
        assert "<notify-bell" in page.read().decode()
    return next(f"sessionid={cookie.value}" for cookie in jar if cookie.name == "sessionid")


def browser_at(url: str, cookie: str) -> AbstractContextManager[ClientConnection]:
    return connect(
        f"{url.replace('http', 'ws', 1)}/ws/notifications/",
        origin=Origin(url),
        additional_headers={"Cookie": cookie},
    )


def hello(socket: ClientConnection) -> dict[str, Any]:
    socket.send('{"id":1,"hello":{}}')
    return next_frame(socket)


def next_frame(socket: ClientConnection) -> dict[str, Any]:
    """Return the next frame that tells of a change."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=10))
        if "unread" in frame:
            return frame


@pytest.mark.parametrize("name", [n for n, s in services(SECRETS).items() if "healthcheck" in s])
def test_a_service_becomes_healthy(stack: Stack, name: str) -> None:
    stack.parts[name].wait_until_healthy()


def test_every_service_that_stays_has_a_health_check() -> None:
    without = {name for name, spec in services(SECRETS).items() if "healthcheck" not in spec}

    assert without == {"migrate"}


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_secret_that_is_not_set_stops_everything(secret: str) -> None:
    with pytest.raises(Exception, match=f"{secret} must be set"):
        services({**SECRETS, secret: ""})


def test_the_images_are_made_of_what_is_there() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text()

    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        *sources, _target = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{Path(source).parts[0]}\n" in ignored, source


def test_the_proxy_serves_the_static_files(stack: Stack) -> None:
    address = f"{stack.parts['proxy'].url}/static/realtime_notify/notify-bell.js"

    with urllib.request.urlopen(address) as response:
        assert response.headers["Content-Type"].startswith(("text/javascript", "application/java"))


def test_the_doctor_finds_the_site_behind_the_proxy_well(stack: Stack) -> None:
    """It ends with 0 only if no part of it has even a warning."""
    report = stack.parts["worker"].manage("notify_doctor", "--url", stack.parts["proxy"].url)

    parts = {line.split()[1] for line in report.splitlines()}
    assert parts >= {"settings", "database", "layer", "server", "static", "socket", "origin"}


def test_nobody_signs_in_by_one_click(stack: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{stack.parts['proxy'].url}/as/alice/")


def test_a_notification_and_its_reading_reach_browsers_at_every_server(
    stack: Stack, cookie: str
) -> None:
    urls = [stack.parts[name].url for name in ("web1", "web2", "proxy")]
    with ExitStack() as browsers:
        sockets = [browsers.enter_context(browser_at(url, cookie)) for url in urls]
        before = [hello(socket) for socket in sockets]

        stack.parts["worker"].manage("notify", "demo/hello", "It works", "--to", "alice")
        arrived = [next_frame(socket) for socket in sockets]

        (item,) = arrived[0]["put"]
        sockets[0].send(json.dumps({"id": 2, "read": {"ids": [item["id"]]}}))
        read = [next_frame(socket) for socket in sockets]

    assert {frame["rev"] for frame in arrived} == {before[0]["rev"] + 1}
    assert {frame["put"][0]["message"] for frame in arrived} == {"It works"}
    assert [frame["read"] for frame in read] == [{"ids": [item["id"]]}] * 3
    assert {frame["unread"] for frame in read} == {before[0]["unread"]}


def test_the_worker_mails_what_nobody_reads(stack: Stack, cookie: str) -> None:
    worker, mail = stack.parts["worker"], stack.parts["mail"]
    assert isinstance(mail, MailCatcher)
    at_once = "from realtime_notify.models import NotificationType as T; T.objects.update(delay=0)"
    worker.manage("notify", "demo/hello", "Makes the type", "--to", "alice")
    worker.manage("shell", "--command", at_once)

    worker.manage("notify", "demo/hello", "Nobody reads this", "--to", "alice")

    assert "Nobody reads this" in mail.caught("alice@example.com")


def test_another_sites_socket_is_refused_through_the_proxy(stack: Stack, cookie: str) -> None:
    address = stack.parts["proxy"].url.replace("http", "ws", 1)

    with connect(
        f"{address}/ws/notifications/",
        origin=Origin("https://evil.example"),
        additional_headers={"Cookie": cookie},
    ) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
            socket.recv(timeout=10)

        assert socket.close_code == 4503


def test_the_site_goes_on_when_one_server_is_gone_and_then_the_other(
    stack: Stack, cookie: str
) -> None:
    with ExitStack() as sockets:  # which stay, as those of browsers do
        for name in ("web1", "web2"):
            server = stack.parts[name]
            server.kill()
            try:
                assert not server.healthy()
                for _ in range(4):
                    browser = browser_at(stack.parts["proxy"].url, cookie)
                    assert "rev" in hello(sockets.enter_context(browser))
            finally:
                server.start()
                server.wait_until_healthy()


def test_each_server_has_metrics_and_the_proxy_gives_none_away(stack: Stack) -> None:
    def metrics(name: str) -> str:
        address = f"{stack.parts[name].url}/notifications/api/metrics/"
        secret = {"Authorization": f"Bearer {TOKEN}"}
        with urllib.request.urlopen(urllib.request.Request(address, headers=secret)) as answer:
            return str(answer.read().decode())

    for name in ("web1", "web2"):
        assert "realtime_notify_connections" in metrics(name)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        metrics("proxy")
