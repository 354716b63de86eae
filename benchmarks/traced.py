"""Runs a server that keeps account of its memory.

Each SIGUSR1 makes it write a snapshot: `TRACED/1`, `TRACED/2` and so on.

    TRACED=directory python -m benchmarks.traced uvicorn benchmarks.ours:application
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import tracemalloc
from itertools import count
from pathlib import Path
from typing import Any

numbers = count(1)


def write_snapshot(*_: Any) -> None:
    """Write what is in use, under its final name when it is complete."""
    gc.collect()
    path = Path(os.environ["TRACED"]) / str(next(numbers))
    tracemalloc.take_snapshot().dump(f"{path}.part")
    path.with_suffix(".part").rename(path)


if __name__ == "__main__":
    tracemalloc.start()
    signal.signal(signal.SIGUSR1, write_snapshot)
    _, module, *options = sys.argv
    sys.argv = [module, *options]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
