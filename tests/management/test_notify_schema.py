"""The command that prints the descriptions of the HTTP API and the socket."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def test_it_prints_a_document_as_json() -> None:
    printed = StringIO()

    call_command("notify_schema", "openapi", stdout=printed)

    assert json.loads(printed.getvalue())["openapi"] == "3.1.0"


def test_it_names_the_documents_there_are() -> None:
    with pytest.raises(CommandError, match="'openapi'"):
        call_command("notify_schema", "raml")
