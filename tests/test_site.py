"""The whole site of the journeys."""

from __future__ import annotations

import urllib.request
from typing import Any

from django.contrib.auth import get_user_model

from tests.site import Site


def get(url: str, cookie: str) -> str:
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.read().decode())


def test_the_site_and_the_test_see_the_same_rows(live_site: Site, alice: Any) -> None:
    cookie = live_site.login("alice")

    live_site.manage("notify", "demo/hello", "Hello", "--to", "alice")

    assert '"unread": 1' in get(f"{live_site.url}/notifications/api/count/", cookie)
    assert get_user_model().objects.count() == 1


def test_a_session_holds_at_every_server_and_after_a_crash(live_site: Site) -> None:
    cookie = live_site.login("alice")
    second = live_site.start()

    live_site.servers[0].kill()
    live_site.servers[0].start()

    for server in (live_site.servers[0], second):
        assert '"unread": 0' in get(f"{server.url}/notifications/api/count/", cookie)


def test_a_site_may_do_without_redis(lone_site: Site) -> None:
    assert '"unread": 0' in get(
        f"{lone_site.url}/notifications/api/count/", lone_site.login("alice")
    )


def test_a_server_ends_in_order_when_asked(lone_site: Site) -> None:
    assert lone_site.servers[0].stop() == 0
