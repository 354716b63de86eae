"""A run with the default settings, against which `benchmarks.scale` is checked."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from benchmarks.costs import phases
from benchmarks.costs.site import Site, wait_until
from benchmarks.delivery.ground import SOME
from benchmarks.returning import Crowd
from realtime_notify import notify

SECONDS = 30.0
COMING = 250.0  # browsers a second
RATE = 40.0  # notifications a second, each to one person


def measure(site: Site, count: int) -> dict[str, Any]:
    """Let everybody come back within seconds, and then notify people for half a minute."""
    first, last = phases.RESIDENTS, phases.RESIDENTS + count
    with site.browsers(0, phases.RESIDENTS):
        before = site.meters.read()
        cookies = site.people.cookies[first:last]
        crowd = Crowd(site.port, cookies, site.people.since, COMING)
        wait_until(lambda: crowd.greeted == count, "all browsers are greeted")
        with ExitStack() as stack:
            stack.callback(crowd.finish)
            time.sleep(6.0)
            came = site.meters.read().plus(before, -1.0)
            before, began, sent = site.meters.read(), time.monotonic(), 0
            while time.monotonic() < began + SECONDS:
                users = site.people.users
                notify("You have mail", SOME, recipients=[users[first + sent % count]])
                sent += 1
                time.sleep(max(0.0, began + sent / RATE - time.monotonic()))
            seconds = time.monotonic() - began
            mixed = site.meters.read().plus(before, -1.0)
    return {
        "browsers": count,
        "coming": COMING,
        "crowd": asdict(came),
        "seconds": seconds,
        "notifications": sent,
        "mixed": asdict(mixed),
    }
