"""Bounds on what processes hold."""

from __future__ import annotations

from pathlib import Path

from chaos import leaks
from chaos.leaks import Holding


def test_what_exceeds_its_bound_is_found():
    holding = Holding("server 0", {"threads": 9, "tasks": 2}, {"threads": 8, "tasks": 2})

    assert leaks.audit([holding]) == ["server 0 has 9 threads, 8 is its bound."]


def test_the_documentation_names_the_bounds():
    page = (Path(__file__).parents[2] / "docs/reliability.md").read_text()
    columns = (leaks.SERVER, leaks.JOB, leaks.TOWN)

    for name in {name for bounds in columns for name in bounds}:
        cells = " | ".join(f"{bounds[name]:g}" if name in bounds else "" for bounds in columns)
        assert f"| {name} | {cells} |" in page
