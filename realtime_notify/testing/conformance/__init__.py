"""Checks that hold a running server of protocol ``rn.1`` to ``docs/protocol.md``.

    python -m realtime_notify.testing.conformance ws://host/ws/notifications/ --cookie sessionid=...

They need neither Django nor this package's server: anybody who writes a server of the protocol can
run them. They use an account of their own, for they mark its notifications.
"""

from __future__ import annotations

from realtime_notify.testing.conformance.checks import CHECKS, Check, NotChecked
from realtime_notify.testing.conformance.peer import Closed, Peer, Server

__all__ = ["CHECKS", "Check", "Closed", "NotChecked", "Peer", "Server"]
