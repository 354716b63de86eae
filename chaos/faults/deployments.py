"""Deployments: all processes one after the other, from one release to another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.town import Town


@contextlib.contextmanager
def deploy(town: Town, which: int) -> Iterator[None]:
    """Deploy the other release: the one before at first, then this one again.

    Both run side by side meanwhile, on one database, as during any deployment.
    """
    town.releases.reverse()
    for server in town.servers:
        server.stop()
        server.root = town.release.root
        server.start()
    town.worker.stop()
    town.hire_worker()
    town.writer.kill()
    yield  # the writer comes back with the next round
