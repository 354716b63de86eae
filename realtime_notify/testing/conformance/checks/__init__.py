"""The checks: each holds a server to one sentence of ``docs/protocol.md``."""

from __future__ import annotations

from realtime_notify.testing.conformance.checks import errors, flow, inbox, refusals, shapes, words
from realtime_notify.testing.conformance.checks.verdicts import Check, NotChecked

__all__ = ["CHECKS", "Check", "NotChecked"]

CHECKS: list[Check] = [
    check
    for room in (words, refusals, errors, inbox, shapes, flow)  # the last one ends with a flood
    for check in vars(room).values()
    if isinstance(check, Check)
]
"""All checks, in the order in which they are made."""
