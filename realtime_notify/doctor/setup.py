"""The system checks of this package, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks

from realtime_notify.doctor.findings import Finding, Severity, well

PART = "settings"


def examine() -> Iterator[Finding]:
    """Run the system checks of this package."""
    found = [
        message
        for message in checks.run_checks(tags=["realtime_notify"])
        if not message.is_silenced()
    ]
    for message in found:
        yield Finding(
            part=PART,
            severity=_severity(message.level),
            says=message.msg,
            advice=message.hint or "",
            values={"check": message.id},
        )
    if not found:
        yield well(PART, "The system checks find no mistake.")


def _severity(level: int) -> Severity:
    if level >= checks.ERROR:
        return Severity.ERROR
    return Severity.WARNING if level >= checks.WARNING else Severity.OK
