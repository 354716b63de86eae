"""What holds servers and clients of protocol ``rn.1`` to ``docs/protocol.md``.

    python -m realtime_notify.testing.conformance ws://host/ws/notifications/ --cookie sessionid=...
    python -m realtime_notify.testing.conformance client -- node my-client.mjs
    python -m realtime_notify.testing.conformance specimens my-tests/specimens

None of it needs Django's settings, or a server or client of this package: anybody who writes one of
their own can run it.
"""

from __future__ import annotations
