"""Taking back and changing events that were sent."""

from __future__ import annotations

import pytest

from realtime_notify import edit, withdraw
from realtime_notify.inbox import page


@pytest.fixture
def take_back(commit, settings):
    """Withdraw an event, and deliver that: take_back(event)."""
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}

    def take_back(event):
        with commit():
            return withdraw(event)

    return take_back


@pytest.fixture
def change(commit, settings):
    """Edit an event, and deliver that: change(event, message="New")."""
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}

    def change(event, **texts):
        with commit():
            return edit(event, **texts)

    return change


def messages(user):
    """Return what the first page of an inbox says, the newest first."""
    return [item["message"] for item in page(user)["put"]]
