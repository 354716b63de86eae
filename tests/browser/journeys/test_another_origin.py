"""A page on another origin, with the cookies of the site.

Two ports of one host are two origins, and one site: browsers send cookies from one to the other.
Cookies from site to site take HTTPS, which there is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.conftest import settle_in
from tests.browser.files import served
from tests.browser.journeys.bell import Bell
from tests.browser.people import Person
from tests.pages import ROOT, labelled
from tests.services import Redis
from tests.site import Site, running_site

CLIENT = ROOT / "realtime_notify/static/realtime_notify/client.js"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>An app</title>
<body><script type="module" src="{script}"></script></body></html>"""
APP = f"""{labelled("another-origin-app")}
Object.assign(window, {{ address, client, connect }});
"""
# What a page can try that knows the person's number, and has their browser.
STRANGER = """
import { connect } from "./client.js";

const api = "https://api.example.com/notifications/api/";
window.heard = [];
window.meddle = async (user, ids) => {
  window.client = connect({
    wsUrl: "wss://api.example.com/ws/notifications/",
    apiUrl: api,
    user,
    credentials: "include",
  });
  client.addEventListener("frame", ({ detail }) => heard.push(detail.text));
  const read = await fetch(api + "count/", { credentials: "include" }).catch(String);
  const body = JSON.stringify({ ids });
  await fetch(`${api}read/`, { method: "POST", credentials: "include", mode: "no-cors", body });
  const init = { method: "POST", credentials: "include", body };
  const headers = { "Content-Type": "application/json" };
  const marked = await fetch(`${api}read/`, { ...init, headers }).catch(String);
  return [read, marked].map(String);
};
"""


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The origins of the app, which the site knows, and of a stranger."""
    directory = tmp_path_factory.mktemp("apps")
    (directory / "client.js").symlink_to(CLIENT)
    for script in ("app", "stranger"):
        (directory / f"{script}.html").write_text(PAGE.format(script=f"{script}.js"))
    with ExitStack() as servers:
        yield {
            "app": servers.enter_context(served(directory)),
            "stranger": servers.enter_context(served(directory)),
            "directory": str(directory),
        }


@pytest.fixture(scope="session")
def site(
    apps: dict[str, str], shared_redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site, set up as the recipe says."""
    directory = tmp_path_factory.mktemp("another_origin")
    with running_site(directory, shared_redis.url) as running:
        running.environment["APP"] = apps["app"]
        settle_in(running, directory, "tests.browser.another_origin_settings")
        running.start()
        for name, script in (("app", APP), ("stranger", STRANGER)):
            here = script.replace("s://api.example.com", f"://{running.url.partition('://')[2]}")
            (Path(apps["directory"]) / f"{name}.js").write_text(here)
        yield running


def test_an_allowed_origin_is_pushed_to_and_marks_over_http(
    person: Person, bell: Bell, apps: dict[str, str]
) -> None:
    app = bell.tab
    app.go(f"{apps['app']}/app.html")
    app.wait_for("window.client?.state.status === 'open'")

    person.tell("Tea is ready")

    app.wait_for("client.state.items[0]?.message === 'Tea is ready'")
    # While the socket is open, marks go over it; so a second client has none.
    answer = app.run(
        """const other = connect({ ...address, socket: "off" });
        return other.markRead([client.state.items[0].id]);"""
    )
    assert answer == {"ok": True}
    app.wait_for("client.state.unread === 0 && client.state.items[0].read")
    bell.visit(person).wait_for_unread(0)


def test_another_origin_gets_no_socket_and_no_answer(
    person: Person, bell: Bell, apps: dict[str, str]
) -> None:
    person.tell("Tea is ready")
    bell.wait_for_unread(1)
    user = bell.run("return bell.getAttribute('user')")
    ids = bell.run("return bell.client.state.items.map((item) => item.id)")
    page = bell.tab
    page.go(f"{apps['stranger']}/stranger.html")
    page.wait_for("window.meddle")

    answers = page.run("return meddle(...arguments)", user, ids)

    assert all("TypeError" in answer for answer in answers), answers
    page.wait_for("client.state.status === 'closed' && client.state.stale")
    assert page.run("return [client.state.reason, client.state.ready]") == [4503, False]
    (bye,) = page.run("return heard.filter((text) => !text.startsWith('{\"id\"'))")
    assert "ALLOWED_ORIGINS" in bye
    log = person.site.servers[0].log.read_text()
    assert f"Refused a WebSocket from the origin '{apps['stranger']}'" in log
    bell.visit(person).wait_for_unread(1)
