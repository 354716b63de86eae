"""Rounds of faults, each with an audit after it, and the figures of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait

import psycopg

from chaos import auditor, mails, pages
from chaos.faults import break_
from chaos.figures import Figures
from chaos.holdings import Holdings
from chaos.plan import KINDS, Fault, Round
from chaos.town import Town

USERS = "auth_user"
PATIENCE = 60.0
SETTLE_PATIENCE = 40.0
"""Seconds that connections have to go whose other end has: three heartbeats, and some time-outs."""
LOOK_EVERY = 0.2
SAY_EVERY = 5.0
HANDS = 8
"""More than the faults of a round."""
BETWEEN_MAIL_AND_MARK = {"worker", "mail", "network", "database", "clock"}
"""What may break, so that a mail is sent again that was sent."""


class Rehearsal:
    """Runs rounds in a town until something diverges.

    Attributes:
        patience: seconds after which what does not agree, and stays the same, never will.
    """

    def __init__(self, town: Town) -> None:
        self.town = town
        self.patience = PATIENCE
        self.figures = Figures(runs=1)
        self._memory = auditor.Memory()
        self._holdings = Holdings(town)
        self._mails: list[mails.Mail] = []
        # Processes die with the thread that has started them, so the threads stay.
        self._hands = ThreadPoolExecutor(HANDS)

    def run(self, rounds: Iterable[Round], seconds: float) -> Figures:
        """Run rounds for so long; end with the first that finds something."""
        self._converge(time.monotonic(), ())  # everybody is greeted before anything breaks
        self._settle()
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
        self._count_repeats(this)
        self._settle()
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
        """Wait until all agree, as long as what does not becomes something else meanwhile."""
        say = time.monotonic() + SAY_EVERY
        moved = time.monotonic()
        before: list[str] = []
        while (findings := self._audit()) and time.monotonic() - moved < self.patience:
            if findings != before:
                before, moved = findings, time.monotonic()
            if time.monotonic() > say:
                print(f"    not yet: {findings[0]} ({len(findings)} in all)", flush=True)
                say += SAY_EVERY
            time.sleep(LOOK_EVERY)
        took = time.monotonic() - mended
        for kind in kinds:
            self.figures.converged[kind] = max(self.figures.converged.get(kind, 0.0), took)
        self.figures.findings += [*findings, *self.town.missing(), *self._hear()]
        return took

    def _settle(self) -> None:
        """Give what has lost its use time to go, and see that it has gone."""
        if self.figures.findings:
            return
        until = time.monotonic() + SETTLE_PATIENCE
        while (findings := self._holdings.audit()) and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
        self.figures.findings += findings
        self.figures.held = self._holdings.table()

    def _audit(self) -> list[str]:
        town = self.town
        try:
            books = auditor.read_books(town.database.url, town.ledger, USERS)
            dispatches = mails.read_dispatches(town.database.url, USERS)
        except psycopg.OperationalError as error:
            return [f"The database does not answer: {error}"]
        self._mails = mails.read_mails(town.mails)
        self.figures.notifications = sum(
            len(entry.to) for entry in books.ledger.values() if entry.state == "done"
        )
        self.figures.mails = len(self._mails)
        return [
            *auditor.audit(books, town.crowd.look(), town.quiet),
            *pages.audit_pages(books, town.browsers.look()),
            *mails.audit_mails(books, self._mails, dispatches, town.quiet),
        ]

    def _count_repeats(self, this: Round) -> None:
        """Count the mails that came twice, which only some faults may bring."""
        before, self.figures.repeats = self.figures.repeats, mails.repeats(self._mails)
        broken = {thing for fault in this.faults for thing in KINDS[fault.kind]}
        if self.figures.repeats > before and not broken & BETWEEN_MAIL_AND_MARK:
            self.figures.findings.append(
                f"{self.figures.repeats - before} mails came twice in {this}."
            )

    def _hear(self) -> list[str]:
        """Judge what the clients have lived through since the last time."""
        findings = [*self.town.crowd.failures(), *self.town.browsers.failures()]
        if self.town.gives_twice:
            self.town.gives_twice = False
            self._memory.forget()
            for client in self.town.crowd.clients:
                client.tally.states.clear()
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
