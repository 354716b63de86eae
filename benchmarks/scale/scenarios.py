"""What happens to the installation: an ordinary day, and six days that are not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from benchmarks.scale.constants import constants
from benchmarks.scale.crowd import Outcome, Prices, Process, spread
from benchmarks.scale.flow import Load, Rates, greeted, heal_queries, load, memory, ordinary
from benchmarks.scale.town import DEFAULTS, HOURS, MEAN, Town, growth_at, share_at
from realtime_notify.wire import heal
from realtime_notify.wire.pace import Pace, Retry
from realtime_notify.wire.threads import HELLO_DEADLINE

FAILOVER = 30.0  # seconds
RECIPIENTS = 300_000
NETWORK = 1.25e9  # bytes a second out of Redis: ten gigabits
DISK = 2e8  # bytes of log that a plain disk writes in a second
STEPS = 4  # an hour
SHARDS = 4
AVERAGE = "a day, on average"


@dataclass(frozen=True)
class Scenario:
    """What every part carries in one situation."""

    name: str
    load: Load
    memory: float
    """Megabytes of the fullest process."""
    converged: float
    """Seconds until every open browser shows what its inbox holds, from the end of the fault or
    from the call of `notify()`."""


def day(town: Town) -> list[tuple[float, Load]]:
    """Return what every part carries at each quarter of an hour of a day."""
    hours = [step / STEPS for step in range(HOURS * STEPS + 1)]
    return [(hour, load(town, ordinary(town, share_at(hour), growth_at(hour)))) for hour in hours]


def all_of(town: Town) -> list[Scenario]:
    """Return every scenario, each at the peak of the day."""
    loads = [load for _, load in day(town)]
    peak = max(loads, key=lambda load: load.process)
    mean = Load(
        **{name: sum(vars(load)[name] for load in loads) / len(loads) for name in vars(peak)}
    )
    sharded = replace(town, shards=SHARDS)
    return [
        Scenario(AVERAGE, mean, memory(town.each * MEAN), 0),
        Scenario("a day, at its peak", peak, memory(town.each), 0),
        restart_evenly(town),
        restart_to_the_emptiest(town),
        redis_away(town),
        redis_back(town),
        shard_away(sharded),
        failover(town, silent=False),
        failover(town, silent=True),
        broadcast(town),
        large(town),
    ]


# --- restarts ---


def drained(town: Town) -> tuple[float, Retry]:
    """Return how many a process sends away when it ends, and between which seconds they return."""
    return town.each, Pace().spread(round(town.each))


def restart_evenly(town: Town) -> Scenario:
    """One process after the other is restarted, and a proxy gives each its turn."""
    count, over = drained(town)
    others = town.processes - 1
    rates = ordinary(town) | greeted(town, "return", count / over[1])
    arrivals = spread(count / others, over)
    outcome = Process(Prices.of("return")).receive(arrivals)
    return Scenario(
        "rolling restart, sockets in turn",
        load(replace(town, processes=others), rates),
        memory(fullest(town)),
        outcome.after(1.0),
    )


def fullest(town: Town) -> float:
    """Return what the last process holds before its own restart, when nobody else comes or goes."""
    return float(town.each * (1 + 1 / (town.processes - 1)) ** (town.processes - 1))


@cache
def returning_after_restart(town: Town) -> Outcome:
    """Return what became of those whom a process sent away, when one other takes them all."""
    return Process(Prices.of("return")).receive(spread(*drained(town)))


def restart_to_the_emptiest(town: Town) -> Scenario:
    """The same with a proxy that chooses the process with the fewest: the one that is fresh."""
    count, over = drained(town)
    outcome = returning_after_restart(town)
    rates = ordinary(town) | greeted(town, "return", count / over[1])
    whole = load(town, rates)
    mine = load(town, ordinary(town)).process / 2 + outcome.busy / over[1]
    fresh = replace(whole, process=mine, sockets=count / over[1])
    name = "rolling restart, sockets to the emptiest"
    return Scenario(name, fresh, memory(count * (1 + 1 / town.processes)), outcome.after(1.0))


# --- Redis ---


def redis_away(town: Town) -> Scenario:
    """Redis is away, and has been for long enough that every process has noticed."""
    period = alone_period(town)
    rates = without_pushes(town, ordinary(town)) | {"heal": town.connected / period}
    carried = replace(load(town, rates), redis=0.0, messages=0.0, redis_bytes=0.0)
    return Scenario("Redis is away", carried, memory(town.each), period + heal.GRACE)


def redis_back(town: Town) -> Scenario:
    """Redis is back and empty: every process joins all of its groups again."""
    seconds = rejoining(town)
    rates = without_pushes(town, ordinary(town)) | {"rejoin": town.connected / seconds}
    rates["heal"] = town.connected / alone_period(town)
    return Scenario("Redis is back", load(town, rates), memory(town.each), seconds)


def shard_away(town: Town) -> Scenario:
    """One of several Redis is away. Only those processes notice whose probe it carries."""
    noticing = 1 / town.shards
    rates = without_pushes(town, ordinary(town))
    often, seldom = town.connected / alone_period(town), town.connected / town.heal_interval
    rates["heal"] = noticing * often + (1 - noticing) * seldom
    name = f"one of {town.shards} Redis is away"
    round_takes = heal_round(town, 1.0)
    return Scenario(
        name, load(town, rates), memory(town.each), town.heal_interval + round_takes + heal.GRACE
    )


def without_pushes(town: Town, rates: Rates) -> Rates:
    """Return rates in which no push arrives: the heal query finds each, and its browser asks."""
    shown = rates["notification shown"]
    return rates | {"notification shown": 0.0, "sync": shown}


def heal_round(town: Town, slowness: float) -> float:
    """Return the seconds in which a process compares everybody with the database."""
    cost = constants()["heal"]
    query = heal.BATCH * (cost.server + cost.postgresql * slowness) * town.slower / 1e6
    return heal_queries(town) * query


def alone_period(town: Town) -> float:
    """Return the seconds from one heal query to the next, when they are all that brings changes."""
    slowness = 1.0
    for _ in range(20):  # the slower PostgreSQL is, the less it is asked
        period = town.heal_interval_alone + heal_round(town, slowness)
        question = constants()["heal"].postgresql * town.slower / 1e6
        wanted = town.connected / period * question
        slowness = max(1.0, slowness * wanted / town.postgresql_cores)
    return period


def rejoining(town: Town) -> float:
    """Return the seconds until all groups are joined again."""
    cost = constants()["rejoin"]
    by_process = town.each * cost.server / 1e6
    by_redis = town.connected / town.shards * cost.redis / 1e6
    return max(by_process, by_redis)


# --- PostgreSQL ---


def failover(town: Town, *, silent: bool) -> Scenario:
    """A standby takes over: everybody is asked to come back, because nobody knows what is lost."""
    outcome, _ = returning_after_failover(town, silent=silent)
    seconds = outcome.after(1.0)
    rates = ordinary(town)
    whole = load(town, rates)
    asked = town.processes * outcome.postgresql / seconds
    statements = town.processes * len(outcome.batches) * constants()["visit alone"].statements
    carried = replace(
        whole,
        process=whole.process + outcome.busy / seconds,
        sockets=whole.sockets + town.each / seconds,
        frames=whole.frames + 2 * town.each / seconds,
        postgresql=whole.postgresql + asked,
        statements=whole.statements + statements / seconds,
        rows=whole.rows + 22 * town.connected / seconds,
    )
    how = "it hangs first" if silent else "it refuses first"
    return Scenario(f"PostgreSQL fails over, {how}", carried, memory(town.each), seconds)


@cache
def returning_after_failover(town: Town, *, silent: bool) -> tuple[Outcome, Retry]:
    """Return what became of the people of one process, and between which seconds they came."""
    pace = Pace()
    for _ in range(int(FAILOVER / HELLO_DEADLINE) if silent else 0):
        pace.measure(0, HELLO_DEADLINE)
    over = pace.spread(round(town.each))
    prices, slowness = Prices.of("visit"), 1.0
    for _ in range(2):  # all processes ask at the same time
        mine = Pace()
        mine.rate = pace.rate
        outcome = Process(prices, mine, slowness).receive(spread(town.each, over))
        asked = town.processes * outcome.postgresql / outcome.after(1.0)
        slowness = max(1.0, asked / town.postgresql_cores)
        if slowness == 1.0:
            break
    return outcome, over


# --- many at once ---


def broadcast(town: Town) -> Scenario:
    """A broadcast is taken in for everybody who is connected."""
    cost, foreign = constants()["take-in"], constants()["recipient elsewhere"]
    computing = town.each * cost.server + (town.connected - town.each) * foreign.server
    out = town.connected * foreign.redis_out * town.processes
    seconds = max(
        town.each * (cost.server + cost.postgresql) / 1e6,
        computing / 1e6,
        town.connected * cost.postgresql / 1e6 / town.postgresql_cores,
        town.connected * cost.wal / DISK,
        out / NETWORK / town.shards,
        town.connected * foreign.redis * town.processes / 1e6 / town.shards,
    )
    base = load(town, ordinary(town))
    carried = replace(
        base,
        process=base.process + computing / 1e6 / seconds,
        frames=base.frames + town.each / seconds,
        redis=base.redis + town.connected * foreign.redis * town.processes / 1e6 / seconds,
        messages=base.messages
        + town.processes * town.connected / DEFAULTS.CHUNK_SIZE / seconds / town.shards,
        redis_bytes=base.redis_bytes + out / seconds / town.shards,
        postgresql=base.postgresql + town.connected * cost.postgresql / 1e6 / seconds,
        statements=base.statements + town.connected * cost.statements / seconds,
        rows=base.rows + 3 * town.connected / seconds,
        wal=base.wal + town.connected * cost.wal / seconds,
    )
    return Scenario("a broadcast to all", carried, memory(town.each), seconds)


def large(town: Town) -> Scenario:
    """One notification is written into 300,000 inboxes by one worker."""
    cost, here = constants()["recipient elsewhere"], constants()["recipient here"]
    seconds = RECIPIENTS * (cost.caller + cost.postgresql) / 1e6
    shown = RECIPIENTS / (1 + town.absent) / town.processes
    computing = (RECIPIENTS - shown) * cost.server + shown * here.server
    base = load(town, ordinary(town))
    carried = replace(
        base,
        process=base.process + computing / 1e6 / seconds,
        frames=base.frames + shown / seconds,
        callers=base.callers + RECIPIENTS * cost.caller / 1e6 / seconds,
        redis=base.redis + RECIPIENTS * cost.redis * town.processes / 1e6 / seconds / town.shards,
        messages=base.messages
        + town.processes * RECIPIENTS / DEFAULTS.CHUNK_SIZE / seconds / town.shards,
        redis_bytes=base.redis_bytes
        + RECIPIENTS * cost.redis_out * town.processes / seconds / town.shards,
        postgresql=base.postgresql + RECIPIENTS * cost.postgresql / 1e6 / seconds,
        statements=base.statements + RECIPIENTS * cost.statements / seconds,
        rows=base.rows + 3 * RECIPIENTS / seconds,
        wal=base.wal + RECIPIENTS * cost.wal / seconds,
    )
    return Scenario(f"{RECIPIENTS:,} recipients", carried, memory(town.each), seconds)
