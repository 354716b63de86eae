"""Journeys through more than one Redis: several hosts that share the groups, and a failover."""

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

LAYERS = [PUBSUB, CORE]


@contextlib.contextmanager
def town_on(hosts, backend, tmp_path, settings):
    layers = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
    settings.CHANNEL_LAYERS = layers
    with running_site(tmp_path) as site:
        site.environment["RN_LAYERS"] = json.dumps(layers)
        town = Town(site)
        yield town
        town.close()
    push.flush()


@pytest.fixture
def shards():
    with Redis() as first, Redis() as second, Redis() as third:
        yield [first, second, third]


async def host_of_user(person):
    return host_of(get_channel_layer(), user_group(person.pk))


@pytest.mark.parametrize("backend", LAYERS, ids=["pubsub", "core"])
def test_several_hosts_reach_everybody_and_one_that_dies_is_told(
    transactional_db, shards, backend, tmp_path, settings
):
    with town_on([shard.url for shard in shards], backend, tmp_path, settings) as town:
        servers = [town.serve(METRICS_TOKEN=TOKEN), town.serve()]
        names = [f"person{number}" for number in range(12)]
        pages = {}
        for number, name in enumerate(names):
            subscribe(user(name), "blog/new")
            pages[name] = town.browse(name, servers[number % 2])

        for name in names:
            tell(name, f"For {name}")
            assert pages[name].receive_push(2)["put"][0]["message"] == f"For {name}"
        notify("For all", "blog/new")
        for page in pages.values():
            page.receive_rev(2, patience=2)
        (well,) = doctor.examine()
        assert well.severity is Severity.OK, well
        assert "each of the 3 hosts" in well.says
        assert metric(servers[0], "layer_up") == 1

        shards[1].kill()

        wait_until_down(servers[0])
        if backend == CORE:  # what a process receives comes through one host: perhaps this one
            return
        assert "The channel layer does not answer (host 2 of 3: " in town.site.log()
        (dead,) = doctor.examine()
        assert dead.severity is Severity.ERROR
        assert dead.says.startswith(f"Host 2 of 3 of {PUBSUB} does not carry a message")
        for name in names:  # the others carry on, and nobody waits for the heal query
            if async_to_sync(host_of_user)(user(name)) != 1:
                tell(name, "Still here")
                assert pages[name].receive_push(2)["put"][0]["message"] == "Still here"

        shards[1].start()

        town.wait_for_log("The channel layer is back")
        pushes_flow_again(town.browse("alice"))


def wait_until_down(server):
    """Wait until a server process tells monitoring that it does not hear everything."""
    deadline = time.monotonic() + PATIENCE
    while metric(server, "layer_up"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


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


@pytest.mark.parametrize("backend", LAYERS, ids=["pubsub", "core"])
def test_pushes_flow_again_after_a_failover(transactional_db, pair, backend, tmp_path, settings):
    master, _, sentinel = pair
    hosts = [{"sentinels": [["127.0.0.1", sentinel.port]], "master_name": sentinel.group}]
    with town_on(hosts, backend, tmp_path, settings) as town:
        town.serve(HEAL_INTERVAL=0.5)
        page = town.browse("alice")
        tell("alice", "Before")
        page.receive_rev(1, patience=2)

        master.kill()
        tell("alice", "Meanwhile")
        page.receive_rev(2, patience=4)

        town.wait_for_log("The channel layer is back", patience=30)
        pushes_flow_again(page)
