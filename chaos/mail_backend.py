"""Django's mail backend, in which a worker may be killed at the worst moments.

A file of the directory TRAPS kills the worker that comes to it: "before-send", when a message is
claimed and nothing is handed over, and "after-send", when it is handed over and not marked.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

TRAPS = Path(os.environ["TRAPS"])


class Backend(EmailBackend):
    """Sends, unless somebody has set a trap."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand mails over."""
        _step_on("before-send")
        sent: int = super().send_messages(email_messages)
        _step_on("after-send")
        return sent


def _step_on(trap: str) -> None:
    try:
        (TRAPS / trap).unlink()  # it kills once
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
