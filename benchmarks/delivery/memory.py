"""The most memory that delivering one event takes, in a process of its own.

python -m benchmarks.delivery.memory bench/all
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.delivery.ground import ALL, TENTH
from benchmarks.delivery.measuring import Figure, at_most

MEGABYTE = 1024  # ru_maxrss counts kilobytes


def measure() -> Iterator[Figure]:
    """Deliver to ten thousand and to everybody."""
    few, many = (_peak(key) for key in (TENTH, ALL))
    yield Figure("peak memory, 10,000 people", f"{few:.0f} MB")
    yield Figure("peak memory, everybody", f"{many:.0f} MB")
    yield at_most("the second over the first", many / few, 1.3, " times")


def _peak(key: str) -> float:
    command = [sys.executable, "-m", "benchmarks.delivery.memory", key]
    done = subprocess.run(command, env=os.environ, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def main(key: str) -> None:
    """Deliver one event of a type, and print the peak in megabytes."""
    import django

    django.setup()
    from realtime_notify import notify
    from realtime_notify.delivery import deliver

    deliver(notify("Weighed", key))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE)


if __name__ == "__main__":
    main(sys.argv[1])
