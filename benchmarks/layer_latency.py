"""How long a notification of another process takes to a browser, by channel layer.

This process calls `notify()`; a Daphne of another process has the socket. The clock starts before
the call and stops when the frame with the notification is in the client. PostgreSQL and Redis are
real, all on this machine, and one notification goes after the other. "Large" is one of 9,000 bytes,
which NOTIFY cannot carry: a wake-up goes in its place, and the heal query brings the rest.

    python -m benchmarks.layer_latency --pushes 200 --save
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.percentiles import percentile
from tests.services import PostgreSQL, Redis

RESULTS = Path(__file__).parent / "layer_latency_results.md"
EXPLAINED = str(__doc__).partition("\n\n    python")[0]
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
CORE = "channels_redis.core.RedisChannelLayer"
POSTGRESQL = "realtime_notify.layers.postgresql.PostgreSQLChannelLayer"
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
PAUSE = (0.05, 1.05)
"""Seconds between two notifications, so that they are not in step with the heal query."""
LARGE = "x" * 9000
WARM_UP = 3


def measure(layer: dict[str, Any], pushes: int, padding: str = "") -> list[float]:
    """Return the milliseconds of each push through a layer."""
    from django.contrib.auth import get_user_model
    from django.test import override_settings

    from realtime_notify import notify
    from realtime_notify.wire import push
    from tests.journeys.conftest import Browser
    from tests.site import running_site

    times = []
    layers = {"default": layer}
    with (
        tempfile.TemporaryDirectory() as directory,
        override_settings(CHANNEL_LAYERS=layers),
        running_site(Path(directory)) as site,
    ):
        site.environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.layer_settings"
        site.environment["BENCH_LAYERS"] = json.dumps(layers)
        server = site.start()
        browser = Browser(server.ws_url, site.login("alice"))
        browser.hello()
        [alice] = get_user_model().objects.filter(username="alice")
        for number in range(pushes + WARM_UP):
            time.sleep(random.uniform(*PAUSE))
            rev = (browser.store.rev or 0) + 1
            began = time.perf_counter()
            notify(f"{number} {padding}", "bench/layer", recipients=[alice])
            browser.receive_rev(rev)
            times.append((time.perf_counter() - began) * 1000)
        browser.close()
        push.flush()
    return times[WARM_UP:]


def table(pushes: int, hosts: list[str]) -> list[str]:
    """Measure, and return the lines of the table."""
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("Redis Pub/Sub", {"BACKEND": PUBSUB, "CONFIG": {"hosts": hosts[:1]}}, ""),
        ("Redis Pub/Sub, three hosts", {"BACKEND": PUBSUB, "CONFIG": {"hosts": hosts}}, ""),
        ("Redis, core", {"BACKEND": CORE, "CONFIG": {"hosts": hosts[:1]}}, ""),
        ("PostgreSQL", {"BACKEND": POSTGRESQL}, ""),
        ("PostgreSQL, large", {"BACKEND": POSTGRESQL}, LARGE),
        ("none: the heal query", {"BACKEND": IN_MEMORY}, ""),
    ]
    lines = ["| layer | p50 ms | p95 ms | most ms |", "|---|---|---|---|"]
    for name, layer, padding in cases:
        times = measure(layer, pushes, padding)
        figures = [percentile(times, percent) for percent in (50, 95, 100)]
        lines.append(f"| {name} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |")
        print(lines[-1], flush=True)
    return lines


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.layer_latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pushes", type=int, default=200)
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        database = stack.enter_context(PostgreSQL())
        database.create_database("realtime_notify")
        os.environ["DATABASE_URL"] = database.url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        hosts = [stack.enter_context(Redis()).url for _ in range(3)]
        lines = table(options.pushes, hosts)
    text = "\n".join([f"{options.pushes} notifications through each:", "", *lines])
    if options.save:
        RESULTS.write_text(f"# By which layer, how fast\n\n{EXPLAINED}\n\n{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
