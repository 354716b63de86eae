"""What happens in a scenario: one function for each thing that a step can `do`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime_notify.testing.simulator.clients import Client
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.scenarios import Step
from realtime_notify.testing.simulator.town import Town

TURN = 5.0  # seconds between two processes of a rolling restart


def happen(town: Town, at: float, do: str, **arguments: Any) -> None:
    """Let a step of a scenario happen."""
    _HAPPENINGS[do](town, **arguments)


# --- what people do ---


def _notify(town: Town, to: list[int], message: str, by: int) -> None:
    _in_process(town, by, town.database.notify, _users(to), message)


def _promise(town: Town, to: list[int], message: str) -> None:
    town.database.promise(_users(to), message)


def _broadcast(town: Town, message: str, by: int) -> None:
    _in_process(town, by, town.database.broadcast, message)


def _prune(town: Town, user: int, keep: int, by: int) -> None:
    _in_process(town, by, town.database.prune, f"user{user}", keep)


def _act(town: Town, client: int, verb: str, **which: int) -> None:
    reader = town.clients[client]
    if "upto" in which:
        reader.act(**{verb: which})
    elif shown := sorted(reader.session.store.items):
        reader.act(**{verb: {"ids": shown[-1:]}})


def _scroll(town: Town, client: int) -> None:
    town.clients[client].scroll()


def _crowd(town: Town, count: int) -> None:
    """Let many browsers come at once."""
    for _ in range(count):
        number = len(town.clients)
        town.arrive(f"-of-crowd/{number}", f"user{number % town.scenario.users}")


def _sign_in(town: Town, client: int, user: int) -> None:
    """Let somebody sign in to a browser, in the place of who was: its old session ends silently."""
    reader = town.clients[client]
    reader.user = f"user{user}"
    was_out, former = reader.login is None, reader.login
    reader.login = town.log_in(reader.user)
    if former is not None:
        del town.database.sessions[former]
    if was_out and reader.line is None:
        reader.connect()


def _sign_out(town: Town, client: int, by: int) -> None:
    reader = town.clients[client]
    if reader.login is not None:
        _in_process(town, by, _leave, town, reader)


def _leave(town: Town, reader: Client) -> None:
    login, reader.login = reader.login, None
    town.database.sign_out(login or "")


# --- what goes wrong ---


def _weather(town: Town, lasts: float, **fault: Any) -> None:
    for name, value in fault.items():
        setattr(town.weather, name, value)
    town.later(lasts, _clear_up, town, fault)


def _clear_up(town: Town, fault: Step) -> None:
    fine = Weather()
    for name in fault:
        setattr(town.weather, name, getattr(fine, name))


def _cut(town: Town, client: int, dead: bool) -> None:
    if line := town.clients[client].line:
        if dead:
            line.is_dead = True
        else:
            line.cut()


def _cut_all(town: Town) -> None:
    """Break all lines, as when a proxy restarts."""
    for client in range(len(town.clients)):
        _cut(town, client, dead=False)


def _freeze(town: Town, client: int, lasts: float) -> None:
    reader = town.clients[client]
    reader.freeze()
    town.later(lasts, reader.thaw)


def _kill(town: Town, process: int) -> None:
    town.processes[process].kill()


def _restart(town: Town, process: int) -> None:
    """Let a process send its clients away and end."""
    town.processes[process].drain()


def _restart_all(town: Town) -> None:
    """Restart all processes, one after the other."""
    for number in range(len(town.processes)):
        town.later(number * TURN, _restart, town, number)
    town.busy_until = town.timeline.now + len(town.processes) * TURN


def _die_at_commit(town: Town, process: int) -> None:
    town.processes[process].dies_at_commit = True


def _lose_push(town: Town, process: int) -> None:
    town.processes[process].loses_push = True


def _forget_groups(town: Town) -> None:
    town.layer.forget()


def _back_up(town: Town) -> None:
    town.database.back_up()


def _restore(town: Town, by: int) -> None:
    _in_process(town, by, town.database.restore)


def _step_clock(town: Town, by: float) -> None:
    town.clock_error += by


def _users(numbers: list[int]) -> list[str]:
    return [f"user{number}" for number in numbers]


def _in_process(town: Town, number: int, call: Callable[..., object], *args: Any) -> None:
    """Call in a process, or in another that is there; not at all if none is."""
    for process in town.processes[number:] + town.processes[:number]:
        if not process.loop.stopped:
            process.loop.call_soon(call, *args)
            return


_HAPPENINGS: dict[str, Callable[..., None]] = {
    "act": _act,
    "back_up": _back_up,
    "broadcast": _broadcast,
    "crowd": _crowd,
    "cut": _cut,
    "cut_all": _cut_all,
    "die_at_commit": _die_at_commit,
    "forget_groups": _forget_groups,
    "freeze": _freeze,
    "kill": _kill,
    "lose_push": _lose_push,
    "notify": _notify,
    "promise": _promise,
    "prune": _prune,
    "restart": _restart,
    "restart_all": _restart_all,
    "restore": _restore,
    "scroll": _scroll,
    "sign_in": _sign_in,
    "sign_out": _sign_out,
    "step_clock": _step_clock,
    "weather": _weather,
}
