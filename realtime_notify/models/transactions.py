"""Running a transaction again when the database refuses it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def retried(
    run: Callable[[], Result],
    what: str,
    *,
    tries: int,
    errors: tuple[type[DatabaseError], ...],
) -> Result:
    """Run a transaction, and run it again when it fails because others were at work.

    Args:
        run: runs the transaction. It reads what it needs anew each time, and leaves nothing when
            it fails.
        what: names the transaction in the log.
        tries: how often to run it at most. Inside a transaction of the caller's, which the
            failure has broken as well, pass 1.
        errors: what another try may mend. The last failure is raised, and so is any other error.

    Returns:
        What the transaction returns.
    """
    for _ in range(tries - 1):
        try:
            return run()
        except errors as error:
            logger.warning("%s was rolled back: %s; trying again.", what, error)
    return run()
