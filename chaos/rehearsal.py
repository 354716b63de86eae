"""Rounds of faults, each with an audit after it, and the figures of all of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import psycopg

from chaos import auditor
from chaos.faults import break_
from chaos.plan import Fault, Round
from chaos.town import Town

USERS = "auth_user"
PATIENCE = 60.0
"""Seconds after which what does not agree never will."""
LOOK_EVERY = 0.2
SAY_EVERY = 5.0
HANDS = 8
"""More than the faults of a round."""


@dataclass
class Figures:
    """What has happened so far.

    Attributes:
        converged: the longest time to converge after a round with a fault of this kind; other
            faults may have been in it.
        findings: what did not agree. The promise is that there is nothing.
    """

    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    converged: dict[str, float] = field(default_factory=dict)
    notifications: int = 0
    connects: int = 0
    syncs: int = 0
    frames: int = 0
    findings: list[str] = field(default_factory=list)

    def table(self) -> str:
        """Return the figures as a table of Markdown."""
        lines = ["| fault | times | longest time to converge |", "|---|--:|--:|"]
        lines += [
            f"| {kind} | {times} | {self.converged.get(kind, 0.0):.1f} s |"
            for kind, times in sorted(self.faults.items())
        ]
        return "\n".join(
            [
                *lines,
                "",
                f"{self.rounds} rounds, {self.notifications} notifications, {self.connects}"
                f" connects, {self.syncs} syncs, {self.frames} frames,"
                f" {len(self.findings)} findings.",
            ]
        )


class Rehearsal:
    """Runs rounds in a town until something diverges."""

    def __init__(self, town: Town, patience: float = PATIENCE) -> None:
        self.town = town
        self.patience = patience
        self.figures = Figures()
        self._memory = auditor.Memory()
        # Processes die with the thread that has started them, so the threads stay.
        self._hands = ThreadPoolExecutor(HANDS)

    def run(self, rounds: Iterable[Round], seconds: float) -> Figures:
        """Run rounds for so long; end with the first that finds something."""
        self._converge(time.monotonic(), ())  # everybody is greeted before anything breaks
        end = time.monotonic() + seconds
        for each in rounds:
            if time.monotonic() > end or self.figures.findings:
                break
            print(each, flush=True)
            self.run_round(each)
        return self.figures

    def run_round(self, this: Round) -> None:
        """Let everybody work while things break, mend them, and see how long it takes to agree."""
        self.town.go()
        broken = [self._hands.submit(self._break, fault) for fault in this.faults]
        time.sleep(this.seconds)
        wait(broken)
        mended = time.monotonic()
        self.town.rest()
        took = self._converge(mended, [fault.kind for fault in this.faults])
        self.figures.rounds += 1
        agreed = "did not agree in" if self.figures.findings else "agreed after"
        print(f"    {agreed} {took:.1f} s", flush=True)

    def _break(self, fault: Fault) -> None:
        time.sleep(fault.after)
        try:
            break_(self.town, fault)
        except Exception as error:
            self.figures.findings.append(f"{fault.kind} could not be done: {error!r}")
        self.figures.faults[fault.kind] += 1

    def _converge(self, mended: float, kinds: Iterable[str]) -> float:
        began = time.monotonic()
        say = began + SAY_EVERY
        while (findings := self._audit()) and time.monotonic() - began < self.patience:
            if time.monotonic() > say:
                print(f"    not yet: {findings[0]} ({len(findings)} in all)", flush=True)
                say += SAY_EVERY
            time.sleep(LOOK_EVERY)
        took = time.monotonic() - mended
        for kind in kinds:
            self.figures.converged[kind] = max(self.figures.converged.get(kind, 0.0), took)
        self.figures.findings += [*findings, *self.town.missing(), *self._hear()]
        return took

    def _audit(self) -> list[str]:
        town = self.town
        try:
            books = auditor.read_books(town.database.url, town.ledger, USERS)
        except psycopg.OperationalError as error:
            return [f"The database does not answer: {error}"]
        self.figures.notifications = sum(map(len, books.rows.values()))
        return auditor.audit(books, town.crowd.look(), town.quiet)

    def _hear(self) -> list[str]:
        """Judge what the clients have lived through since the last time."""
        findings = self.town.crowd.failures()
        tallies = [(client.person, client.tally) for client in self.town.crowd.clients]
        for person, tally in tallies:
            states, tally.states = tally.states, []
            closes, tally.closes = tally.closes, []
            findings += self._memory.compare(states)
            undeserved = (code for code in closes if code not in tally.deserved)
            findings += auditor.audit_closes(person, undeserved)
        self.figures.connects = sum(tally.connects for _, tally in tallies)
        self.figures.syncs = sum(tally.syncs for _, tally in tallies)
        self.figures.frames = sum(tally.frames for _, tally in tallies)
        return findings
