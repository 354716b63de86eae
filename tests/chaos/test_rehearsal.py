"""A town of real processes, broken for a while; and the auditor in it, who is tried himself."""

from __future__ import annotations

import secrets
from itertools import islice

from chaos.plan import Fault, Round, plan
from chaos.rehearsal import Rehearsal
from chaos.town import Town

SECONDS = 25.0


def test_everybody_agrees_after_every_fault(tmp_path):
    seed = secrets.randbelow(1_000_000)

    with Town(tmp_path, seed) as town:
        figures = Rehearsal(town).run(plan(seed), SECONDS)

    assert not figures.findings, f"make chaos SEED={seed}: {figures.findings}"
    assert figures.rounds
    assert figures.notifications


def test_a_divergence_in_the_database_ends_the_run_with_a_finding(tmp_path):
    """The planted fault is one that nothing mends: a counter that no revision announces."""

    def rounds():
        yield Round(0, 0.5, (Fault("client vanishes", 0.0, 0.1, 0),))
        town.query("UPDATE realtime_notify_inbox SET unread = unread + 1 WHERE rev > 0")
        rehearsal.patience = 4.0
        yield from islice(plan(7, ["client vanishes"]), 1)

    with Town(tmp_path, 7, servers=("daphne",)) as town:
        rehearsal = Rehearsal(town)
        figures = rehearsal.run(rounds(), SECONDS)

    assert any("unread, its rows say" in finding for finding in figures.findings)
