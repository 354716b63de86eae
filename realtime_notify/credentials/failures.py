"""What cannot be asked now, so that one who brings bad luck does not take the others along."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

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
    """
    found: dict[K, V | CannotAsk] = {}
    for key in keys:
        try:
            found[key] = ask(key)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Cannot tell who a client is; it is asked to come back.")
            found[key] = CANNOT_ASK
    return found
