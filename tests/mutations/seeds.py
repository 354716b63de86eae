"""The simulator for one question: which seed is the first that fails?

python -m tests.mutations.seeds 300
"""

from __future__ import annotations

import logging
import sys

import django


def main(seeds: int) -> int:
    """Print the first seed that fails, and return 1 if there is one."""
    django.setup()
    logging.disable(logging.CRITICAL)
    from realtime_notify.testing.simulator import Scenario, run

    for seed in range(seeds):
        try:
            run(Scenario.of_seed(seed))
        except Exception:  # Diverged, or whatever a broken rule breaks
            print(f"seed {seed}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
