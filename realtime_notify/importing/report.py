"""What an import did, what was there already, and what it could not map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_EXAMPLES = 3


def _silent(part: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass
class Report:
    """Counts, part by part.

    Attributes:
        on_progress: called with a part, how many rows of it were read, and how many there are.
        new, known: how many rows were written, and how many were there already.
        skipped: how many rows were left out, by part and reason.
        notes: how many rows a remark concerns, by part and remark.
    """

    on_progress: Callable[[str, int, int], None] = _silent
    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], list[object]] = field(default_factory=dict)

    def skip(self, part: str, reason: str, row: object) -> None:
        """Count a row that was left out, and remember which one."""
        self.skipped[part, reason] += 1
        self._remember(part, reason, row)

    def note(self, part: str, remark: str, row: object = None) -> None:
        """Count a row that was copied, but not as it was."""
        self.notes[part, remark] += 1
        self._remember(part, remark, row)

    def lines(self) -> Iterator[str]:
        """Yield the report as people read it."""
        for part in dict.fromkeys([*self.new, *self.known]):
            yield f"{part}: {self.new[part]} new, {self.known[part]} already here"
        for title, counts in (("Copied, but:", self.notes), ("Left out:", self.skipped)):
            if counts:
                yield title
            for (part, reason), count in sorted(counts.items()):
                yield f"  {part}: {count} x {reason}{self._such_as(part, reason)}"

    def _remember(self, part: str, reason: str, row: object) -> None:
        examples = self._examples.setdefault((part, reason), [])
        if row is not None and len(examples) < _EXAMPLES:
            examples.append(row)

    def _such_as(self, part: str, reason: str) -> str:
        examples = self._examples[part, reason]
        return f" (such as {', '.join(map(str, examples))})" if examples else ""
