"""A process that writes to inboxes while others do.

    python -m tests.writer notify|read FIRST LAST N

It waits for a line on its standard input, so that a test can let several begin at one moment, and
then notifies, or marks as read, the people from FIRST to LAST in the order of their keys, N times.
"""

from __future__ import annotations

import logging
import sys

import django


def main(work: str, first: int, last: int, times: int) -> None:
    """Do the work of one process."""
    django.setup()
    from django.contrib.auth import get_user_model

    from realtime_notify import mark_read, notify

    people = list(get_user_model().objects.order_by("pk")[first:last])
    sys.stdin.readline()
    for number in range(times):
        if work == "notify":
            notify(f"Number {number % 7} from {first}", "load", recipients=people)
        else:
            for user in people:
                mark_read(user, upto=number)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
