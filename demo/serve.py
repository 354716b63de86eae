"""`python -m demo.serve`: the demo's server, and its worker in a thread beside it.

A real site runs the worker as a process of its own. Arguments are those of Daphne.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import django
from django.core.management import call_command

from realtime_notify.servers.daphne import Command


def main() -> None:
    """Serve until Ctrl-C; the worker ends with the server."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    django.setup()
    with Path(os.devnull).open("w") as nowhere:
        threading.Thread(
            target=call_command,
            args=["notify_worker"],
            kwargs={"stdout": nowhere},
            daemon=True,
        ).start()
        Command.entrypoint()


if __name__ == "__main__":
    main()
