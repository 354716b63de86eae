"""What a process holds, as the kernel tells: nobody is asked who may be mistaken."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process, at one moment.

    Attributes:
        memory: in megabytes, what it holds of the machine's (RSS).
        threads: how many it has.
        files: its open descriptors that are no sockets.
        children: its processes that have not been waited for, zombies included.
        accepted: its TCP sockets by the port of its own end.
        opened: its TCP sockets by the port of the other end.
    """

    memory: float
    threads: int
    files: int
    children: int
    accepted: Counter[int] = field(default_factory=Counter)
    opened: Counter[int] = field(default_factory=Counter)


def look(pid: int) -> Process:
    """Return what a process holds now.

    Raises:
        ProcessLookupError, FileNotFoundError: it has ended.
    """
    directory = PROC / str(pid)
    status = dict(line.split(":", 1) for line in (directory / "status").read_text().splitlines())
    targets = _targets(directory / "fd")
    sockets = {target for target in targets if target.startswith("socket:")}
    accepted, opened = _connections(directory, sockets)
    return Process(
        memory=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        files=sum(not target.startswith("socket:") for target in targets),
        children=_children(pid),
        accepted=accepted,
        opened=opened,
    )


def _targets(descriptors: Path) -> list[str]:
    targets = []
    for descriptor in descriptors.iterdir():
        with suppress(FileNotFoundError):  # it was closed this moment
            targets.append(os.readlink(descriptor))
    return targets


def _connections(directory: Path, sockets: set[str]) -> tuple[Counter[int], Counter[int]]:
    """Count a process's TCP sockets by the ports of both ends; those that listen have no other."""
    accepted: Counter[int] = Counter()
    opened: Counter[int] = Counter()
    for line in (directory / "net" / "tcp").read_text().splitlines()[1:]:
        columns = line.split()
        here, there = (int(columns[place].rpartition(":")[2], 16) for place in (1, 2))
        if there and f"socket:[{columns[9]}]" in sockets:
            accepted[here] += 1
            opened[there] += 1
    return accepted, opened


def _children(pid: int) -> int:
    count = 0
    for directory in PROC.glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # "pid (name) state parent ...", and a name may have spaces and parentheses.
            parent = (directory / "stat").read_text().rpartition(")")[2].split()[1]
            count += int(parent) == pid
    return count
