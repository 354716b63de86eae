"""Credentials that are taken back before they expire."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import router, transaction

from realtime_notify.models.objects import user_pk
from realtime_notify.wire import push

RETRY = (3.0, 8.0)
"""When to come back, in seconds: a browser that signs out has lost its cookie by then."""


def ask_again(user: Any, reason: str = "show your credentials again") -> None:
    """Close all sockets of a user after the commit, in every process, and have them come back.

    Call it when a token is revoked. Clients whose credentials are still good get in again.

    Args:
        user: the user, or their primary key.
        reason: why, for the developer of the client.
    """
    user_id = str(user_pk(user))
    transaction.on_commit(
        lambda: push.disconnect(user_id, None, reason, RETRY),
        using=router.db_for_write(get_user_model()),
    )
