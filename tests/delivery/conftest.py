"""What the tests of delivery share."""

from __future__ import annotations

from realtime_notify.models import Inbox


def numbers(user):
    inbox = Inbox.objects.get(user=user)
    return inbox.rev, inbox.unread, inbox.unseen
