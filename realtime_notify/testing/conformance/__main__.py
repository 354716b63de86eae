"""The command line of the checks."""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from realtime_notify.testing.conformance.reports import FAILED, NOT_CHECKED, OK, Report
from realtime_notify.testing.conformance.specimens import specimens, texts

PROGRAM = "python -m realtime_notify.testing.conformance"


def main(arguments: list[str] | None = None) -> int:
    """Check a server or a client, or write the specimens; return 1 if something failed, else 0."""
    given = sys.argv[1:] if arguments is None else arguments
    verbs = {"client": check_client, "specimens": write_specimens}
    if given and given[0] in verbs:
        return verbs[given[0]](given[1:])
    return check_server(given)


def write_specimens(arguments: list[str]) -> int:
    """Write the specimens to a directory, or print what there is."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} specimens", description="Writes the specimens, for tests of clients."
    )
    parser.add_argument("directory", nargs="?", type=Path, help="without it, they are listed")
    directory = parser.parse_args(arguments).directory
    if directory is None:
        for specimen in specimens():
            sys.stdout.write(f"{specimen.name}: {specimen.title}\n")
        return 0
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (directory / f"{name}.json").write_text(text)
    return 0


def check_client(arguments: list[str]) -> int:
    """Play the specimens to a client."""
    from realtime_notify.testing.conformance.clients import Client, Wrong, play

    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} client",
        description="Plays the specimens to a client. It reads a JSON object a line from its "
        'standard input: {"begin": "..."}, {"frame": {...}} or {"page": {...}}. It answers a frame '
        'or a page by a line on its standard output: {"outcome": "...", "view": {...}}.',
    )
    _add_choices(parser, [specimen.name for specimen in specimens()])
    parser.add_argument("command", nargs="+", help="what starts the client, after --")
    chosen = parser.parse_args(arguments)
    report = Report()
    with Client(chosen.command, chosen.patience) as client:
        for specimen in specimens():
            if chosen.only and specimen.name not in chosen.only:
                continue
            try:
                play(specimen, client)
            except Wrong as error:
                report.add(FAILED, specimen.name, specimen.title, str(error))
                client.restart()
            else:
                report.add(OK, specimen.name, specimen.title)
    return report.close()


def check_server(arguments: list[str]) -> int:
    """Run the checks of servers."""
    from realtime_notify.testing.conformance.checks import CHECKS, NotChecked
    from realtime_notify.testing.conformance.peer import Server

    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Holds a running server of protocol rn.1 to its specification. The account "
        "should be one of its own: its notifications are marked. Clients are checked by "
        f'"{PROGRAM} client", and "{PROGRAM} specimens" writes the specimens.',
    )
    parser.add_argument("url", help="of the socket, such as ws://host/ws/notifications/")
    parser.add_argument("--cookie", default="", help="that signs in, such as sessionid=...")
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="one more; repeatable"
    )
    _add_choices(parser, [check.name for check in CHECKS])
    parser.add_argument("--slow", type=float, default=0.0, help="seconds to wait for heartbeats")
    parser.add_argument("--ticket", default="", help="a new one, to check tickets with")
    parser.add_argument("--key", default="", help="a type that the account may subscribe to")
    parser.add_argument(
        "--send", action="append", default=[], metavar="COMMAND", help="notifies it; repeatable"
    )
    parser.add_argument("--delete", action="store_true", help="a notification may be deleted")
    chosen = parser.parse_args(arguments)
    headers = dict(header.split(":", 1) for header in chosen.header)
    if chosen.cookie:
        headers["Cookie"] = chosen.cookie
    server = Server(
        chosen.url,
        headers,
        patience=chosen.patience,
        slow_patience=chosen.slow,
        ticket=chosen.ticket,
        key=chosen.key,
        send=tuple(partial(_run, command) for command in chosen.send),
        may_delete=chosen.delete,
    )
    checks = [check for check in CHECKS if not chosen.only or check.name in chosen.only]
    report = Report()
    with ThreadPoolExecutor(max_workers=len(checks)) as threads:
        waiting = {check: threads.submit(check.run, server) for check in checks if check.only_waits}
        for check in checks:
            try:
                waiting[check].result() if check in waiting else check.run(server)
            except NotChecked as error:
                report.add(NOT_CHECKED, check.name, check.sentence, str(error))
            except (AssertionError, OSError, KeyError, ValueError, TypeError) as error:
                reason = f"{type(error).__name__}: {error}"
                report.add(FAILED, check.name, check.sentence, reason)
            else:
                report.add(OK, check.name, check.sentence)
    return report.close()


def _run(command: str) -> None:
    subprocess.run(command, shell=True, check=True)  # noqa: S602  # the caller's own words


def _add_choices(parser: argparse.ArgumentParser, names: list[str]) -> None:
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help="this one; repeatable"
    )
    parser.add_argument("--patience", type=float, default=10.0, help="seconds to wait for answers")


if __name__ == "__main__":
    sys.exit(main())
