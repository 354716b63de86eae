"""What conversations and the hub ask of the database. It blocks, and runs in threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model

from realtime_notify import commands, credentials, inbox, subscriptions, texts, work
from realtime_notify.audience.sql import is_active
from realtime_notify.credentials import Credentials, Identity
from realtime_notify.inbox import broadcasts, items
from realtime_notify.inbox.names import name_of
from realtime_notify.models import BroadcastCounter, Epoch
from realtime_notify.models.arrays import among
from realtime_notify.models.primary import all_users
from realtime_notify.wire import encoding
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.commands import Command
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import Frame

LOCK_PATIENCE = 0.1
"""Seconds for which a command waits in its thread for an inbox that somebody has locked."""


def answer(user: Any, command: Command, language: str = "") -> tuple[Frame, str]:
    """Carry out a command.

    Args:
        user: the primary key of whoever asks.
        command: what for.
        language: the language of the answer; "" for that of the site.

    Returns:
        The answer; and the same encoded, here, where no other client waits.

    Raises:
        Busy: somebody else has locked what the command needs. Nothing has changed.
        ProtocolError: the command makes no sense, or the user may not do this.
    """
    try:
        with texts.language(language):
            frame = commands.perform(user, command.name, command.args, patience=LOCK_PATIENCE)
    except tuple(commands.REFUSALS) as error:
        raise commands.refusal(error) from None
    if command.id is not None:
        frame = {**frame, "id": command.id}
    return frame, encoding.encode(frame)


def identify(shown: Sequence[Credentials]) -> list[Identity | Close]:
    """Return who these clients are, or why they may not come in, in their order."""
    return credentials.identify(shown)


def greetings(asks: Sequence[inbox.Ask]) -> list[tuple[list[str], Frame]]:
    """Return what answers these hellos: the keys that each user is subscribed to, and the state."""
    keys = subscriptions.keys_of_many([ask.user for ask in asks])
    texts.prepare({ask.language for ask in asks})
    return [(keys[ask.user], state) for ask, state in zip(asks, inbox.states(asks), strict=True)]


def positions(users: Collection[str]) -> Positions:
    """Return where the inboxes of these users are, by one query.

    It reads the database that is written to: a replica that lags would send browsers back in time.
    """
    rows = all_users().filter(among("pk", _pks(users)))
    columns = ["pk", "notify_inbox__rev", "notify_inbox__caught_up", *is_active()]
    numbers = [BroadcastCounter.objects.newest_number(), Epoch.objects.present()]
    return {
        str(pk): Position(
            rev or 0, all(active), is_behind=(caught_up or 0) < number, inbox=name_of(pk, epoch)
        )
        for number, epoch, pk, rev, caught_up, *active in rows.values_list(*numbers, *columns)
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
    translate=items.translated_body,
    run_due=partial(work.run_due, send=False),
)
