"""Restores: the database goes back to an earlier moment.

The ledger is told of the moments, because what was written between the copy and the restore is
legitimately gone.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from chaos.town import Town
from tests.processes import free_port, program

NAME = "realtime_notify"
OLD, NEW = "before_the_restore", "restored"
CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s
"""


@contextlib.contextmanager
def restore(town: Town, which: int) -> Iterator[None]:
    """Restore files before the site sees them, or under its eyes, or a dump.

    Until the next heal query a browser that is connected counts in the old history, and takes
    pushes of the new one for its own. So it may see a revision twice, and is then sent away.
    """
    ways = (_restore_files, _restore_files_under_the_site, _restore_dump)
    with ways[which % len(ways)](town):
        yield
    town.gives_twice = True


@contextlib.contextmanager
def _restore_files(town: Town) -> Iterator[None]:
    """Restore files, and run `notify_restored` before the site reaches the database."""
    copy = _copy_files(town)
    yield
    _go_back_to(copy, town)
    usual, town.database.port = town.database.port, free_port()
    town.database.start()
    town.manage("notify_restored")
    town.database.stop()
    town.database.port = usual
    town.database.start()


@contextlib.contextmanager
def _restore_files_under_the_site(town: Town) -> Iterator[None]:
    """Restore files, and run `notify_restored` when the site runs on them already."""
    copy = _copy_files(town)
    yield
    _go_back_to(copy, town)
    town.database.start()
    town.manage("notify_restored")


@contextlib.contextmanager
def _restore_dump(town: Town) -> Iterator[None]:
    """Restore a dump beside the database, and exchange them, of which nobody is told."""
    dump = town.directory / "dump"
    town.note("copying")
    _run(town, "pg_dump", "--format", "custom", "--file", str(dump), NAME)
    town.note("copied")
    yield
    _run(town, "createdb", NEW)
    _run(town, "pg_restore", "--dbname", NEW, str(dump))
    with psycopg.connect(town.database.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS false")
        while connection.execute(CONNECTIONS, [NAME]).fetchall():
            time.sleep(0.05)
        town.note("restoring")
        connection.execute(f"ALTER DATABASE {NAME} RENAME TO {OLD}")
        town.note("restored")
        connection.execute(f"ALTER DATABASE {NEW} RENAME TO {NAME}")
        connection.execute(f"DROP DATABASE {OLD}")
    dump.unlink()


def _copy_files(town: Town) -> Path:
    """Copy the files of the database, which stands still for that."""
    copy = town.database.directory / "copy"
    town.database.stop()
    town.note("copying")
    subprocess.run(["cp", "-a", str(town.database.directory / "data"), str(copy)], check=True)
    town.note("copied")
    town.database.start()
    return copy


def _go_back_to(copy: Path, town: Town) -> None:
    """Replace the files of the database, and leave it stopped."""
    data = town.database.directory / "data"
    town.database.stop()
    town.note("restoring")
    shutil.rmtree(data)
    copy.rename(data)
    town.note("restored")


def _run(town: Town, name: str, *arguments: str) -> None:
    server = ("-h", "127.0.0.1", "-p", str(town.database.port), "-U", "postgres")
    subprocess.run([program(name), *server, *arguments], check=True)
