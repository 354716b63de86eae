"""The simulator from the command line: ``python -m realtime_notify.testing.simulator``.

`DJANGO_SETTINGS_MODULE` names the settings, as for any command of Django.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from time import process_time

import django


def main() -> int:
    """Run seeds, or replay a file; return 1 if anything diverged."""
    parser = argparse.ArgumentParser(prog="python -m realtime_notify.testing.simulator")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to run (1000)")
    parser.add_argument("--keep", type=Path, default=Path(), help="where failures are written")
    parser.add_argument("--replay", type=Path, help="replay this file instead")
    arguments = parser.parse_args()
    django.setup()
    # A simulated Redis that is down is no news.
    logging.getLogger("realtime_notify").setLevel(logging.CRITICAL)
    if arguments.replay:
        return _replay(arguments.replay)
    return _run(range(arguments.first, arguments.first + arguments.seeds), arguments.keep)


def _replay(path: Path) -> int:
    from realtime_notify.testing.simulator import Diverged, Scenario, run

    try:
        report = run(Scenario.read(path))
    except Diverged as error:
        _say(str(error))
        return 1
    _say(f"Nothing diverged: {report}.")
    return 0


def _run(seeds: range, keep: Path) -> int:
    from realtime_notify.testing.simulator import Scenario, diverges, shrink

    began, failed = process_time(), 0
    keep.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        scenario = Scenario.of_seed(seed)
        if diverges(scenario):
            failed += 1
            path = keep / f"seed-{seed}.json"
            shrink(scenario, diverges).write(path)
            _say(f"Seed {seed} diverged. Replay it by --replay {path}")
    rate = 60 * len(seeds) / (process_time() - began)
    _say(f"{len(seeds)} seeds, {failed} diverged, {rate:.0f} runs a minute of processor time.")
    return int(failed > 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
