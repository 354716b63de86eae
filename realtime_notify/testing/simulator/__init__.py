"""A whole installation in one thread, on virtual time: thousands of runs a minute, by their seeds.

A scenario says what people do and what goes wrong. After its last fault and one heal interval,
every client has to show its inbox; and at every moment before, what its inbox held at the client's
rev::

    run(Scenario.of_seed(7))
    run(Scenario.of_seed(7), session=MyClient)  # your own client of the protocol

What runs is the code of the server and of the client as it ships:

- `live`: admission, conversations, greeting with its pace, turns, limits;
- `wire`: protocol, encoding, store, hub, connection, outlet, window, writer, heal, sweep, intake of
  broadcasts, sessions, expiries, drain, push, the outbound queue and the receiver of the layer;
- `testing.session`, the client without a socket.

What is a model, or in the place of something real (`surroundings` puts it there):

- `loops`: event loops, and one clock for all of them; also the clock on the wall;
- `lanes`: the threads that ask the database, with their deadlines;
- `database` and `inboxes`: what the tables hold and the queries answer;
- `layer`: the channel layer;
- `lines`: the network, and a server that waits for its reader or does not;
- `clients`: how a browser comes back, by the rules of the protocol;
- the settings, and the sizes of windows, pages and batches, which are small.
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
