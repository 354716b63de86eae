"""Django's DATABASES entry from a URL, as hosting platforms give it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

SQLITE_OPTIONS = {
    # Readers don't wait for the writer, and a writer waits for its turn at the start of its
    # transaction instead of failing with "database is locked" in the middle of it.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "postgres": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}


def database(url: str) -> dict[str, Any]:
    """Return the settings for a URL such as postgresql://user:password@host:5432/name.

    SQLite takes the path of its file: sqlite:////var/lib/site/db.sqlite3.
    """
    parts = urlsplit(url)
    if parts.scheme not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise ValueError(f"Unknown database {parts.scheme!r} in the URL, must be one of: {known}.")
    settings: dict[str, Any] = {"ENGINE": ENGINES[parts.scheme], "NAME": unquote(parts.path[1:])}
    if parts.scheme == "sqlite":
        settings["OPTIONS"] = SQLITE_OPTIONS
        return settings
    settings["HOST"] = parts.hostname or ""
    settings["PORT"] = str(parts.port or "")
    settings["USER"] = unquote(parts.username or "")
    settings["PASSWORD"] = unquote(parts.password or "")
    return settings
