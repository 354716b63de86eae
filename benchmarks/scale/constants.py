"""The measured constants: what `python -m benchmarks.costs` has saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.costs.cost import Cost

SAVED = Path(__file__).parent.parent / "costs_results.json"


@dataclass(frozen=True)
class Constants:
    """What was measured, and where."""

    machine: dict[str, Any]
    process: float
    """Kilobytes of a server process with a hundred connections."""
    connection: float
    """Kilobytes of one more connection, after traffic."""
    group: float
    """Bytes of Redis for one group."""
    disk: dict[str, float]
    """Bytes of one more row of a table, with its indexes."""
    happenings: dict[str, Cost]
    """What one happening takes, by name."""
    check: dict[str, Any]
    """A run with everything, to compare with what is calculated for it."""

    def __getitem__(self, name: str) -> Cost:
        return self.happenings[name]


@cache
def constants() -> Constants:
    """Return what was measured."""
    saved = json.loads(SAVED.read_text())
    return Constants(
        machine=saved["machine"],
        process=saved["memory"]["process"],
        connection=saved["memory"]["connection"],
        group=saved["memory"]["group"],
        disk=saved["disk"],
        happenings={name: Cost(**cost) for name, cost in saved["happenings"].items()},
        check=saved["check"],
    )
