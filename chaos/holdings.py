"""What the processes of a town hold: as the kernel, PostgreSQL, Redis and servers tell."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Iterator

import psycopg
from redis import Redis, RedisError

from chaos import METRICS_TOKEN, leaks, processes
from chaos.leaks import Holding, Numbers
from chaos.town import Town

SESSIONS = """
SELECT count(*), coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
GROUP = b"rn."
"""What the names of all groups have in them."""
TIMEOUT = 5.0


class Holdings:
    """Looks at a town that is at rest, and remembers.

    Attributes:
        most: by kind of process and thing, the most that was held at any rest.
    """

    def __init__(self, town: Town) -> None:
        self.most: dict[str, dict[str, float]] = {}
        self._town = town
        self._first: dict[int, float] = {}

    def audit(self) -> list[str]:
        """Return what exceeds its bound now; remember the rest, if nothing does."""
        try:
            holdings = list(self._holdings())
        except (OSError, psycopg.Error, RedisError) as error:
            return [f"Somebody does not tell what they hold: {error!r}"]
        findings = leaks.audit(holdings)
        if not findings:
            self._note(holdings)
        return findings

    def table(self) -> str:
        """Return the most that was held, and the bounds, as a table of Markdown."""
        bounds = {"server": leaks.SERVER, "worker": leaks.JOB, "writer": leaks.JOB}
        lines = ["| who | what | most | bound |", "|---|---|--:|--:|"]
        lines += [
            f"| {kind} | {name} | {most:.0f} | {bounds.get(kind, leaks.TOWN)[name]:g} |"
            for kind, numbers in self.most.items()
            for name, most in numbers.items()
        ]
        return "\n".join(lines)

    def _note(self, holdings: list[Holding]) -> None:
        for who, numbers, _ in holdings:
            most = self.most.setdefault(who.partition(" ")[0], dict(numbers))
            most |= {name: max(most[name], number) for name, number in numbers.items()}

    def _holdings(self) -> Iterator[Holding]:
        town = self._town
        connections = groups = 0.0
        for number, server in enumerate(town.servers):
            tells = ask(server.url)
            connections += tells["connections"]
            groups += tells["groups"]
            held = {**self._of(server.pid, server.port), **tells}
            held["extra client sockets"] = held["client sockets"] - tells["connections"]
            held["extra tasks"] = tells["tasks"] - tells["connections"]
            held["extra groups"] = tells["groups"] - tells["users"]
            held["waiting hellos"] = tells["waiting_hellos"]
            yield Holding.within(f"server {number} ({town.kinds[number]})", held, leaks.SERVER)
        for who, job in (("worker", town.worker), ("writer", town.writer)):
            if job.process is not None:
                yield Holding.within(who, self._of(job.process.pid), leaks.JOB)
        yield Holding("town", self._of_services(connections, groups), leaks.TOWN)

    def _of(self, pid: int, port: int = 0) -> dict[str, float]:
        """Return what the kernel tells of a process, and of a server's port."""
        process = processes.look(pid)
        return {
            "MB of memory": process.memory,
            "MB of growth": process.memory - self._first.setdefault(pid, process.memory),
            "threads": process.threads,
            "open files": process.files,
            "children": process.children,
            "client sockets": process.accepted[port],
            "database sockets": sum(process.opened[port] for port in self._ports("database")),
            "redis sockets": sum(process.opened[port] for port in self._ports("redis")),
        }

    def _ports(self, service: str) -> list[int]:
        wires = self._town.wires.items()
        return [wire.port for name, wire in wires if name.endswith(f"to {service}")]

    def _of_services(self, connections: float, groups: float) -> Numbers:
        town = self._town
        ((sessions, oldest),) = town.query(SESSIONS)
        with Redis(port=town.redis.port, socket_timeout=TIMEOUT) as redis:
            channels = [name for name in redis.pubsub_channels() if GROUP in name]
            subscriptions = sum(count for _, count in redis.pubsub_numsub(*channels))
            clients, keys = len(redis.client_list()), redis.dbsize()
        return {
            "extra connections": connections - len(town.crowd.clients) - len(town.browsers),
            "database sessions": sessions,
            "seconds of the oldest transaction": oldest,
            "connections to redis": clients,
            "keys in redis": keys,
            "extra subscriptions in redis": subscriptions - groups,
        }


def ask(url: str) -> dict[str, float]:
    """Return what a server tells of itself: its metrics without labels, and its tasks."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    metrics = urllib.request.Request(f"{url}/notifications/api/metrics/", headers=headers)
    told = {"groups": math.nan}  # which a release that is older does not tell; it exceeds nothing
    with urllib.request.urlopen(metrics, timeout=TIMEOUT) as response:
        for line in response.read().decode().splitlines():
            name, _, value = line.partition(" ")
            if name.startswith("realtime_notify_") and "{" not in name:
                told[name.removeprefix("realtime_notify_")] = float(value)
    with urllib.request.urlopen(f"{url}/tasks/", timeout=TIMEOUT) as response:
        return {**told, **json.load(response)}
