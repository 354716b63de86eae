"""What conversations and the hub ask of the database. All of it blocks, and runs in threads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model

from realtime_notify import credentials, dispatch, subscriptions
from realtime_notify.audience.sql import is_active
from realtime_notify.delivery import run_due
from realtime_notify.inbox import broadcasts
from realtime_notify.models import BroadcastCounter
from realtime_notify.models.primary import all_users
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.vocabulary import Frame


def carry_out(user: Any, command: str, args: dict[str, Any]) -> Frame:
    """Carry out a command.

    Raises:
        ProtocolError: the command makes no sense, or the user may not do this.
    """
    try:
        return dispatch.perform(user, command, args)
    except tuple(dispatch.REFUSALS) as error:
        raise dispatch.refusal(error) from None


def positions(users: Collection[str]) -> Positions:
    """Return where the inboxes of these users are, by one query.

    It reads the database that is written to: a replica that lags would send browsers back in time.
    """
    rows = all_users().filter(pk__in=users)
    newest = BroadcastCounter.objects.newest_number()
    columns: list[Any] = ["pk", "notify_inbox__rev", "notify_inbox__caught_up", newest]
    columns += is_active()
    return {
        str(pk): Position(rev or 0, all(active), is_behind=(caught_up or 0) < number)
        for pk, rev, caught_up, number, *active in rows.values_list(*columns)
    }


def keys(users: Collection[str]) -> dict[str, list[str]]:
    """Return the keys that each of these users is subscribed to."""
    return {str(user): keys for user, keys in subscriptions.keys_of_many(_pks(users)).items()}


def take_in(users: Collection[str]) -> None:
    """Take in the broadcasts that these users' inboxes lack, without waiting for busy ones."""
    broadcasts.take_in(_pks(users), wait=False)


def _pks(users: Collection[str]) -> list[Any]:
    to_python = get_user_model()._meta.pk.to_python
    return [to_python(user) for user in users]


backend = Backend(
    positions=positions,
    keys=keys,
    take_in=take_in,
    signed_out=credentials.signed_out,
    run_due=run_due,
)
