"""What the doctor says of one thing: how bad it is, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How bad a finding is. The worst one is the exit status of `manage.py notify_doctor`."""

    OK = 0
    WARNING = 1
    """It works, but slowly, or not for long."""
    ERROR = 2
    """Something that was promised does not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        part: the part of the installation, such as "counters".
        severity: how bad it is.
        says: what is so, with the value, as a sentence.
        advice: what to do about it, as a sentence; "" if nothing.
        values: the same for machines.
    """

    part: str
    severity: Severity
    says: str
    advice: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "part": self.part,
            "severity": self.severity.name.lower(),
            "says": self.says,
            "advice": self.advice,
            "values": dict(self.values),
        }


def well(part: str, says: str, **values: Any) -> Finding:
    """Return a finding that nothing has to be done about."""
    return Finding(part=part, severity=Severity.OK, says=says, values=values)


def warning(part: str, says: str, advice: str, **values: Any) -> Finding:
    """Return a finding of something that works, but slowly, or not for long."""
    return Finding(part=part, severity=Severity.WARNING, says=says, advice=advice, values=values)


def error(part: str, says: str, advice: str, **values: Any) -> Finding:
    """Return a finding of something that was promised and does not happen."""
    return Finding(part=part, severity=Severity.ERROR, says=says, advice=advice, values=values)
