"""Transactions of one person that touch their user and their inbox do not wait in a circle."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from realtime_notify import archive, mark_read
from realtime_notify.models import Notification

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sql,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows"),
]


def test_a_view_that_saved_its_user_may_mark_while_another_of_theirs_marks(alice, fill):
    first, second = (row.pk for row in fill(alice, count=2))
    has_saved = threading.Event()

    def view():
        """Save the user, and archive while the other marks."""
        try:
            with transaction.atomic():
                get_user_model().objects.get(pk=alice.pk).save()
                has_saved.set()
                time.sleep(0.5)
                archive(alice, ids=[first])
        finally:
            connection.close()

    thread = threading.Thread(target=view)
    thread.start()
    assert has_saved.wait(10)
    mark_read(alice, ids=[second])
    thread.join()

    assert Notification.objects.filter(archived_at__isnull=False).count() == 1
    assert Notification.objects.filter(read_at__isnull=False).count() == 1
