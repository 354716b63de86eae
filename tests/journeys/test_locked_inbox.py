"""Journeys with an inbox that somebody holds: its owner waits, and nobody else."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

import pytest
from django.db import connection, transaction

from realtime_notify import notify
from realtime_notify.models import Inbox
from tests.journeys.conftest import Town
from tests.journeys.test_wire import user
from tests.site import running_site

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")

SOON = 2.0  # seconds; a benchmark measures how soon


@pytest.fixture
def hamlet(transactional_db, tmp_path):
    """A town of one process without Redis."""
    with running_site(tmp_path) as site:
        town = Town(site)
        town.serve()
        yield town
        town.close()


@pytest.fixture
def tabs(hamlet):
    """Four tabs of Alice, whose inbox has a notification."""
    hamlet.site.login("alice")
    notify("Hello", "demo/hello", recipients=[user("alice")])
    return [hamlet.browse("alice") for _ in range(4)]


@pytest.fixture
def locked(tabs):
    """Somebody's transaction holds the inbox of Alice."""
    with transaction.atomic():
        Inbox.objects.select_for_update().get(user=user("alice"))
        yield


def test_one_locked_inbox_delays_nobody_but_its_owner(hamlet, tabs, locked):
    bob = hamlet.browse("bob")
    for tab in tabs:
        tab.send({"id": 77, "read": {"upto": 1}})
    time.sleep(0.3)

    begun = time.monotonic()
    assert "error" not in bob.ask(page={})
    assert "error" not in bob.ask(read={"upto": 1})
    hamlet.browse("carol")

    assert time.monotonic() - begun < SOON


def test_the_owner_is_told_that_the_same_may_work_later(hamlet, tabs, locked):
    for tab in tabs:
        tab.send({"id": 77, "read": {"upto": 1}})

    for tab in tabs:
        frame = tab.receive()
        assert (frame["id"], frame["error"]["code"]) == (77, "internal")
        assert frame["error"]["temporary"] is True
    assert "Traceback" not in hamlet.site.log()


def test_a_command_that_finds_the_inbox_locked_is_carried_out_when_it_is_free(tabs):
    with transaction.atomic():
        Inbox.objects.select_for_update().get(user=user("alice"))
        tabs[0].send({"id": 77, "read": {"upto": 1}})
        time.sleep(1)

    while (answer := tabs[0].receive()).get("id") != 77:
        pass  # its own change, which is pushed to all tabs
    assert answer["unread"] == 0


def test_over_http_a_locked_inbox_is_503_with_the_same_error(hamlet, locked):
    cookie = hamlet.site.login("alice")
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(hamlet, cookie, "read", b'{"upto":1}')

    assert caught.value.code == 503
    assert b'"code": "internal"' in (body := caught.value.read())
    assert b'"temporary": true' in body


def post(town, cookie, command, body):
    """Send a command over HTTP, with the token against forged requests."""
    token = "x" * 32
    address = f"{town.site.url}/notifications/api/{command}/"
    headers = {
        "Cookie": f"{cookie}; csrftoken={token}",
        "X-CSRFToken": token,
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(address, body, headers)
    return urllib.request.urlopen(request, timeout=20)
