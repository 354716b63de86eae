"""The commands of protocol ``rn.1``: the one dispatcher behind the socket and HTTP."""

from __future__ import annotations

from typing import Any

from realtime_notify import inbox, self_service

Frame = dict[str, Any]


def names() -> set[str]:
    """Return the commands that can be performed."""
    return {*inbox.PERFORMED, *self_service.PERFORMED}


def perform(user: object, verb: str, arguments: dict[str, Any]) -> Frame:
    """Do what a frame or a request asks for.

    Args:
        user: who asks, or their primary key.
        verb: a command: ``read``, ``page``, ``subscribe`` and so on.
        arguments: the command's fields, validated by `realtime_notify.live.protocol`.

    Raises:
        InvalidRequest: there is no such command, or its arguments make no sense.
        NotAllowed: it is not theirs to ask.
    """
    if verb in self_service.PERFORMED:
        return self_service.perform(user, verb, arguments)
    return inbox.perform(user, verb, arguments)
