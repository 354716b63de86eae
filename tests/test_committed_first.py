"""Nobody is told of what is not committed: whoever asks at once has to find it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from realtime_notify import edit, mark_read, notify, subscribe, withdraw
from realtime_notify.inbox import catch_up, snooze
from realtime_notify.models import Inbox, Notification
from realtime_notify.wire import outbound
from realtime_notify.work import run_due

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sql]

Told = list[tuple[str, int, int]]


@pytest.fixture
def told() -> Iterator[Told]:
    """Of each revision that is pushed: whose, its number, and what another connection reads."""
    found: Told = []
    with ThreadPoolExecutor(1) as elsewhere:

        def hear(message: dict[str, Any]) -> None:
            pushed = [(each.user, each.rev) for each in message.get("to", ())]
            if message["type"] == "rn.change":
                pushed = [(message["user"], message["frame"]["rev"])]
            for user, rev in pushed:
                found.append((user, rev, elsewhere.submit(_committed_rev, user).result()))

        listener = outbound.Listener(hear)
        outbound.listen(listener)
        yield found
        outbound.unlisten(listener)
        elsewhere.submit(lambda: connection.close()).result()  # that thread's own


def _committed_rev(user: Any) -> int:
    return Inbox.objects.filter(pk=user).values_list("rev", flat=True).first() or 0


def test_a_revision_is_pushed_when_another_connection_can_read_it_and_not_before(users, told):
    ann, ben = users("ann", "ben")
    subscribe(ann, "news")

    event = notify("By itself", "a", recipients=[ann, ben])
    with transaction.atomic():
        notify("Together with another", "b", recipients=[ann])
        notify("Together with one", "c", recipients=[ann, ben])
    mark_read(ben, upto=1)
    snooze(ann, ids=[Notification.objects.get(user=ann, seq=1).pk], until=_tomorrow())
    Notification.objects.filter(snoozed_until__isnull=False).update(snoozed_until=timezone.now())
    run_due()
    notify("To all who read the news", "news", lazy=True)
    catch_up(ann)
    edit(event, message="By itself, again")
    withdraw(event)

    assert [(user, rev, found) for user, rev, found in told if found < rev] == []
    newest = {user: rev for user, rev, _ in told}
    assert newest == {str(row.pk): row.rev for row in Inbox.objects.all()}
    assert newest == {str(ann.pk): 8, str(ben.pk): 5}


def _tomorrow():
    return timezone.now() + timedelta(days=1)
