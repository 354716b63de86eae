"""Journeys with a database that falls silent: no error, no end, no answer."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection

from realtime_notify import notify
from tests.journeys.conftest import Town
from tests.journeys.test_monitoring import get
from tests.journeys.test_wire import user
from tests.proxy import Proxy
from tests.site import running_site

pytestmark = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite is a file, and not reached over a network"
)

HEAL_QUERY = "LEFT OUTER JOIN .realtime_notify_inbox"
COMMAND = "UPDATE .realtime_notify_inbox"
PROMISED = 10.0  # seconds until it heals again


@pytest.fixture
def proxy():
    with Proxy(int(connection.settings_dict["PORT"])) as proxy:
        yield proxy


@pytest.fixture
def hamlet(transactional_db, proxy, tmp_path):
    """A town without Redis whose only way to its database is the proxy.

    What the test's own process sends reaches browsers by the heal query alone, every second.
    """
    with running_site(tmp_path) as site:
        direct = f":{connection.settings_dict['PORT']}/"
        site.environment["DATABASE_URL"] = site.environment["DATABASE_URL"].replace(
            direct, f":{proxy.port}/"
        )
        town = Town(site)
        yield town
        town.close()


def until_lost(proxy, count=1):
    deadline = time.monotonic() + 10
    while proxy.lost < count:
        assert time.monotonic() < deadline, f"{proxy.lost} of {count} queries were swallowed."
        time.sleep(0.01)


def test_healing_goes_on_soon_after_an_answer_was_swallowed(hamlet, proxy):
    hamlet.serve(HEAL_INTERVAL=1)
    browser = hamlet.browse("alice")
    proxy.swallow(HEAL_QUERY)
    until_lost(proxy)

    notify("Found", "demo/hello", recipients=[user("alice")])

    browser.receive_rev(1, PROMISED)
    hamlet.wait_for_log("did not answer realtime_notify.live.backend.positions within 5 s")


def test_healing_goes_on_soon_after_a_connection_hung(hamlet, proxy):
    hamlet.serve(HEAL_INTERVAL=1)
    browser = hamlet.browse("alice")
    proxy.silent = True
    time.sleep(6)

    proxy.silent = False
    notify("Found", "demo/hello", recipients=[user("alice")])

    browser.receive_rev(1, PROMISED)


def test_new_browsers_are_greeted_while_the_heal_query_hangs(hamlet, proxy):
    hamlet.serve(HEAL_INTERVAL=1)
    hamlet.browse("alice")
    proxy.swallow(HEAL_QUERY)
    until_lost(proxy)

    begun = time.monotonic()
    hamlet.browse("bob")

    assert time.monotonic() - begun < 4


def test_commands_are_answered_soon_after_as_many_as_there_are_threads_hung(hamlet, proxy):
    hamlet.serve(HEAL_INTERVAL=60)
    stuck = [hamlet.browse(name) for name in ("ann", "ben", "cia", "dan")]
    carol = hamlet.browse("carol")
    proxy.swallow(COMMAND, times=4)
    for browser in stuck:
        browser.send({"id": 77, "read": {"upto": 1}})
    until_lost(proxy, 4)

    assert "error" not in carol.ask(page={})

    for browser in stuck:
        error = browser.receive(PROMISED)["error"]
        assert (error["code"], error["temporary"]) == ("internal", True)
        assert "error" not in browser.ask(read={"upto": 1})
    assert hamlet.site.log().count("did not answer realtime_notify.live.backend.answer") == 4


def test_the_database_hangs_for_a_while_and_everything_goes_on(hamlet, proxy):
    """Every query on every connection, the new ones too."""
    server = hamlet.serve(HEAL_INTERVAL=0.5, SESSION_CHECK_INTERVAL=0.5, SWEEP_INTERVAL=0.5)
    browser = hamlet.browse("alice")
    proxy.swallow("SELECT|UPDATE", times=10_000)
    proxy.silent = True
    time.sleep(25)
    assert threads(server.pid) < 60

    proxy.swallow("SELECT|UPDATE", times=0)
    proxy.silent = False
    notify("Found", "demo/hello", recipients=[user("alice")])

    browser.receive_rev(1, 2 * PROMISED)
    assert "error" not in browser.ask(page={})


def threads(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        (line,) = (line for line in status if line.startswith("Threads:"))
    return int(line.split()[1])


def test_a_server_with_hanging_queries_stops_when_it_is_told_to(hamlet, proxy):
    server = hamlet.serve(HEAL_INTERVAL=1)
    browser = hamlet.browse("alice")
    proxy.swallow(f"{HEAL_QUERY}|{COMMAND}", times=100)
    browser.send(json.loads('{"id":77,"read":{"upto":1}}'))
    until_lost(proxy, 2)

    begun = time.monotonic()
    assert server.stop() is not None

    assert time.monotonic() - begun < 10


def test_a_process_whose_database_is_silent_is_alive_and_not_ready(hamlet, proxy):
    server = hamlet.serve(HEAL_INTERVAL=1)
    assert get(server, "ready")[0] == 200
    hamlet.browse("alice")
    proxy.silent = True
    proxy.swallow(".", times=1000)

    begun = time.monotonic()
    while (answer := get(server, "ready"))[0] == 200:
        assert time.monotonic() - begun < 15
    assert "The database does not answer." in json.loads(answer[1])["problems"]
    assert get(server, "live")[0] == 200
    while "The last heal query" not in answer[1]:
        assert time.monotonic() - begun < 30
        answer = get(server, "ready")
    hamlet.wait_for_log("No heal query has come back")

    proxy.silent = False
    proxy.swallow(".", times=0)
    while get(server, "ready")[0] != 200:
        assert time.monotonic() - begun < 45
    hamlet.wait_for_log("The database answers again.")
    hamlet.wait_for_log("Heal queries come back again.")
