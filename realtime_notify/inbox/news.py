"""News: an event that says what no other event says, written into inboxes by one statement.

Most events are news, so that nothing can collapse and every inbox changes in the same way. There is
then nothing to look up and nothing to compute in Python: PostgreSQL moves the inboxes on, inserts
the notifications and returns the numbers. Other databases have no statement that does all three.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router

from realtime_notify.inbox.arrivals import Arrival, Reached, said_before
from realtime_notify.models import Event, Inbox, Notification, Subscription, locks
from realtime_notify.models.arrays import as_array
from realtime_notify.wire.vocabulary import Recipient


def can_write() -> bool:
    """Return whether the database has a statement that does it all."""
    return connections[router.db_for_write(Notification)].vendor == "postgresql"


def write(event: Event, reached: Reached, inboxes: Collection[Any]) -> list[Arrival] | None:
    """Write the notifications of an event into inboxes that are locked.

    Args:
        event: the event.
        reached: the people it reaches.
        inboxes: the owners of the inboxes that the transaction has locked.

    Returns:
        What has arrived; None when another event says the same, so that `arrivals.write()` must
        see what repeats.
    """
    if said_before([event]):
        return None
    users = [user for user in reached if user in inboxes]
    own = [reached[user] for user in users]
    kept = locks.keep(Subscription, {subscription for subscription in own if subscription})
    subscriptions = [subscription if subscription in kept else None for subscription in own]
    connection = connections[router.db_for_write(Notification)]
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT.format(
                inbox=Inbox._meta.db_table,
                notification=Notification._meta.db_table,
                user=get_user_model()._meta.pk.rel_db_type(connection),
            ),
            [
                as_array(get_user_model()._meta.pk, users, connection),
                as_array(Subscription._meta.pk, subscriptions, connection),
                event.pk,
                event.edition,
                event.fingerprint,
            ],
        )
        return [
            Arrival(event.pk, event.pk, user, Recipient(str(user), pk, rev, rev, 1, *counters))
            for user, pk, rev, *counters in cursor.fetchall()
        ]


_STATEMENT = """\
WITH reached (user_id, subscription_id) AS (
    SELECT * FROM unnest(%s::{user}[], %s::bigint[])
), moved AS (
    UPDATE {inbox} AS inbox
    SET rev = rev + 1, unread = unread + 1, unseen = unseen + 1
    FROM reached
    WHERE inbox.user_id = reached.user_id
    RETURNING inbox.user_id, rev, unread, unseen, subscription_id
), inserted AS (
    INSERT INTO {notification}
        (event_id, edition, user_id, subscription_id, seq, rev, occurrences, fingerprint)
    SELECT %s, %s, user_id, subscription_id, rev, rev, 1, %s FROM moved
    RETURNING id, user_id
)
SELECT user_id, id, rev, unread, unseen FROM inserted JOIN moved USING (user_id)
"""
