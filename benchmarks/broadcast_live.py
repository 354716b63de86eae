"""A broadcast on its way to open browsers: thousands of sockets, two server processes.

    python -m benchmarks.broadcast_live [--people 1000000] [--connected 5000]

PostgreSQL and Redis are real, and so is every socket. Measured are the rows that are written, and
the time from `notify()` until the last of the connected browsers has the item.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.clients import Clients
from tests.processes import free_port, listens
from tests.services import Redis

ROOT = Path(__file__).parent.parent
PROCESSES = 2
BROADCASTS = 5
BATCH = 250


def main(arguments: list[str]) -> int:
    """Fill a database of its own, connect, and send broadcasts one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--connected", type=int, default=5_000)
    options = parser.parse_args(arguments)
    from benchmarks.delivery.ground import ALL, database, fill

    with ExitStack() as stack:
        os.environ["REDIS_URL"] = stack.enter_context(Redis()).url
        stack.enter_context(database("postgresql"))
        fill(options.people)
        cookies = _sign_in(options.people, options.connected)
        ports = [stack.enter_context(_server()) for _ in range(PROCESSES)]
        crowds: list[Clients] = []
        for start in range(0, len(cookies), BATCH):
            # One batch after the other: how a crowd comes back at once is another measurement.
            crowd = Clients(ports[len(crowds) % PROCESSES], cookies[start : start + BATCH])
            crowds.append(crowd)
            while crowd.connected < len(cookies[start : start + BATCH]):
                if not crowd.process.is_alive():
                    raise RuntimeError(f"Only {crowd.connected} of batch {len(crowds)} connected.")
                time.sleep(0.05)
        time.sleep(5)  # let groups be joined
        for number in range(1, BROADCASTS + 1):
            _broadcast(ALL, number, crowds, len(cookies))
        received = [one for crowd in crowds for one in crowd.finish()]
    exact = dict.fromkeys(range(1, BROADCASTS + 1), 1)
    wrong = sum(one != exact for one in received)
    print(f"browsers that did not get each of them once: {wrong}")
    return 1 if wrong else 0


def _broadcast(key: str, number: int, crowds: list[Clients], connected: int) -> None:
    from realtime_notify import notify
    from realtime_notify.models import Notification

    before = Notification.objects.count()
    wanted = sum(crowd.delivered for crowd in crowds) + connected
    began = time.monotonic()
    notify(f"Broadcast {number}", key, lazy=True, data={"n": number})
    sent = time.monotonic() - began
    while sum(crowd.delivered for crowd in crowds) < wanted:
        if time.monotonic() > began + 60:
            raise RuntimeError(f"{sum(crowd.delivered for crowd in crowds)} of {wanted} arrived.")
        time.sleep(0.01)
    print(
        f"broadcast {number}: notify() {1000 * sent:.0f} ms, all {connected:,} browsers after "
        f"{time.monotonic() - began:.2f} s, rows written: {Notification.objects.count() - before:,}"
    )


def _sign_in(people: int, connected: int) -> list[str]:
    """Sign in people who are spread over all keys; return their cookies."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    cookies = []
    step = people // connected
    for user in User.objects.filter(pk__in=range(step, step * connected + 1, step)).order_by("pk"):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies.append(f"sessionid={session.session_key}")
    return cookies


@contextmanager
def _server() -> Iterator[int]:
    """Run a server process; yield its port."""
    port = free_port()
    command = ["uvicorn", "--log-level", "error", "--port", str(port)]
    command += ["--ws-ping-interval", "600", "asgi:application"]  # the clients answer none
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT)
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError("uvicorn did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
