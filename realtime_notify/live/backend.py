"""What conversations and the hub ask of the database. All of it blocks, and runs in threads."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model

from realtime_notify import credentials, dispatch, subscriptions
from realtime_notify.audience.sql import is_active
from realtime_notify.delivery import run_due
from realtime_notify.exceptions import InvalidRequest, NotAllowed, OtherInbox
from realtime_notify.inbox import broadcasts
from realtime_notify.models import BroadcastCounter
from realtime_notify.models.primary import all_users
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.protocol import ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)


def carry_out(user: Any, command: str, args: dict[str, Any]) -> Frame:
    """Carry out a command.

    Raises:
        ProtocolError: the command makes no sense, or the user may not do this.
    """
    try:
        return dispatch.perform(user, command, args)
    except InvalidRequest as error:
        raise ProtocolError(ErrorCode.BAD_REQUEST, str(error)) from None
    except OtherInbox as error:
        raise ProtocolError(ErrorCode.OTHER_INBOX, str(error)) from None
    except NotAllowed as error:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, str(error)) from None


def positions(users: Collection[str]) -> Positions:
    """Return where the inboxes of these users are: one query, unless some lack a broadcast.

    Those who do take it in, for its announcement has been lost. Their positions are from before:
    what has been taken in is pushed, and the next query finds it if that is lost as well.
    """
    found, behind = _positions(users)
    if behind:
        try:
            broadcasts.take_in(behind, wait=False)
        except Exception:
            logger.exception("Taking in broadcasts failed; the next heal query tries it again.")
    return found


def _positions(users: Collection[str]) -> tuple[Positions, list[Any]]:
    """Read where inboxes are, and the keys of the users whose inbox lacks a broadcast.

    It reads the database that is written to: a replica that lags would send browsers back in time.
    """
    rows = all_users().filter(pk__in=users)
    newest = BroadcastCounter.objects.newest_number()
    columns: list[Any] = ["pk", "notify_inbox__rev", "notify_inbox__caught_up", newest]
    columns += is_active()
    found: Positions = {}
    behind = []
    for pk, rev, caught_up, number, *active in rows.values_list(*columns):
        found[str(pk)] = Position(rev or 0, all(active))
        if all(active) and (caught_up or 0) < number:
            behind.append(pk)
    return found, behind


def take_in(users: Collection[str]) -> None:
    """Take in the broadcasts that these users' inboxes lack, without waiting for busy ones."""
    to_python = get_user_model()._meta.pk.to_python
    broadcasts.take_in([to_python(user) for user in users], wait=False)


backend = Backend(
    positions=positions,
    keys=subscriptions.keys_of,
    take_in=take_in,
    signed_out=credentials.signed_out,
    run_due=run_due,
)
