"""How each thing breaks, and how it is mended.

A fault is a context: it breaks on entry, and is mended on exit. What breaks at one moment has
nothing to mend.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from chaos.faults import clients, deployments, jobs, network, restores, servers, services
from chaos.plan import Fault
from chaos.town import Town

Break = Callable[[Town, int], AbstractContextManager[None]]

FAULTS: dict[str, Break] = {
    "server killed": servers.kill,
    "server restarted": servers.restart,
    "servers restarted one by one": servers.restart_one_by_one,
    "redis killed": services.kill_redis,
    "redis paused": services.pause_redis,
    "redis emptied": services.empty_redis,
    "redis out of memory": services.fill_redis,
    "database connections cut": services.cut_database_connections,
    "database restarted": services.restart_database,
    "database answer lost": services.lose_answer,
    "database restored": restores.restore,
    "inbox locked": services.lock_inbox,
    "network cut": network.cut,
    "network slowed": network.slow,
    "network half-open": network.lose_one_way,
    "writer killed": jobs.kill_writer,
    "writer killed after commit": jobs.kill_writer_after_commit,
    "writer killed after chunk": jobs.kill_writer_after_chunk,
    "worker killed": jobs.kill_worker,
    "worker killed before it sends": jobs.kill_worker_before_send,
    "worker killed after it has sent": jobs.kill_worker_after_send,
    "mail server killed": jobs.kill_mail_server,
    "mail server busy": jobs.busy_mail_server,
    "clock stepped": servers.step_clock,
    "everything deployed": deployments.deploy,
    "client vanishes": clients.vanish,
    "client stops reading": clients.stop_reading,
    "client sleeps": clients.sleep,
    "client floods": clients.flood,
    "client switches account": clients.switch_account,
}
"""By the kinds of `chaos.plan`."""


def break_(town: Town, fault: Fault) -> None:
    """Break something for as long as the fault lasts, and mend it."""
    with FAULTS[fault.kind](town, fault.which):
        time.sleep(fault.lasts)
