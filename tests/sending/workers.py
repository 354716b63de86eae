"""Two workers in processes of their own, each replaced when it is killed.

    python -m tests.sending.workers FILE

Each message that is handed over is a line of the file, written before the backend returns: the
primary key, the process and the moment. Each worker's process is a line of the standard output.
SIGTERM ends the workers in order.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import timedelta
from typing import Any, ClassVar

import django
from django.conf import settings
from django.core.management import call_command

WORKERS = 2
LEASE = timedelta(seconds=3)
SECONDS_EACH = float(os.environ.get("RN_SECONDS_EACH", "0.004"))


def _set_up() -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": ["tests.sending.workers.backend"]}
    django.setup()
    from realtime_notify.sending import leases

    leases.LEASE = LEASE


def _define_backend() -> Any:
    from realtime_notify.outbox import MediumBackend, Message

    class Recorder(MediumBackend):
        name: ClassVar[str] = "post"

        def open(self) -> None:
            self.file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def send(self, message: Message) -> str:
            time.sleep(SECONDS_EACH)
            os.write(self.file, f"{message.pk} {os.getpid()} {time.time()}\n".encode())
            return ""

        def close(self) -> None:
            os.close(self.file)

    return Recorder


def _fork() -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        call_command("notify_worker", interval=0.1, stdout=sys.stderr)
        os._exit(0)
    print(pid, flush=True)
    return pid


def main() -> int:
    """Keep the workers running until SIGTERM; return 0 if all of them ended in order."""
    ended: list[int] = []
    running: set[int] = set()

    def end(*_: object) -> None:
        ended.append(1)
        for pid in running:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    running |= {_fork() for _ in range(WORKERS)}
    codes = []
    while running:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        running.discard(pid)
        codes.append(os.waitstatus_to_exitcode(status))
        if not ended:
            running.add(_fork())
    return 0 if all(code in (0, -signal.SIGKILL) for code in codes) else 1


if __name__ == "__main__":
    sys.modules["tests.sending.workers"] = sys.modules["__main__"]
    _set_up()
    backend = _define_backend()
    sys.exit(main())
