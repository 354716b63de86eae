"""What cannot be asked now, so that one who brings bad luck does not take the others along."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError, connections, router

logger = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class CannotAsk:
    """Stands for an answer that failed, and may not fail the next time."""


CANNOT_ASK = CannotAsk()


def one_by_one(keys: Iterable[K], ask: Callable[[K], V]) -> dict[K, V | CannotAsk]:
    """Ask for each key by itself; for one that fails there is a `CannotAsk`.

    Raises:
        OperationalError: the database is down, and the others would fail like this one.
        InterfaceError: the same.
    """
    found: dict[K, V | CannotAsk] = {}
    for key in keys:
        try:
            found[key] = ask(key)
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError) and not _database_answers():
                raise
            logger.exception("Cannot tell who a client is; it is asked to come back.")
            found[key] = CANNOT_ASK
    return found


def _database_answers() -> bool:
    """Tell whether the database of the users is there.

    MariaDB reports some texts that it cannot compare by the error of a server that is down.
    """
    connection = connections[router.db_for_read(get_user_model())]
    return connection.connection is not None and connection.is_usable()
