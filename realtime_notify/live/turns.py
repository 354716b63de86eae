"""Turns: the commands of one user are carried out one at a time, whichever tab has sent them.

So a user with fifty tabs has one thread at most, and those whose inbox somebody else has locked
wait alone: not even in a thread, but for a moment at a time.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

from django.db import InterfaceError, OperationalError

from realtime_notify.exceptions import Busy
from realtime_notify.journal import Throttled
from realtime_notify.live import backend
from realtime_notify.wire.commands import Command
from realtime_notify.wire.protocol import ErrorCode, ProtocolError
from realtime_notify.wire.threads import DatabaseSilent, in_thread
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)

TURN_TIMEOUT = 5.0
"""Seconds for which a command waits for the commands of the same user before it."""
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between two tries of a command that finds the inbox locked."""

_failures = Throttled(
    logger, "The database failed with command %r of user %s; answering with an error."
)
_turns: WeakValueDictionary[tuple[asyncio.AbstractEventLoop, Any], asyncio.Lock] = (
    WeakValueDictionary()
)


async def carry_out(user: Any, command: Command, language: str = "") -> tuple[Frame, str]:
    """Carry out a command when it is its turn.

    Args:
        user: the primary key of whoever asks.
        command: what for.
        language: the language of the answer.

    Returns:
        The answer, and the same encoded.

    Raises:
        ProtocolError: the command makes no sense, the user may not do this, or not now.
    """
    turn = _turns.setdefault((asyncio.get_running_loop(), user), asyncio.Lock())
    try:
        async with asyncio.timeout(TURN_TIMEOUT):
            await turn.acquire()
    except TimeoutError:
        raise _not_now("Your other commands take too long. Try again.") from None
    try:
        return await _try_several_times(user, command, language)
    except Busy as busy:
        logger.warning("Command %r of user %s was not carried out: %s", command.name, user, busy)
        raise _not_now(str(busy)) from None
    except (OperationalError, InterfaceError):  # the same for everybody who asks
        _failures.exception(command.name, user)
        raise _not_now("The database failed. Try again.") from None
    except DatabaseSilent:  # it is logged
        raise _not_now("The database does not answer. Try again.") from None
    finally:
        turn.release()


async def _try_several_times(user: Any, command: Command, language: str) -> tuple[Frame, str]:
    """Carry out a command; no thread is held while it waits for a locked inbox."""
    for pause in PAUSES:
        try:
            return await in_thread("commands", backend.answer, user, command, language)
        except Busy:
            await asyncio.sleep(pause)
    return await in_thread("commands", backend.answer, user, command, language)


def _not_now(message: str) -> ProtocolError:
    return ProtocolError(ErrorCode.INTERNAL, message, temporary=True)
