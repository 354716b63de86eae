"""One run: a scenario is played, and then every client has to show its inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from hashlib import blake2b
from typing import NamedTuple

from realtime_notify.testing.session import Frame, Outcome, Session, Store
from realtime_notify.testing.simulator.clients import Client, Protocolled
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.happenings import happen
from realtime_notify.testing.simulator.scenarios import Scenario
from realtime_notify.testing.simulator.surroundings import simulated
from realtime_notify.testing.simulator.town import Town
from realtime_notify.wire.heal import GRACE, INTERVAL_WITH_LAYER, RETRY_DELAY
from realtime_notify.wire.threads import HEAL_DEADLINE

PATIENCE = 180.0
"""Seconds within which all clients have to be greeted, and nothing may be owed to anybody, once
nothing is wrong. What waits for a database that has gone silent gives up after a minute."""
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
    byes: dict[int, int]
    """How many connections the servers closed, by the code."""


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
        self.town = Town(scenario, session, self._on_frame)
        self.timeline = self.town.timeline
        self.database = self.town.database
        self.frames = 0
        self.byes = Counter[int]()
        self.trace = blake2b(digest_size=8)
        self.diverged: Diverged | None = None

    def run(self) -> Report:
        with simulated(self.timeline, self.town.wall, self.database, self.town.layer):
            self.town.begin()
            try:
                self._play()
                self._settle()
                self._check_the_end()
                return self._report()
            finally:
                self._end()

    def _play(self) -> None:
        for step in self.scenario.steps:
            self.timeline.run_until(step["at"])
            happen(self.town, **step)
            self.timeline.run_until(step["at"])

    def _settle(self) -> None:
        """Let the faults end, and one heal interval go by."""
        town = self.town
        for field in fields(Weather):
            setattr(town.weather, field.name, field.default)
        for number, process in enumerate(town.processes):
            process.dies_at_commit = process.loses_push = False
            town.restart(number)
        for client in town.clients:
            client.thaw()
        self.timeline.run_until(max(self.timeline.now, town.busy_until))
        until = self.timeline.now + PATIENCE
        while missing := self._missing():
            if self.timeline.now > until:
                raise Diverged(f"{PATIENCE:g} s after the last fault, {missing}.")
            self.timeline.run_until(self.timeline.now + 1.0)
        self.timeline.run_until(self.timeline.now + HEALED_WITHIN)

    def _missing(self) -> str:
        """Return what is not yet as it should be; "" if nothing is."""
        clients = self.town.clients
        if away := [client.name for client in clients if not client.is_as_it_should_be]:
            return f"these clients have not come back, or not left: {away}"
        if self.database.owes({client.user for client in clients if client.login is not None}):
            return "something promised has not been delivered"
        return ""

    # --- what is held ---

    def _on_frame(self, client: Client, frame: Frame, outcome: Outcome) -> None:
        told = {name: value for name, value in frame.items() if name != "beat"}  # is truly random
        self.trace.update(f"{self.timeline.now} {client.name} {outcome} {told}".encode())
        if "bye" in frame:
            self.byes[frame["bye"]["code"]] += 1
        if outcome == "applied":
            self.frames += 1
            self._check_now(client)

    def _check_now(self, client: Client) -> None:
        """Hold what a client shows against what its inbox held at the client's rev."""
        store = client.session.store
        if store.rev is None or any(item["rev"] > store.rev for item in store.items.values()):
            return  # a page is newer than the rest, which follows
        if not self.database.is_present(store.inbox or ""):
            return  # after a restore, pushes count anew, and the next heal query sends it away
        try:
            self._check(client, store, store.inbox or "", store.rev)
        except Diverged as error:
            self.diverged = self.diverged or error

    def _check_the_end(self) -> None:
        if self.diverged is not None:
            raise self.diverged
        for client in self.town.clients:
            if client.turned_away:
                raise Diverged(f"{client.name} was closed with {client.turned_away}.")
            if client.login is not None:
                name, rev = self.database.name(client.user), self.database.inbox(client.user).rev
                self._check(client, client.session.store, name, rev)
                if client.session.store.inbox != name:
                    raise Diverged(f"{client.name} counts in an inbox of another epoch or user.")
            elif client.session.store.items:
                raise Diverged(f"{client.name} has signed out, and shows an inbox.")
        for loop in self.town.loops():
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
        return Report(
            self.database.commits,
            self.town.lines,
            self.frames,
            self.timeline.now,
            self.trace.hexdigest(),
            dict(self.byes),
        )

    def _end(self) -> None:
        for client in self.town.clients:
            client.loop.stop()  # or it would come back, and start a hub anew
        for _ in range(2):  # a process that was killed at its start begins only now
            for process in (*self.town.processes, *self.town.ended):
                process.loop.end()
            self.timeline.run_until(self.timeline.now + LAST_WORDS)


def diverges(scenario: Scenario, session: Callable[[], Protocolled] = Session) -> bool:
    """Tell whether a run of a scenario ends with `Diverged`, for `shrink()`."""
    try:
        run(scenario, session)
    except Diverged:
        return True
    return False
