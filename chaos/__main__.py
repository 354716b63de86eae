"""Break a town for some minutes, and say what did not agree.

    python -m chaos --minutes 30 --seed 7
    python -m chaos --minutes 0.3 --seed 1 --seeds 100

The exit status is 1 when something diverged. The logs, the ledger and a dump of the database of a
run that failed stay in the directory that is named at the end.
"""

from __future__ import annotations

import argparse
import resource
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from chaos.figures import Figures
from chaos.plan import KINDS, plan
from chaos.rehearsal import Rehearsal
from chaos.town import SERVERS, Town

SHOWN = 20
"""Findings that are printed; the others are about the same."""


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Break a town.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--seeds", type=int, default=1, help="runs: each has the next seed")
    parser.add_argument("--servers", default=",".join(SERVERS), help="kinds, with commas")
    parser.add_argument("--browsers", type=int, default=2, help="pages in Chromium")
    parser.add_argument("--before", default="HEAD~1", help="the commit that is deployed too")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    options = parser.parse_args(arguments)

    # What a wire has forgotten stays open.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Whoever ends it early gets the figures of the runs that are over.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    total = Figures()
    failed = []
    try:
        for seed in range(options.seed, options.seed + options.seeds):
            figures = run(seed, options)
            total.add(figures)
            if figures.findings:
                failed.append(seed)
    except KeyboardInterrupt:
        print("Ended early.")
    finally:
        print()
        print(total.table())
    if failed:
        print(f"Seeds that diverged: {', '.join(map(str, failed))}")
    return 1 if failed else 0


def run(seed: int, options: argparse.Namespace) -> Figures:
    """Build a town, break it by the plan of a seed, and print what did not agree."""
    directory = Path(tempfile.mkdtemp(prefix="realtime-notify-chaos-"))
    print(f"Seed {seed}: make chaos MINUTES={options.minutes:g} SEED={seed}", flush=True)
    servers = tuple(options.servers.split(","))
    with Town(directory, seed, servers, before=options.before, browsers=options.browsers) as town:
        if reason := town.releases[-1].reason:
            print(f"Everything is deployed with the same code: {reason}.")
        rehearsal = Rehearsal(town)
        figures = rehearsal.run(plan(seed, options.kinds), 60 * options.minutes)
        if figures.findings:
            town.keep_database()
    for finding in figures.findings[:SHOWN]:
        print(f"- {finding}")
    if figures.findings:
        print(f"The logs, the ledger and a dump of the database are in {directory}.")
    else:
        shutil.rmtree(directory)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
