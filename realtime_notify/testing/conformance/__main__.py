"""The command line of the checks."""

from __future__ import annotations

import argparse
import sys

from realtime_notify.testing.conformance.checks import CHECKS, NotChecked
from realtime_notify.testing.conformance.peer import Server

MAX_REASON = 400  # characters of what was wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the checks and print a line for each; return 1 if one failed, else 0."""
    chosen = _parser().parse_args(arguments)
    headers = dict(header.split(":", 1) for header in chosen.header)
    if chosen.cookie:
        headers["Cookie"] = chosen.cookie
    server = Server(chosen.url, headers, chosen.patience, chosen.slow)
    counts = {"ok": 0, "FAILED": 0, "not checked": 0}
    for check in CHECKS:
        if chosen.only and check.name not in chosen.only:
            continue
        outcome, reason = "ok", ""
        try:
            check.run(server)
        except NotChecked as error:
            outcome, reason = "not checked", str(error)
        except (AssertionError, OSError, KeyError, ValueError, TypeError) as error:
            outcome, reason = "FAILED", f"{type(error).__name__}: {error}"
        counts[outcome] += 1
        sys.stdout.write(f"{outcome:12}{check.name}: {check.sentence}\n")
        if reason:
            sys.stdout.write(f"{'':12}{reason[:MAX_REASON]}\n")
    sys.stdout.write(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + "\n")
    return 1 if counts["FAILED"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m realtime_notify.testing.conformance",
        description="Holds a running server of protocol rn.1 to its specification. The account "
        "should be one of its own: its notifications are marked.",
    )
    parser.add_argument("url", help="of the socket, such as ws://host/ws/notifications/")
    parser.add_argument("--cookie", default="", help="that signs in, such as sessionid=...")
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="one more; repeatable"
    )
    parser.add_argument(
        "--only", action="append", choices=[check.name for check in CHECKS], help="run this check"
    )
    parser.add_argument("--patience", type=float, default=10.0, help="seconds to wait for answers")
    parser.add_argument("--slow", type=float, default=0.0, help="seconds to wait for heartbeats")
    return parser


if __name__ == "__main__":
    sys.exit(main())
