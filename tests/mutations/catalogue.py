"""The mutations as `mutations.toml` lists them, and how one is applied."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path(__file__).with_name("mutations.toml")
FRONTEND = "frontend/"
SIMULATED = ("realtime_notify/wire/", "realtime_notify/live/")
"""What the simulator runs. Its database is a model, so it can say nothing of the packages below."""


class DoesNotApply(Exception):
    """An edit does not fit the code of today."""


@dataclass(frozen=True)
class Edit:
    """A text of a file, and what takes its place."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Edit the file in a checkout.

        Raises:
            DoesNotApply: the text is not there, or more than once.
        """
        path = root / self.file
        text = path.read_text() if path.is_file() else ""
        if (times := text.count(self.old)) != 1:
            raise DoesNotApply(
                f"{self.file} has this {times} times, instead of once; bring {CATALOGUE.name} up "
                f"to date:\n{self.old}"
            )
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Mutation:
    """A rule that is broken at one place.

    Attributes:
        rule: the rule.
        breaks: what goes wrong then.
        edits: how it is broken.
        tests: the arguments of pytest, or of vitest, which ought to notice.
        services: the databases beside which these tests run; SQLite without any.
    """

    rule: str
    breaks: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    services: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The file that it is about."""
        return self.edits[0].file

    @property
    def is_of_browser(self) -> bool:
        """Whether it is the code of the browser that is broken."""
        return self.file.startswith(FRONTEND)

    @property
    def is_simulated(self) -> bool:
        """Whether the simulator runs the code that is broken."""
        return self.file.startswith(SIMULATED)

    def apply(self, root: Path) -> None:
        """Break the rule in a checkout.

        Raises:
            DoesNotApply: an edit does not fit the code.
        """
        for edit in self.edits:
            edit.apply(root)


def mutations() -> list[Mutation]:
    """Return all of them, in the order of the rules."""
    listed = tomllib.loads(CATALOGUE.read_text())["mutation"]
    return [
        Mutation(
            one["rule"],
            one["breaks"],
            tuple(Edit(**edit) for edit in one["edits"]),
            tuple(one["tests"]),
            tuple(one.get("services", ())),
        )
        for one in listed
    ]
