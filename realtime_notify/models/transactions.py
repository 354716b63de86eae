"""Transactions that begin by writing, and such as run again when the database refuses them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, connections, models, router

from realtime_notify.models import locks

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


@contextmanager
def writing(model: type[models.Model]) -> Iterator[str]:
    """Run the block in a transaction on the database that a model is written to; give its alias.

    SQLite has one lock for all writers. A transaction waits for it if its first statement writes.
    If it has read before, and somebody else has written since, SQLite refuses it at once with
    "database is locked". So on SQLite the transaction begins with a statement that writes nothing.
    """
    using = router.db_for_write(model)
    connection = connections[using]
    with locks.transaction(using):
        waits = getattr(connection, "transaction_mode", None) in ("IMMEDIATE", "EXCLUSIVE")
        if connection.vendor == "sqlite" and not waits:
            with connection.cursor() as cursor:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {table} WHERE 0")  # noqa: S608
        yield using


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
