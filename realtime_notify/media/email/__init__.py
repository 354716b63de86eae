"""The medium "email": messages by e-mail, as text and HTML, over any of Django's backends."""

from __future__ import annotations

from realtime_notify.media.email.backend import Email
from realtime_notify.media.email.composing import compose, send_mail_to, send_test

__all__ = ["Email", "compose", "send_mail_to", "send_test"]
