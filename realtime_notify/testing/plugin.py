"""The pytest plugin: a fixture for each tool of `realtime_notify.testing`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from realtime_notify.testing import NotificationClient, Sent


@pytest.fixture(autouse=True)
def full_notify_budgets() -> None:
    """Let no test pay for what users with the same primary keys have used up in another."""
    # A project without this package must not have to import it.
    if budgets := sys.modules.get("realtime_notify.budgets"):
        budgets.forget()


@pytest.fixture
def notifications_sent(db: None) -> Sent:
    """What is sent during the test: `notifications_sent.to(user)`, `.events`, `.recipients(event)`.

    Asking delivers first, so nothing else has to be done.
    """
    from realtime_notify.testing import Sent

    return Sent()


@pytest.fixture
def deliver_notifications(db: None) -> Callable[[], int]:
    """A function that delivers what is due, which the commit would do outside of a test."""
    from realtime_notify.testing import deliver

    return deliver


@pytest.fixture
def notify_client(transactional_db: None) -> type[NotificationClient]:
    """The socket client, on a database whose commits are real: `async with notify_client(user)`."""
    from realtime_notify.testing import NotificationClient

    return NotificationClient
