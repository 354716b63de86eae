"""What the checks found, line by line."""

from __future__ import annotations

import sys
from collections import Counter

MAX_REASON = 400  # characters of what was wrong

OK, FAILED, NOT_CHECKED = "ok", "FAILED", "not checked"


class Report:
    """Prints a line for each check as it is made, and counts."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, outcome: str, name: str, sentence: str, reason: str = "") -> None:
        """Print what came of a check.

        Args:
            outcome: `OK`, `FAILED` or `NOT_CHECKED`.
            name: of the check.
            sentence: what it holds.
            reason: what was wrong, or why it was not made.
        """
        self._counts[outcome] += 1
        sys.stdout.write(f"{outcome:12}{name}: {sentence}\n")
        if reason:
            sys.stdout.write(f"{'':12}{reason[:MAX_REASON]}\n")
        sys.stdout.flush()

    def close(self) -> int:
        """Print how many there were of each; return the exit status, 1 if a check failed."""
        told = (f"{self._counts[outcome]} {outcome}" for outcome in (OK, FAILED, NOT_CHECKED))
        sys.stdout.write(", ".join(told) + "\n")
        return int(self._counts[FAILED] > 0)
