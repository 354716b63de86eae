"""Break a town for some minutes, and say what did not agree.

    python -m chaos --minutes 30 --seed 7

The exit status is 1 when something diverged. The logs, the ledger and the plan of a run that failed
stay in the directory that is named at the end.
"""

from __future__ import annotations

import argparse
import resource
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

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
    parser.add_argument("--servers", default=",".join(SERVERS), help="kinds, with commas")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    options = parser.parse_args(arguments)

    # What a wire has forgotten stays open.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    directory = Path(tempfile.mkdtemp(prefix="realtime-notify-chaos-"))
    print(f"Seed {options.seed}: make chaos MINUTES={options.minutes:g} SEED={options.seed}")
    with Town(directory, options.seed, tuple(options.servers.split(","))) as town:
        figures = Rehearsal(town).run(plan(options.seed, options.kinds), 60 * options.minutes)
    print()
    print(figures.table())
    for finding in figures.findings[:SHOWN]:
        print(f"- {finding}")
    if figures.findings:
        print(f"The logs and the ledger are in {directory}.")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
