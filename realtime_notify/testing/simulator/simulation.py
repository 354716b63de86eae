"""One run: a scenario is played, and then every client has to show its inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from hashlib import blake2b
from typing import Any, NamedTuple

from realtime_notify.testing.session import Frame, Outcome, Session, Store
from realtime_notify.testing.simulator.clients import Client, Protocolled
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.layer import LossyLayer
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.testing.simulator.processes import Line, Process, simulated
from realtime_notify.testing.simulator.scenarios import Scenario, Step
from realtime_notify.wire.heal import GRACE, INTERVAL_WITH_LAYER, RETRY_DELAY
from realtime_notify.wire.threads import HEAL_DEADLINE

RESTARTS_AFTER = 1.0  # seconds in which a killed process is away
PATIENCE = 120.0  # seconds in which all clients have to be greeted once nothing is wrong
HEALED_WITHIN = INTERVAL_WITH_LAYER + HEAL_DEADLINE + 2 * RETRY_DELAY + GRACE + 1.0
"""Seconds: a heal interval, what the last silent call costs before it, and the ways."""
LAST_WORDS = 20.0  # seconds for what is cancelled at the end


class Diverged(AssertionError):
    """A client shows something else than its inbox holds."""


class Report(NamedTuple):
    """What happened in a run."""

    commits: int
    """Revisions of all inboxes."""
    connections: int
    """Connections that clients opened."""
    frames: int
    """Frames that clients applied."""
    ended: float
    """Virtual seconds until everything was checked."""
    trace: str
    """A digest of everything that clients received, and when: runs with the same one were alike."""


def run(scenario: Scenario, session: Callable[[], Protocolled] = Session) -> Report:
    """Play a scenario.

    Args:
        scenario: what happens.
        session: makes the client of the protocol that is put to the test.

    Returns:
        What happened.

    Raises:
        Diverged: a client showed what its inbox did not hold at that revision; or it does not show,
            one heal interval after the last fault, what its inbox holds then.
    """
    return _Simulation(scenario, session).run()


class _Simulation:
    def __init__(self, scenario: Scenario, session: Callable[[], Protocolled]) -> None:
        self.scenario = scenario
        self.session = session
        self.timeline = Timeline()
        self.weather = Weather()
        self.database = Database(self.weather)
        self.layer = LossyLayer(f"{scenario.seed}/layer", self.weather)
        self.processes: list[Process] = []
        self.ended: list[Process] = []
        self.clients: list[Client] = []
        self.lines = self.frames = 0
        self.trace = blake2b(digest_size=8)
        self.diverged: Diverged | None = None

    def run(self) -> Report:
        with simulated(self.timeline, self.database, self.layer):
            self.processes = [self._start(number) for number in range(self.scenario.processes)]
            self.clients = [
                self._client(f"{user}/{number}", f"user{user}")
                for user in range(self.scenario.users)
                for number in range(self.scenario.clients)
            ]
            for client in self.clients:
                client.connect()
            try:
                self._play()
                self._settle()
                self._check_the_end()
                return self._report()
            finally:
                self._end()

    # --- what happens ---

    def _play(self) -> None:
        for step in self.scenario.steps:
            self.timeline.run_until(step["at"])
            self._do(**step)
            self.timeline.run_until(step["at"])

    def _do(self, at: float, do: str, **arguments: Any) -> None:
        getattr(self, f"_do_{do}")(**arguments)

    def _do_notify(self, to: list[int], message: str, by: int) -> None:
        self._in_process(by, self.database.notify, [f"user{user}" for user in to], message)

    def _do_promise(self, to: list[int], message: str) -> None:
        self.database.promise([f"user{user}" for user in to], message)

    def _do_act(self, client: int, verb: str, **which: int) -> None:
        reader = self.clients[client]
        if "upto" in which:
            reader.act(**{verb: which})
        elif shown := sorted(reader.session.store.items):
            reader.act(**{verb: {"ids": shown[-1:]}})

    def _do_scroll(self, client: int) -> None:
        self.clients[client].scroll()

    def _do_weather(self, lasts: float, **fault: Any) -> None:
        for name, value in fault.items():
            setattr(self.weather, name, value)
        # The clients live through everything, so the first of them keeps the time.
        self.clients[0].loop.call_later(lasts, self._clear_up, fault)

    def _do_cut(self, client: int, dead: bool) -> None:
        if line := self.clients[client].line:
            if dead:
                line.is_dead = True
            else:
                line.cut()

    def _do_kill(self, process: int) -> None:
        self.processes[process].kill()
        self.clients[0].loop.call_later(RESTARTS_AFTER, self._restart, process)

    def _do_die_at_commit(self, process: int) -> None:
        self.processes[process].dies_at_commit = True

    def _do_lose_push(self, process: int) -> None:
        self.processes[process].loses_push = True

    def _do_back_up(self) -> None:
        self.database.back_up()

    def _do_restore(self, by: int) -> None:
        self._in_process(by, self.database.restore)

    def _do_sign_in(self, client: int, user: int) -> None:
        self.clients[client].user = f"user{user}"
        self._do_cut(client, dead=False)

    def _do_forget_groups(self) -> None:
        self.layer.forget()

    def _clear_up(self, fault: Step) -> None:
        fine = Weather()
        for name in fault:
            setattr(self.weather, name, getattr(fine, name))

    def _in_process(self, number: int, call: Callable[..., object], *args: Any) -> None:
        process = self.processes[number]
        process.loop.call_soon(call, *args)

    # --- the parts ---

    def _start(self, number: int) -> Process:
        name = f"{self.scenario.seed}/process{number}.{len(self.ended)}"
        return Process(name, self.timeline, self.database, self.weather)

    def _restart(self, number: int) -> None:
        if self.processes[number].loop.stopped:
            self.ended.append(self.processes[number])
            self.processes[number] = self._start(number)

    def _client(self, name: str, user: str) -> Client:
        name = f"{self.scenario.seed}/client{name}"
        return Client(name, user, self.timeline, self._connect, self._on_frame, self.session)

    def _connect(self, client: Client) -> Line | None:
        alive = [process for process in self.processes if not process.loop.stopped]
        if not alive:
            return None
        self.lines += 1
        process = alive[client.dice.below(len(alive))]
        line = Line(client.user, client, process, client.dice, self.weather)
        process.serve(line)
        return line

    def _loops(self) -> list[Loop]:
        processes = [process.loop for process in (*self.processes, *self.ended)]
        return processes + [client.loop for client in self.clients]

    # --- the end ---

    def _settle(self) -> None:
        """Let the faults end, and one heal interval go by."""
        for field in fields(Weather):
            setattr(self.weather, field.name, field.default)
        for number, process in enumerate(self.processes):
            process.dies_at_commit = process.loses_push = False
            self._restart(number)
        until = self.timeline.now + PATIENCE
        while away := [client.name for client in self.clients if not client.is_connected]:
            if self.timeline.now > until:
                raise Diverged(f"These clients have not come back in {PATIENCE:g} s: {away}.")
            self.timeline.run_until(self.timeline.now + 1.0)
        self.timeline.run_until(self.timeline.now + HEALED_WITHIN)

    def _on_frame(self, client: Client, frame: Frame, outcome: Outcome) -> None:
        told = {name: value for name, value in frame.items() if name != "beat"}  # is truly random
        self.trace.update(f"{self.timeline.now} {client.name} {outcome} {told}".encode())
        if outcome == "applied":
            self.frames += 1
            self._check_now(client)

    def _check_now(self, client: Client) -> None:
        """Hold what a client shows against what its inbox held at the client's rev."""
        store = client.session.store
        if store.rev is None or any(item["rev"] > store.rev for item in store.items.values()):
            return  # a page is newer than the rest, which follows
        if store.inbox != self.database.name(client.user):
            return  # after a restore, pushes count anew, and the next heal query sends it away
        try:
            self._check(client, store, store.inbox or "", store.rev)
        except Diverged as error:
            self.diverged = self.diverged or error

    def _check_the_end(self) -> None:
        if self.diverged is not None:
            raise self.diverged
        for client in self.clients:
            inbox = self.database.inbox(client.user)
            self._check(client, client.session.store, self.database.name(client.user), inbox.rev)
        for loop in self._loops():
            if loop.failures:
                raise Diverged(f"Nobody handled an exception: {loop.failures[0]}")

    def _check(self, client: Client, store: Store, inbox: str, rev: int) -> None:
        numbers, rows = self.database.history[inbox][rev]
        bottom = store.bottom or 0
        expected = {**numbers, "items": [row for row in rows if row[1] >= bottom]}
        shown = store.snapshot()
        found = {name: shown[name] for name in expected}
        if found != expected:
            raise Diverged(
                f"At {self.timeline.now:.3f} s, {client.name} shows {found}, but its inbox "
                f"{'held' if store.rev == rev else 'holds'} {expected}."
            )

    def _report(self) -> Report:
        commits = sum(inbox.rev for inbox in self.database.inboxes.values())
        return Report(commits, self.lines, self.frames, self.timeline.now, self.trace.hexdigest())

    def _end(self) -> None:
        for client in self.clients:
            client.loop.stop()  # or it would come back, and start a hub anew
        for _ in range(2):  # a process that was killed at its start begins only now
            for process in (*self.processes, *self.ended):
                process.loop.end()
            self.timeline.run_until(self.timeline.now + LAST_WORDS)


def diverges(scenario: Scenario, session: Callable[[], Protocolled] = Session) -> bool:
    """Tell whether a run of a scenario ends with `Diverged`, for `shrink()`."""
    try:
        run(scenario, session)
    except Diverged:
        return True
    return False
