"""The decorator of JSON views: admission, request bodies and query strings, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.middleware.csrf import REASON_BAD_ORIGIN, CsrfViewMiddleware
from django.utils.cache import (
    get_conditional_response,
    patch_vary_headers,
    set_response_etag,
)
from django.views.decorators.csrf import csrf_exempt

from realtime_notify import budgets, credentials
from realtime_notify.commands import REFUSALS, refusal
from realtime_notify.conf import settings
from realtime_notify.exceptions import Busy, InvalidCredentials
from realtime_notify.models.objects import user_pk
from realtime_notify.wire.protocol import ErrorCode, ProtocolError

JSONObject = dict[str, Any]
View = Callable[..., Mapping[str, object]]


class HttpError(Exception):
    """An error response.

    Args:
        status: the HTTP status.
        code: the `code` of the error, as in the protocol.
        message: the `message` of the error.
    """

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _CsrfCheck(CsrfViewMiddleware):
    """Django's CSRF check, which returns the reason for a rejection instead of an HTML page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def json_view(
    *methods: str, anonymous: bool = False
) -> Callable[[View], Callable[..., HttpResponse]]:
    """Turn a function that returns an object into a JSON view.

    The view checks first the method, then the user, then the content: a caller learns of mistakes
    in the order in which they can be corrected.

    Args:
        methods: the methods that the view allows; GET includes HEAD.
        anonymous: whether the view also serves requests without a signed-in user.
    """

    def decorate(function: View) -> Callable[..., HttpResponse]:
        # Exempt from the middleware, which rejects with an HTML page; _admit() checks instead.
        @csrf_exempt
        @wraps(function)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                _admit(request, methods, anonymous)
                response = _unless_known(request, JsonResponse(function(request, **kwargs)))
                if request.user.is_authenticated:
                    budgets.charge_bytes(user_pk(request.user), len(response.content))
            except HttpError as error:
                response = _error(error.status, error.code, error.message)
            except ProtocolError as error:
                response = _refused(error)
            except tuple(REFUSALS) as error:
                response = _refused(refusal(error))
            except Busy as error:
                response = _refused(ProtocolError(ErrorCode.INTERNAL, str(error), temporary=True))
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                response["Allow"] = ", ".join(methods)
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ("Cookie", "Authorization"))
            return response

        view.methods = methods  # type: ignore[attr-defined]
        view.anonymous = anonymous  # type: ignore[attr-defined]
        return view

    return decorate


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer to a GET with an ETag, or 304 to a client that has this answer already.

    The ETag is a digest of the answer: there is nothing that it could forget to name.
    """
    if request.method not in ("GET", "HEAD"):
        return response
    set_response_etag(response)
    return get_conditional_response(request, response["ETag"], response=response) or response


def _admit(request: HttpRequest, methods: tuple[str, ...], anonymous: bool) -> None:
    method = "GET" if request.method == "HEAD" else request.method
    if method not in methods:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f"Use {' or '.join(methods)} here, not {request.method}.",
        )
    vouched = _authenticate(request)
    if not anonymous and not request.user.is_authenticated:
        raise HttpError(HTTPStatus.UNAUTHORIZED, "not_signed_in", "Sign in first.")
    if method == "POST" and request.content_type != "application/json":
        raise HttpError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"Send application/json, not {request.content_type or 'nothing'!r}.",
        )
    if vouched is None:  # else by what no browser sends by itself: the request is nobody else's
        _check_csrf(request)
    # Last, so that no other site can use up a visitor's budget.
    _charge(request)


def _check_csrf(request: HttpRequest) -> None:
    check = _CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, lambda request: HttpResponse(), (), {}):
        raise HttpError(HTTPStatus.FORBIDDEN, "csrf_failed", _with_advice(str(reason)))


def _with_advice(reason: str) -> str:
    """Return why Django refuses a request, and what a page on another origin needs."""
    if reason.startswith(REASON_BAD_ORIGIN.partition("%")[0]):
        return f"{reason} If it is a page of yours, add it to CSRF_TRUSTED_ORIGINS."
    return reason


def _charge(request: HttpRequest) -> None:
    """Count a request of a signed-in user, and refuse what is above the limits."""
    if request.user.is_authenticated:
        user = user_pk(request.user)
        budgets.charge_request(user)
        budgets.require_bytes(user)


_STATUSES = {
    ErrorCode.INTERNAL: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.OTHER_INBOX: HTTPStatus.CONFLICT,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.TOO_MANY: HTTPStatus.FORBIDDEN,
}


def _refused(error: ProtocolError) -> JsonResponse:
    """Return the response to what the protocol refuses."""
    status = _STATUSES.get(error.code, HTTPStatus.BAD_REQUEST)
    response = JsonResponse({"error": error.frame()["error"]}, status=status)
    if error.retry is not None:
        response["Retry-After"] = ceil(error.retry)
    return response


def _authenticate(request: HttpRequest) -> credentials.Vouched | None:
    """Let the project's authenticator say who sends a request, before the session cookie does."""
    try:
        vouched = credentials.of_request(request)
    except InvalidCredentials as error:
        raise HttpError(HTTPStatus.UNAUTHORIZED, "not_signed_in", str(error)) from None
    if vouched is not None:
        request.user = vouched.user
    return vouched


def _error(status: HTTPStatus, code: str, message: str) -> JsonResponse:
    error = {"code": str(code), "message": message, "temporary": False}
    return JsonResponse({"error": error}, status=status)


def json_body(request: HttpRequest) -> JSONObject:
    """Return the JSON object in a request's body, whose size is limited like a frame's.

    Raises:
        HttpError: the body is too large, incomplete, or not a JSON object.
    """
    limit = settings.MAX_FRAME_BYTES
    too_large = HttpError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ErrorCode.TOO_LARGE,
        f"The body of a request may have at most {limit} bytes.",
    )
    try:
        body = request.body
    except RequestDataTooBig:
        raise too_large from None
    except UnreadablePostError:
        raise HttpError(
            HTTPStatus.BAD_REQUEST, ErrorCode.BAD_JSON, "The body of the request is incomplete."
        ) from None
    if len(body) > limit:
        raise too_large
    try:
        received = json.loads(body)
    except (ValueError, RecursionError):
        raise HttpError(
            HTTPStatus.BAD_REQUEST, ErrorCode.BAD_JSON, "The body of the request is not valid JSON."
        ) from None
    if not isinstance(received, dict):
        raise HttpError(
            HTTPStatus.BAD_REQUEST,
            ErrorCode.BAD_REQUEST,
            f'Send an object such as {{"ids": [12]}}, not {type(received).__name__}.',
        )
    return received


def int_or_text(text: str) -> int | str:
    """Return text as an integer if it is one; the protocol rejects other text by name."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _flag(text: str) -> bool | str:
    return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)


_READERS: dict[str, Callable[[str], Any]] = {
    "before": str,
    "group": str,
    "inbox": str,
    "limit": int_or_text,
    "unread": _flag,
    "archived": _flag,
    "since": int_or_text,
    "after": int_or_text,
}


def query_params(request: HttpRequest, *names: str) -> JSONObject:
    """Return the named parameters of the query string, converted to their types."""
    return {name: _READERS[name](request.GET[name]) for name in names if name in request.GET}
