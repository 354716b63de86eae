"""Who it is: what opens a socket or sends a request, and for how long that vouches for a user.

All of it blocks, and runs in threads.
"""

from __future__ import annotations

from realtime_notify.credentials.authenticators import Authenticator, Headers, Vouched
from realtime_notify.credentials.identities import Credentials, Identity, identify
from realtime_notify.credentials.requests import issue_ticket, of_request
from realtime_notify.credentials.revoking import ask_again
from realtime_notify.credentials.sessions import signed_out

__all__ = [
    "Authenticator",
    "Credentials",
    "Headers",
    "Identity",
    "Vouched",
    "ask_again",
    "identify",
    "issue_ticket",
    "of_request",
    "signed_out",
]
