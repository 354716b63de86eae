"""`make bench`: every measurement, one after the other, each in a process of its own.

python -m benchmarks --people 20000 --seconds 5
"""

from __future__ import annotations

import argparse
import subprocess
import sys


def main(arguments: list[str]) -> int:
    """Run the measurements; return how many missed a goal."""
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", default="1000000", help="in the largest audiences")
    parser.add_argument("--seconds", default="60", help="of stress on each database")
    parser.add_argument("--save", action="store_true", help="keep the tables in benchmarks/")
    options = parser.parse_args(arguments)
    save = ["--save"] if options.save else []
    commands = [
        ["fanout", *save],
        ["neighbours", *save],
        ["memory", *save],
        ["panel", *save],
        ["push_latency", *save],
        ["layer_latency", *save],
        ["soak", *save],
        ["costs", *save],
        ["walk", "--people", options.people],
        ["digests"],
        ["broadcast", "--people", options.people],
        ["broadcast_live", "--people", options.people],
        ["crowd", "--server", "uvicorn", "daphne", *save],
        ["rolling", *save],
        ["endurance", *save],
        ["delivery", "--people", options.people, *save],
        ["delivery", "--database", "mariadb", "--people", "50000", *save],
        *(
            ["stress", "--database", database, "--seconds", options.seconds]
            for database in ("postgresql", "mariadb", "sqlite")
        ),
    ]
    return sum(_run(command) for command in commands)


def _run(command: list[str]) -> bool:
    """Run one measurement, and return whether it missed a goal."""
    print(f"\n=== {' '.join(command)} ===", flush=True)
    name, *options = command
    return bool(subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
