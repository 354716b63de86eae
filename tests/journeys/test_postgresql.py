"""Journeys without Redis: processes reach each other through PostgreSQL alone."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test import Client

from realtime_notify import notify, subscribe
from realtime_notify.models import Notification
from realtime_notify.wire import push
from tests.journeys.conftest import Browser, Town
from tests.journeys.test_wire import pushes_flow_again, tell, user
from tests.proxy import Proxy
from tests.site import running_site

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="LISTEN and NOTIFY are PostgreSQL's"
)

LAYER = "realtime_notify.layers.postgresql.PostgreSQLChannelLayer"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'realtime_notify' AND datname = %s
"""


class PostgreSQLTown(Town):
    """Server processes that hear of each other through the database, and heal once a minute."""

    def serve(self, kind="daphne", layer=LAYER, **tuned):
        return super().serve(kind, layer, **tuned)


def cut_connections():
    """Cut the connections of the layer, of all processes."""
    with connection.cursor() as cursor:
        cursor.execute(CUT, [connection.settings_dict["NAME"]])
        return len(cursor.fetchall())


@pytest.fixture
def village(transactional_db, tmp_path, settings):
    """A town without Redis whose people are notified by the test's own process."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYER}}
    with running_site(tmp_path) as site:
        town = PostgreSQLTown(site)
        yield town
        town.close()
    push.flush()
    cut_connections()  # the database could not be dropped


def test_a_notification_of_another_process_appears_at_once(village):
    pages = [village.browse("alice", village.serve(kind)) for kind in ("daphne", "uvicorn")]

    for number in range(10):
        tell("alice", f"Hello {number}")
        for page in pages:
            assert page.receive_push(0.5)["put"][0]["message"] == f"Hello {number}"

    here, there = pages
    here.ask(read={"upto": 10})
    there.receive_push(0.5)
    assert here.store.snapshot() == there.store.snapshot()


SHORT_LIVED = """
from django.contrib.auth import get_user_model
from realtime_notify import notify
alice = get_user_model().objects.get(username="alice")
notify("From a command", "demo/hello", recipients=[alice])
"""


def test_a_command_that_ends_at_once_has_still_notified(village):
    village.serve()
    page = village.browse("alice")
    village.site.environment |= {
        "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
        "RN_LAYER": LAYER,
    }

    village.site.manage("shell", "-c", SHORT_LIVED)

    assert page.receive_push(0.5)["put"][0]["message"] == "From a command"


def test_a_notification_larger_than_a_payload_appears_as_well(village):
    here, there = (village.browse("alice", village.serve()) for _ in range(2))

    tell("alice", "Long: " + "€" * 4000)

    for page in (here, there):
        page.receive_rev(1, patience=2)
        assert page.messages() == ["Long: " + "€" * 4000]


def test_a_crowd_is_served_in_two_processes(village):
    first, second = village.serve(), village.serve()
    names = [f"person{number}" for number in range(300)]
    for name in names:
        subscribe(user(name), "blog/new")
    pages = {name: village.browse(name, (first, second)[name[-1] > "4"]) for name in names[:8]}

    for number in range(3):
        notify(f"For all {number}", "blog/new", data={"padding": "x" * 1000})

    for page in pages.values():
        page.receive_rev(3, patience=3)
        assert len(page.messages()) == 3


def test_a_broadcast_is_taken_in_by_every_process(village):
    for number in range(20):
        subscribe(user(f"person{number}"), "news")
    pages = [village.browse(f"person{number}", village.serve()) for number in range(2)]

    notify("The library opens", "news", lazy=True)

    for page in pages:
        page.receive_rev(1, patience=3)
    assert Notification.objects.count() == 2


def test_many_new_subscriptions_take_effect_in_another_process(village):
    village.serve()
    page = village.browse("alice")
    for number in range(200):
        subscribe(user("alice"), f"{'long' * 20}/{number}")
    subscribe(user("alice"), "news")

    notify("The library opens", "news", lazy=True)

    page.receive_rev(1, patience=3)


def test_signing_out_closes_the_socket_in_another_process(village):
    server = village.serve()
    cookie = village.site.login("alice", server)
    page = Browser(server.ws_url, cookie)
    page.hello()
    client = Client()
    client.cookies["sessionid"] = cookie.partition("=")[2]

    client.logout()

    assert page.closed()[0] == 4501


def test_what_was_sent_while_the_connections_were_cut_appears_when_they_are_back(village):
    village.serve()
    page = village.browse("alice")
    tell("alice", "Before")
    page.receive_rev(1, patience=2)

    assert cut_connections() >= 2
    for number in range(3):
        tell("alice", f"Meanwhile {number}")

    page.receive_rev(4, patience=5)
    pushes_flow_again(page)


def test_a_connection_that_falls_silent_is_replaced(village):
    """Half-open: neither an error nor a notification comes. Only the probe tells."""
    direct = int(connection.settings_dict["PORT"])
    with Proxy(direct) as proxy:
        address = village.site.environment["DATABASE_URL"]
        village.site.environment["DATABASE_URL"] = address.replace(f":{direct}/", f":{proxy.port}/")
        village.serve()
        page = village.browse("alice")
        tell("alice", "Before")
        page.receive_rev(1, patience=2)

        proxy.forget()
        village.wait_for_log("The channel layer does not answer")
        village.wait_for_log("The channel layer is back", patience=20)

        pushes_flow_again(page)


def test_the_caller_waits_neither_for_the_lock_of_notify_nor_for_its_connection(village):
    """A transaction that notifies locks every other out between its commit's begin and end."""
    village.serve()
    page = village.browse("alice")
    begun = time.monotonic()

    for number in range(50):
        tell("alice", f"Number {number}")

    assert time.monotonic() - begun < 5
    page.receive_rev(50, patience=3)
