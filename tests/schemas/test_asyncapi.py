"""The AsyncAPI document: valid, complete, and the one in the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from realtime_notify.schemas import asyncapi
from realtime_notify.schemas.frames import COMMANDS, KINDS, PONG
from realtime_notify.testing.conformance.specimens import specimens
from realtime_notify.wire import commands
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError

ROOT = Path(__file__).parent.parent.parent
OFFICIAL = json.loads((Path(__file__).parent / "asyncapi/3.0.0.json").read_text())


@pytest.fixture
def document(settings: Any) -> dict[str, Any]:
    settings.REALTIME_NOTIFY = {}
    return asyncapi.document()


def resolved(document: dict[str, Any], reference: dict[str, str]) -> Any:
    """Follow a reference to what it stands for, through others if need be."""
    found: Any = document
    for name in reference["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(document, found) if "$ref" in found else found


def references(part: Any) -> list[dict[str, str]]:
    """Return all references within a part of the document."""
    if isinstance(part, list):
        return [one for each in part for one in references(each)]
    if not isinstance(part, dict):
        return []
    return [part] if "$ref" in part else references(list(part.values()))


def test_the_document_is_valid_asyncapi(document: dict[str, Any]) -> None:
    Draft7Validator(OFFICIAL).validate(document)


def test_a_document_that_is_wrong_is_refused(document: dict[str, Any]) -> None:
    del document["operations"]["read"]["channel"]

    assert not Draft7Validator(OFFICIAL).is_valid(document)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert all(resolved(document, one) is not None for one in references(document))


def test_the_documentation_has_today_s_document(document: dict[str, Any]) -> None:
    written = json.loads((ROOT / "docs/asyncapi.json").read_text())

    assert written == document, (
        "Write it anew: manage.py notify_schema asyncapi > docs/asyncapi.json"
    )


def test_it_has_every_command_and_every_kind_of_frame(document: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        commands.parse("{}", 100)
    known = caught.value.message.partition("Known: ")[2].rstrip(".").split(", ")
    received = {name for name, one in document["operations"].items() if one["action"] == "receive"}

    assert set(COMMANDS) == set(known) == received | {PONG}
    assert document["components"]["messages"].keys() == {
        *(f"client.{name}" for name in received),
        "client.pong",
        *(f"server.{name}" for name in KINDS),
    }


def test_it_says_what_each_code_means(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    for shape, codes in (("Problem", ErrorCode), ("Bye", Close)):
        told = schemas[shape]["properties"]["code"]["oneOf"]
        assert [one["const"] for one in told] == [code.value for code in codes]
        assert all(one["description"].endswith(".") for one in told)


def test_every_message_is_sent_or_received_by_an_operation(document: dict[str, Any]) -> None:
    operations = document["operations"].values()
    carried = {
        message["$ref"]
        for one in operations
        for message in (*one["messages"], *one.get("reply", {}).get("messages", ()))
    }

    assert carried == {
        f"#/channels/notifications/messages/{name}"
        for name in document["channels"]["notifications"]["messages"]
    }


def test_a_program_that_reads_the_document_knows_the_frames_of_the_specimens(
    document: dict[str, Any],
) -> None:
    messages = document["components"]["messages"]
    validators = [
        Draft7Validator({**messages[name]["payload"], "components": document["components"]})
        for name in messages
        if name.startswith("server.")
    ]
    for specimen in specimens()[:5]:
        for step in specimen.steps:
            assert sum(one.is_valid(step.frame) for one in validators) == 1


def test_the_limits_and_the_address_are_those_of_the_site(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {
        "BASE_URL": "http://localhost:8000",
        "MAX_FRAME_BYTES": 9000,
        "WEBSOCKET_PATH": "/live/",
    }

    document = asyncapi.document()

    channel = document["channels"]["notifications"]
    assert channel["address"] == "/live/"
    assert channel["x-limits"]["bytesOfCommand"] == 9000
    server = document["servers"]["site"]
    assert (server["protocol"], server["variables"]["host"]["default"]) == ("ws", "localhost:8000")
