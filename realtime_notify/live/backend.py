"""What conversations and the hub ask of the database. All of it blocks, and runs in threads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import router

from realtime_notify import dispatch, inbox, subscriptions
from realtime_notify.audience.sql import is_active
from realtime_notify.delivery import run_due
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.live import identity
from realtime_notify.models import Inbox
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.protocol import ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Frame


def greet(user: Any, since: int | None) -> tuple[list[str], Frame]:
    """Answer hello.

    Returns:
        The keys that the user is subscribed to, and the state of the inbox since a rev.
    """
    return subscriptions.keys_of(user), inbox.sync(user, since)


def carry_out(user: Any, command: str, args: dict[str, Any]) -> Frame:
    """Carry out a command.

    Raises:
        ProtocolError: the command makes no sense, or the user may not do this.
    """
    try:
        return dispatch.perform(user, command, args)
    except InvalidRequest as error:
        raise ProtocolError(ErrorCode.BAD_REQUEST, str(error)) from None
    except NotAllowed as error:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, str(error)) from None


def positions(users: Iterable[str]) -> Positions:
    """Return where the inboxes of these users are, in one query.

    It reads the database that is written to: a replica that lags would send browsers back in time.
    """
    model = get_user_model()
    database = router.db_for_write(Inbox)
    columns = ["pk", "notify_inbox__rev"]
    columns += is_active()
    rows = model._base_manager.using(database).filter(pk__in=users).values_list(*columns)
    return {str(pk): Position(rev or 0, all(active)) for pk, rev, *active in rows}


backend = Backend(
    positions=positions,
    keys=subscriptions.keys_of,
    signed_out=identity.signed_out,
    run_due=run_due,
)
