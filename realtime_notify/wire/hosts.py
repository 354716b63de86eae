"""The hosts of a channel layer. Redis layers share their groups out among several.

Each group lives on the one host that the hash of its name picks. So a host that is dead silences
the groups it has and no others, and a single group says nothing about the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any


def host_of(layer: Any, group: str) -> int:
    """Return the number of the host that carries a group; 0 for a layer with only one.

    Call it in the event loop that uses the layer.
    """
    return _hosts(layer)[1](group)


def group_on_each(layer: Any, stem: str) -> list[str]:
    """Return one group for each host of a layer, in the order of its setting `hosts`.

    Call it in the event loop that uses the layer.

    Args:
        layer: the channel layer.
        stem: what the names begin with.
    """
    many, find = _hosts(layer)
    groups: dict[int, str] = {}
    for number in count():
        group = f"{stem}.{number}"
        groups.setdefault(find(group), group)
        if len(groups) == many:
            return [groups[host] for host in range(many)]
    raise AssertionError("unreachable")


def _hosts(layer: Any) -> tuple[int, Callable[[str], int]]:
    """Return how many hosts a layer has, and what finds that of a group.

    channels-redis documents neither; tests/wire/test_hosts.py asks its hosts who carries what.
    """
    if hash_of := getattr(layer, "consistent_hash", None):  # channels_redis.core
        return layer.ring_size, hash_of
    if shards := getattr(layer, "_shards", None):  # channels_redis.pubsub

        def find(group: str) -> int:
            name = layer._get_group_channel_name(group)
            return int(shards.index(layer._get_shard(name)))

        return len(shards), find
    return 1, lambda group: 0
