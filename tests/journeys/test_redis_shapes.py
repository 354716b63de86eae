"""Journeys through more than one Redis: several hosts that share the groups, and a failover."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
import redis

from realtime_notify import notify, subscribe
from realtime_notify.wire import push
from tests.journeys.conftest import Town
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


@pytest.mark.parametrize("backend", LAYERS, ids=["pubsub", "core"])
def test_everybody_is_reached_through_several_hosts(
    transactional_db, shards, backend, tmp_path, settings
):
    with town_on([shard.url for shard in shards], backend, tmp_path, settings) as town:
        servers = [town.serve(), town.serve()]
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


def test_pushes_flow_again_after_one_of_several_hosts_was_killed_and_restarted(
    transactional_db, shards, tmp_path, settings
):
    """Each group has its host: whichever dies, those who depend on it are reached again."""
    with town_on([shard.url for shard in shards], PUBSUB, tmp_path, settings) as town:
        town.serve(HEAL_INTERVAL=0.5)
        page = town.browse("alice")
        tell("alice", "Before")
        page.receive_rev(1, patience=2)

        for number, shard in enumerate(shards):
            shard.kill()
            tell("alice", f"Meanwhile {number}")
            page.receive_rev(page.store.rev + 1, patience=4)
            shard.start()

        town.wait_for_log("The channel layer is back")
        pushes_flow_again(page)


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
