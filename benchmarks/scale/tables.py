"""The tables of `docs/scale.md`, each as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from benchmarks.scale import limits
from benchmarks.scale.checks import compared
from benchmarks.scale.constants import constants
from benchmarks.scale.scenarios import Scenario, all_of
from benchmarks.scale.town import Town

HAPPENINGS = {
    "second": "a second of a process in which nothing happens",
    "visit alone": "a socket of a new page: handshake, hello, first page, group",
    "visit in a crowd": "the same, greeted with many others",
    "return alone": "a socket that comes back and has missed one notification",
    "return in a crowd": "the same, greeted with many others",
    "hello again": "a hello without a handshake, nothing new",
    "leave": "a socket that is closed",
    "notification to one": "`notify()` to one person who is connected",
    "recipient here": "one of many recipients, connected to the process",
    "recipient elsewhere": "one of many recipients, not connected to it",
    "mark": "a notification is marked as read",
    "sync": "a browser asks for one change",
    "heal": "one person in a heal query",
    "heartbeat": "a heartbeat and its answer",
    "session check": "one connection whose session is checked",
    "take-in": "one person takes a broadcast in, and sees it",
    "rejoin": "one person's group is joined again after Redis was empty",
    "connection to PostgreSQL": "a connection that is opened, for want of a pool",
}


def everything(town: Town) -> dict[str, str]:
    """Return all tables by name."""
    scenarios = all_of(town)
    return {
        "machine": _machine(),
        "costs": _costs(),
        "checks": _checks(),
        "processes": _processes(scenarios),
        "redis": _redis(scenarios),
        "postgresql": _postgresql(scenarios),
        "limits": _limits(town),
        "shopping": _shopping(town, scenarios),
        "sensitivity": _sensitivity(town),
        "assumptions": _assumptions(town),
    }


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table: texts at the left, figures at the right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  ", "| ") for line in lines)


def number(value: float) -> str:
    """Return a number with no more figures than it is worth."""
    if value >= 1000:
        digits = len(str(int(value))) - 3
        return f"{round(value / 10**digits) * 10**digits:,}"
    return f"{value:.0f}" if value >= 100 or not value else f"{value:.3g}"


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{100 * value:.0f} %" if value >= 0.1 or not value else f"{100 * value:.2g} %"


def seconds(value: float) -> str:
    """Return how long something takes."""
    if value < 0.1:
        return "at once"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def _machine() -> str:
    machine = constants().machine
    rows = [
        ["measured on", machine["date"]],
        ["processors", f"{machine['cores']} cores of {machine['processor']}, shared"],
        ["processes that waited for them", f"{machine['busy']:.0f}, of all that ran there"],
        ["Python", machine["python"]],
        ["sockets on the server process", number(machine["browsers"])],
    ]
    return table(["", ""], rows)


def _costs() -> str:
    def row(name: str, meaning: str) -> list[str]:
        cost = constants()[name]
        parts = (cost.server, cost.caller, cost.postgresql, cost.redis, cost.statements, cost.wal)
        return [meaning, *map(number, parts)]

    heads = ["µs of a processor", "server", "caller or worker", "PostgreSQL", "Redis"]
    heads += ["statements", "bytes of log"]
    return table(heads, (row(*item) for item in HAPPENINGS.items()))


def _checks() -> str:
    rows = [
        [check.what, check.show(check.predicted), check.show(check.measured), f"{check.error:+.0%}"]
        for check in compared()
    ]
    return table(["", "calculated", "measured", "error"], rows)


def _of_scenarios(
    scenarios: Iterable[Scenario],
    columns: dict[str, Callable[[Scenario], str]],
) -> str:
    rows = ([one.name, *(show(one) for show in columns.values())] for one in scenarios)
    return table(["", *columns], rows)


def _processes(scenarios: Iterable[Scenario]) -> str:
    return _of_scenarios(
        scenarios,
        {
            "of a core": lambda one: percent(one.load.process),
            "MB": lambda one: number(one.memory),
            "sockets opened a second": lambda one: number(one.load.sockets),
            "frames a second": lambda one: number(one.load.frames),
            "all have converged after": lambda one: seconds(one.converged),
        },
    )


def _redis(scenarios: Iterable[Scenario]) -> str:
    return _of_scenarios(
        scenarios,
        {
            "of a core": lambda one: percent(one.load.redis),
            "messages a second": lambda one: number(one.load.messages),
            "MB a second": lambda one: number(one.load.redis_bytes / 1e6),
        },
    )


def _postgresql(scenarios: Iterable[Scenario]) -> str:
    return _of_scenarios(
        scenarios,
        {
            "cores": lambda one: number(one.load.postgresql),
            "statements a second": lambda one: number(one.load.statements),
            "rows a second": lambda one: number(one.load.rows),
            "MB of log a second": lambda one: number(one.load.wal / 1e6),
            "cores of callers and workers": lambda one: number(one.load.callers),
        },
    )


def _limits(town: Town) -> str:
    rows = [
        [
            limit.part,
            limit.when,
            limit.show(limit.carries),
            limit.show(limit.room),
            number(limit.people),
        ]
        for limit in limits.of(town)
    ]
    return table(["", "when", "carries", "has room for", "full at, people"], rows)


def _shopping(town: Town, scenarios: Sequence[Scenario]) -> str:
    return table(["", "to buy", "because"], limits.shopping(town, scenarios))


def _sensitivity(town: Town) -> str:
    variants = {
        "as assumed": town,
        "visits twice": replace(town, visits=2 * town.visits),
        "visits half": replace(town, visits=town.visits / 2),
        "notifications twice": replace(town, notifications=2 * town.notifications),
        "notifications half": replace(town, notifications=town.notifications / 2),
        "marks twice": replace(town, marks=2 * town.marks),
        "marks half": replace(town, marks=town.marks / 2),
        "`HEAL_INTERVAL` 15": replace(town, heal_interval=15.0, heal_interval_alone=15.0),
        "80 processes": replace(town, processes=2 * town.processes),
        "20 processes": replace(town, processes=town.processes // 2),
        "without a pool": replace(town, pooled=False),
        "processors half as fast": replace(town, slower=2.0),
        "processors twice as fast": replace(town, slower=0.5),
    }
    rows = [[name, *limits.sensitive(variant)] for name, variant in variants.items()]
    heads = ["", "a process at the peak", "PostgreSQL, cores", "Redis", "PostgreSQL without Redis"]
    return table(heads, rows)


def _assumptions(town: Town) -> str:
    rows = [
        ["people connected at the peak, one socket each", number(town.connected)],
        ["server processes", number(town.processes)],
        ["sockets that each opens in an hour, by coming or loading a page", number(town.visits)],
        ["notifications in an hour to each", number(town.notifications)],
        ["notifications to the absent, for each of these", number(town.absent)],
        ["commands of each in an hour: read, seen, archive", number(town.marks)],
        ["cores of PostgreSQL's machine", number(town.postgresql_cores)],
    ]
    return table(["", "assumed"], rows)
