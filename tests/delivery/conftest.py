"""What the tests of delivery share."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from django.db import connection, transaction

from realtime_notify.models import Inbox


def numbers(user):
    inbox = Inbox.objects.get(user=user)
    return inbox.rev, inbox.unread, inbox.unseen


@contextmanager
def held(*querysets, seconds=20.0):
    """Lock rows in a transaction of another connection, until the block or the time ends."""
    is_locked, may_end = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                for rows in querysets:
                    list(rows.select_for_update())
                is_locked.set()
                may_end.wait(seconds)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_locked.wait(10)
    try:
        yield
    finally:
        may_end.set()
        thread.join()
