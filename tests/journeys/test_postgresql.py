"""Journeys without Redis: processes reach each other through PostgreSQL alone.

The heal query runs once a minute, so what appears sooner came through the layer. What may happen to
its connections and its server is in tests/layers/test_postgresql.py.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client

from realtime_notify import notify, subscribe
from realtime_notify.models import Notification
from realtime_notify.wire import push
from tests.journeys.conftest import Browser, Town
from tests.journeys.test_wire import pushes_flow_again, tell, user
from tests.site import running_site

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="LISTEN and NOTIFY are PostgreSQL's"
)

LAYER = "realtime_notify.layers.postgresql.PostgreSQLChannelLayer"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'realtime_notify' AND datname = %s
"""


@pytest.fixture(scope="module")
def processes(django_db_setup, tmp_path_factory):
    """Two server processes for all journeys; each of these empties the tables behind it."""
    with running_site(tmp_path_factory.mktemp("village")) as site:
        town = Town(site)
        for kind in ("daphne", "uvicorn"):
            town.serve(kind, LAYER)
        yield site


@pytest.fixture
def village(transactional_db, processes, settings):
    """A town without Redis whose people are notified by the test's own process."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYER}}
    town = Town(processes)
    yield town
    town.close()
    push.flush()


def browse_both(village, *names):
    """Open the browsers of people, in turn at one process and at the other."""
    servers = village.site.servers
    return [village.browse(name, servers[number % 2]) for number, name in enumerate(names)]


def test_a_notification_of_another_process_appears_and_so_does_its_reading(village):
    here, there = browse_both(village, "alice", "alice")

    for number in range(5):
        tell("alice", f"Hello {number}")
        for page in (here, there):
            assert page.receive_push()["put"][0]["message"] == f"Hello {number}"

    here.ask(read={"upto": 5})
    there.receive_push()
    assert here.store.snapshot() == there.store.snapshot()


SHORT_LIVED = """
from django.contrib.auth import get_user_model
from realtime_notify import notify
alice = get_user_model().objects.get(username="alice")
notify("From a command", "demo/hello", recipients=[alice])
"""


def test_a_command_that_ends_at_once_has_still_notified(village):
    page = village.browse("alice")
    village.site.environment |= {
        "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
        "RN_LAYER": LAYER,
    }

    village.site.manage("shell", "-c", SHORT_LIVED)

    assert page.receive_push()["put"][0]["message"] == "From a command"


def test_a_notification_larger_than_a_payload_appears_as_well(village):
    pages = browse_both(village, "alice", "alice")

    tell("alice", "Long: " + "€" * 4000)

    for page in pages:
        page.receive_rev(1)
        assert page.messages() == ["Long: " + "€" * 4000]


def test_a_crowd_is_served_in_two_processes(village):
    """More people than one wake-up names, and more than one payload holds."""
    names = [f"person{number}" for number in range(120)]
    readers = Group.objects.create(name="readers")
    readers.user_set.set([user(name) for name in names])
    subscribe(readers, "blog/new")
    pages = browse_both(village, *names[:4])

    for number in range(3):
        notify(f"For all {number}", "blog/new", data={"padding": "x" * 1000})

    for page in pages:
        page.receive_rev(3)
        assert len(page.messages()) == 3


def test_a_broadcast_is_taken_in_by_every_process(village):
    names = [f"person{number}" for number in range(5)]
    for name in names:
        subscribe(user(name), "news")
    pages = browse_both(village, *names[:2])

    notify("The library opens", "news", lazy=True)

    for page in pages:
        page.receive_rev(1)
    assert Notification.objects.count() == 2


def test_many_new_subscriptions_take_effect_in_another_process(village):
    """Together they are more than one payload holds."""
    page = village.browse("alice")
    with transaction.atomic():
        for number in range(60):
            subscribe(user("alice"), f"{'long' * 20}/{number}")
        subscribe(user("alice"), "news")

    notify("The library opens", "news", lazy=True)

    page.receive_rev(1)


def test_signing_out_closes_the_socket_in_another_process(village):
    server = village.site.servers[0]
    cookie = village.site.login("alice", server)
    page = Browser(server.ws_url, cookie)
    page.hello()
    client = Client()
    client.cookies["sessionid"] = cookie.partition("=")[2]

    client.logout()

    assert page.closed()[0] == 4501


def test_what_was_sent_while_the_connections_were_cut_appears_when_they_are_back(village):
    page = village.browse("alice")
    tell("alice", "Before")
    page.receive_rev(1)

    with connection.cursor() as cursor:
        cursor.execute(CUT, [connection.settings_dict["NAME"]])
        assert cursor.rowcount >= 2
    for number in range(3):
        tell("alice", f"Meanwhile {number}")

    page.receive_rev(4)
    pushes_flow_again(page)
