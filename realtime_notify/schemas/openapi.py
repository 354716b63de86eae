"""The HTTP API as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from django.conf import settings as django_settings
from django.urls import URLPattern, reverse

import realtime_notify
from realtime_notify.schemas.frames import FRAME_BOUNDS
from realtime_notify.schemas.operations import Operation, operations
from realtime_notify.schemas.shapes import Schema, Shapes
from realtime_notify.urls import urlpatterns
from realtime_notify.wire.vocabulary import Problem

_PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
_FAILURES = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_FAILURES_OF_BODIES = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)


def json_urls() -> dict[str, URLPattern]:
    """Return the URLs of JSON views, by name."""
    return {str(url.name): url for url in urlpatterns if getattr(url.callback, "methods", None)}


def document() -> dict[str, Any]:
    """Return the OpenAPI document of this site."""
    shapes = Shapes(FRAME_BOUNDS)
    urls = json_urls()
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations():
        url = urls[operation.name]
        methods = paths.setdefault(_path(url), {})
        methods[operation.method.lower()] = _operation(operation, url, shapes)
    shapes.schemas["Error"] = {
        "type": "object",
        "description": "Why a request was refused.",
        "properties": {"error": shapes.schema(Problem)},
        "required": ["error"],
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "realtime_notify",
            "version": realtime_notify.__version__,
            "description": "The inbox over HTTP. docs/protocol.md says what each field means.",
        },
        "servers": [{"url": reverse("realtime_notify:inbox").rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shapes.schemas.items())),
            "securitySchemes": _security_schemes(),
        },
    }


def _path(url: URLPattern) -> str:
    return "/" + _PARAMETER.sub(r"{\g<name>}", str(url.pattern))


def _operation(operation: Operation, url: URLPattern, shapes: Shapes) -> dict[str, Any]:
    view: Any = url.callback
    described: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}_{operation.name.removeprefix('api-')}".replace(
            "-", "_"
        ),
        "summary": (getdoc(view) or "").partition("\n")[0],
        "security": _security(operation.method, anonymous=view.anonymous),
        "parameters": [*_path_parameters(url), *_query_parameters(operation)],
        "responses": dict(_responses(operation, shapes)),
    }
    if operation.method == "POST":
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.body or {}}},
        }
    return described


def _path_parameters(url: URLPattern) -> Iterator[dict[str, Any]]:
    for match in _PARAMETER.finditer(str(url.pattern)):
        is_number = match["converter"] == "int"
        schema: Schema = {"type": "integer", "minimum": 0} if is_number else {"type": "string"}
        yield {"name": match["name"], "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, schema in operation.query.items():
        yield {"name": name, "in": "query", "required": False, "schema": schema}


def _responses(operation: Operation, shapes: Shapes) -> Iterator[tuple[str, dict[str, Any]]]:
    yield (
        "200",
        {
            "description": HTTPStatus.OK.phrase,
            "content": {"application/json": {"schema": shapes.schema(operation.answer)}},
        },
    )
    if operation.method == "GET":
        yield "304", {"description": "The answer is that of the ETag in If-None-Match."}
    with_body = _FAILURES_OF_BODIES if operation.method == "POST" else ()
    for status in sorted({*_FAILURES, *with_body, *operation.failures}):
        error = {"$ref": "#/components/schemas/Error"}
        response: dict[str, Any] = {
            "description": status.phrase,
            "content": {"application/json": {"schema": error}},
        }
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            response["headers"] = {
                "Retry-After": {
                    "description": "Seconds to wait before trying again.",
                    "schema": {"type": "integer", "minimum": 0},
                }
            }
        yield str(int(status)), response
    if operation.method == "DELETE":
        yield "404", {"description": "The address does not end with a number. The body is HTML."}


def _security(method: str, *, anonymous: bool) -> list[dict[str, list[str]]]:
    cookie: dict[str, list[str]] = {"session": []}
    if method != "GET":
        cookie["csrf"] = []  # of the requests that a browser's cookies vouch for
    accepted: list[dict[str, list[str]]] = [cookie, {"token": []}]
    return [*accepted, {}] if anonymous else accepted


def _security_schemes() -> dict[str, Any]:
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": django_settings.SESSION_COOKIE_NAME,
            "description": "Django's session.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": "Django's CSRF token, which the cookie has to match.",
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "What the site's AUTHENTICATOR takes.",
        },
    }
