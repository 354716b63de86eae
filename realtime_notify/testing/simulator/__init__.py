"""A whole installation in one thread, on virtual time: thousands of runs a minute, by their seeds.

What runs is the real code of the server: admission, conversations, greeting, the hub, its
connections, the heal query, the outbound queue. Simulated are the clock, the channel layer, the
network, the threads and the database (`realtime_notify.testing.simulator.processes.simulated`).

A scenario says what people do and what goes wrong. After its last fault and one heal interval,
every client has to show its inbox; and at every moment before, what its inbox held at the client's
rev::

    run(Scenario.of_seed(7))
    run(Scenario.of_seed(7), session=MyClient)  # your own client of the protocol
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime_notify.testing.simulator.clients import Protocolled
    from realtime_notify.testing.simulator.scenarios import Scenario, shrink
    from realtime_notify.testing.simulator.simulation import Diverged, Report, diverges, run

__all__ = ["Diverged", "Protocolled", "Report", "Scenario", "diverges", "run", "shrink"]

_HOMES = {
    "Diverged": "simulation",
    "Protocolled": "clients",
    "Report": "simulation",
    "Scenario": "scenarios",
    "diverges": "simulation",
    "run": "simulation",
    "shrink": "scenarios",
}


def __getattr__(name: str) -> Any:
    # Late, because the command line sets Django up after Python has loaded this package.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
