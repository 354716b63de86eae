"""Percentiles of measurements."""

from __future__ import annotations


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
