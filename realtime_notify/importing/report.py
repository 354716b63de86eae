"""What an import wrote, what existed already, and what could not be imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

_MAX_EXAMPLES = 3


def no_progress(part: str, done: int, total: int) -> None:
    """Report no progress."""


@dataclass
class Report:
    """Counts rows by part, such as "events" or "subscriptions".

    Attributes:
        on_progress: called with a part, the number of its rows read so far, and their total.
        new: how many rows were written.
        known: how many rows existed already.
        skipped: how many rows were not imported, by part and reason.
        notes: how many rows were imported with a change, by part and remark.
    """

    on_progress: Callable[[str, int, int], None] = no_progress
    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def skip(self, part: str, reason: str, row: object) -> None:
        """Count a row that is not imported, and keep it as an example."""
        self.skipped[part, reason] += 1
        self._keep_example(part, reason, row)

    def note(self, part: str, remark: str, row: object = None) -> None:
        """Count a row that is imported with a change, and keep it as an example."""
        self.notes[part, remark] += 1
        self._keep_example(part, remark, row)

    def lines(self) -> Iterator[str]:
        """Yield the lines to print."""
        for part in dict.fromkeys([*self.new, *self.known]):
            yield f"{part}: {self.new[part]} new, {self.known[part]} already here"
        for title, counts in (("Imported with changes:", self.notes), ("Skipped:", self.skipped)):
            if counts:
                yield title
            for (part, reason), count in sorted(counts.items()):
                yield f"  {part}: {count} x {reason}{self._such_as(part, reason)}"

    def _keep_example(self, part: str, reason: str, row: Any) -> None:
        """Keep the smallest rows, which are the same in whatever order an import reads them."""
        examples = self._examples.setdefault((part, reason), [])
        if row is not None:
            examples.append(row)
            examples.sort(key=lambda row: (type(row).__name__, row))
            del examples[_MAX_EXAMPLES:]

    def _such_as(self, part: str, reason: str) -> str:
        examples = self._examples[part, reason]
        return f" (such as {', '.join(map(str, examples))})" if examples else ""
