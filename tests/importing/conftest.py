"""Old tables to import from, and the command that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from tests.importing import old_tables
from tests.importing.inboxes import assert_sound


@pytest.fixture(scope="session")
def created_tables(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tables, once: MariaDB ends a test's transaction when one is created inside."""
    with django_db_blocker.unblock():
        old_tables.create("default")


@pytest.fixture
def importing(
    created_tables: None, db: None, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Import, hold the inboxes against their invariants, and return what was printed."""

    def run(*arguments: str) -> str:
        call_command("notify_import", *arguments, "--no-color")
        assert_sound()
        return capsys.readouterr().out

    return run
