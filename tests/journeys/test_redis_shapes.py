"""Journeys through more than one Redis: several hosts that share the groups, and a failover.

`REDIS_SERVER=valkey-server` runs them, and every other test with a Redis, on Valkey.
"""

from __future__ import annotations

import contextlib
import json
import time

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from realtime_notify import notify, subscribe
from realtime_notify.doctor import Severity
from realtime_notify.doctor import layer as doctor
from realtime_notify.keys import user_group
from realtime_notify.wire import push
from realtime_notify.wire.hosts import host_of
from tests.journeys.conftest import PATIENCE, Town
from tests.journeys.test_monitoring import TOKEN, metric
from tests.journeys.test_wire import CORE, PUBSUB, pushes_flow_again, tell, user
from tests.services import Redis, Sentinel
from tests.site import running_site


class Shape:
    """A server process with the Pub/Sub layer and one with the core layer, on the same hosts."""

    def __init__(self, town, hosts, settings):
        self.town, self._hosts, self._settings = town, hosts, settings

    def use(self, backend):
        """Have the test's own process send through a layer; return the server that has it too."""
        push.flush()
        layer = {"BACKEND": backend, "CONFIG": {"hosts": self._hosts}}
        self._settings.CHANNEL_LAYERS = {"default": layer}
        return self.town.site.servers[BACKENDS.index(backend)]


BACKENDS = [PUBSUB, CORE]


@contextlib.contextmanager
def shape_on(hosts, tmp_path, settings, **tuned):
    with running_site(tmp_path) as site:
        layers = {"default": {"BACKEND": PUBSUB, "CONFIG": {"hosts": hosts}}}
        site.environment["RN_LAYERS"] = json.dumps(layers)
        town = Town(site)
        for backend in BACKENDS:
            town.serve(layer=backend, METRICS_TOKEN=TOKEN, **tuned)
        yield Shape(town, hosts, settings)
        town.close()
    push.flush()


@pytest.fixture
def shards():
    with Redis() as first, Redis() as second, Redis() as third:
        yield [first, second, third]


def is_on(host, person):
    """Tell whether a host carries the pushes of a person."""

    async def find():
        return host_of(get_channel_layer(), user_group(person.pk))

    return async_to_sync(find)() == host


def wait_until_down(server):
    """Wait until a server process tells monitoring that it does not hear everything."""
    deadline = time.monotonic() + PATIENCE
    while metric(server, "layer_up"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_several_hosts_reach_everybody_and_one_that_dies_is_told_and_silences_no_other(
    transactional_db, shards, tmp_path, settings
):
    with shape_on([shard.url for shard in shards], tmp_path, settings) as shape:
        town, pages = shape.town, {}
        for backend in reversed(BACKENDS):
            server = shape.use(backend)
            names = [f"{number}@{backend}" for number in range(6)]
            pages = {name: town.browse(name, server) for name in names}
            for name, page in pages.items():
                subscribe(user(name), backend)
                tell(name, f"For {name}")
                assert page.receive_push()["put"][0]["message"] == f"For {name}"
            notify("For all", backend)
            for page in pages.values():
                page.receive_rev(2)
            (well,) = doctor.examine()
            assert "each of the 3 hosts" in well.says
            assert metric(server, "layer_up") == 1

        shards[1].kill()

        for server in town.site.servers:
            wait_until_down(server)
        # Pub/Sub is in use; a process with the core layer receives through one of the hosts.
        assert "The channel layer does not answer (host 2 of 3: " in town.site.log()
        (dead,) = doctor.examine()
        assert dead.severity is Severity.ERROR
        assert dead.says.startswith(f"Host 2 of 3 of {PUBSUB} does not carry a message")
        others = [name for name in names if not is_on(1, user(name))]
        assert others
        for name in others:
            tell(name, "Still here")
            assert pages[name].receive_push()["put"][0]["message"] == "Still here"

        shards[1].start()

        town.wait_for_log("The channel layer is back")
        for backend in BACKENDS:
            pushes_flow_again(town.browse(backend, shape.use(backend)), backend)


@pytest.fixture
def pair():
    """A master, its replica, and the sentinel that watches them."""
    with Redis() as master, Redis() as replica:
        with redis.Redis.from_url(replica.url) as admin:
            admin.replicaof("127.0.0.1", master.port)
        with Sentinel(master) as sentinel, redis.Redis(port=sentinel.port) as admin:
            deadline = time.monotonic() + 30
            while not admin.sentinel_slaves(sentinel.group):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield master, replica, sentinel


def test_pushes_flow_again_after_a_failover(transactional_db, pair, tmp_path, settings):
    master, _, sentinel = pair
    hosts = [{"sentinels": [["127.0.0.1", sentinel.port]], "master_name": sentinel.group}]
    with shape_on(hosts, tmp_path, settings, HEAL_INTERVAL=0.5) as shape:
        pages = {name: shape.town.browse(name, shape.use(name)) for name in BACKENDS}
        for name, page in pages.items():
            tell(name, "Before")
            page.receive_rev(1)

        master.kill()
        for name, page in pages.items():
            tell(name, "Meanwhile")
            page.receive_rev(2)

        shape.town.wait_for_log("The channel layer is back", patience=30)
        for name, page in pages.items():
            shape.use(name)
            pushes_flow_again(page, name)
