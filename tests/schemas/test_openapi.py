"""The OpenAPI document: complete, valid, and the one in the documentation."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import validate

from realtime_notify.schemas import openapi
from realtime_notify.schemas.operations import operations

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def document(settings: Any) -> dict[str, Any]:
    settings.REALTIME_NOTIFY = {}
    return openapi.document()


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_the_documentation_has_today_s_document(document: dict[str, Any]) -> None:
    written = json.loads((ROOT / "docs/openapi.json").read_text())

    assert written == document, "Write it anew: manage.py notify_schema openapi > docs/openapi.json"


def test_every_method_of_every_json_view_is_an_operation() -> None:
    described = {(one.name, one.method) for one in operations()}

    assert described == {
        (name, method)
        for name, url in openapi.json_urls().items()
        for method in url.callback.methods  # type: ignore[attr-defined]
    }


def test_the_how_to_guide_names_every_operation(document: dict[str, Any]) -> None:
    guide = (ROOT / "docs/how-to/http-api.md").read_text()
    rows = re.findall(r"^\| (GET|POST|DELETE) \| `([^`]+)`", guide, re.MULTILINE)

    assert {(method.lower(), "/" + path.replace("<int:pk>", "{pk}")) for method, path in rows} == {
        (method, path) for path, methods in document["paths"].items() for method in methods
    }


def test_the_how_to_guide_names_every_failure(document: dict[str, Any]) -> None:
    guide = (ROOT / "docs/how-to/http-api.md").read_text()
    statuses = set(re.findall(r"^\| (\d{3}) \| `", guide, re.MULTILINE))
    described = {
        status
        for methods in document["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
    }

    # No operation of the document is of a method that its URL does not take.
    assert statuses == described - {"200", "304"} | {str(int(HTTPStatus.METHOD_NOT_ALLOWED))}


@pytest.mark.django_db
def test_only_the_operations_said_to_be_open_answer_strangers(
    document: dict[str, Any], client: Client
) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            address = f"/notifications{path.replace('{pk}', '1')}"
            answer = client.generic(method.upper(), address, "{}", "application/json")

            is_open = {} in operation["security"]
            assert (answer.status_code != HTTPStatus.UNAUTHORIZED) == is_open, (method, path)


def test_the_limits_of_the_document_are_those_of_the_site(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"PAGE_SIZE": 5, "MAX_PAGE_SIZE": 7}

    asked = openapi.document()["paths"]["/api/notifications/"]["get"]["parameters"]

    assert next(one for one in asked if one["name"] == "limit")["schema"]["maximum"] == 7
