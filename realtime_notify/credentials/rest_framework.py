"""The authenticators of Django REST framework, as the authenticator of this package.

    REALTIME_NOTIFY = {
        "AUTHENTICATOR": "realtime_notify.credentials.rest_framework.RestFrameworkAuthenticator",
    }

Nothing else here imports Django REST framework, so a project without it needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
)
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from realtime_notify.credentials.authenticators import Headers, Vouched
from realtime_notify.exceptions import InvalidCredentials, InvalidSetting

_BY_THE_BROWSER = (BasicAuthentication, SessionAuthentication)
"""A browser sends a password or a cookie by itself, whoever wrote the page."""


class RestFrameworkAuthenticator:
    """Asks the authenticators in `DEFAULT_AUTHENTICATION_CLASSES`, one after the other.

    It leaves out `SessionAuthentication`, since Django's session cookie is read without it, and
    `BasicAuthentication`, whose password a browser sends by itself, so that a request with it would
    need a CSRF token.

    When a token expires is read from the claim ``exp`` of a JSON Web Token, or from an attribute
    ``expires`` or ``expiry`` of a token in the database.

    Raises:
        InvalidSetting: no authenticator is left.
    """

    def __init__(self) -> None:
        classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES
        self._authenticators: list[BaseAuthentication] = [
            each() for each in classes if not issubclass(each, _BY_THE_BROWSER)
        ]
        if not self._authenticators:
            raise InvalidSetting(
                "REST_FRAMEWORK['DEFAULT_AUTHENTICATION_CLASSES'] has no authenticator for tokens, "
                "such as rest_framework.authentication.TokenAuthentication."
            )

    def __call__(self, headers: Headers) -> Vouched | None:
        """Return who the first authenticator that knows the credentials vouches for.

        Raises:
            InvalidCredentials: it does not accept them.
        """
        request = Request(_request_with(headers), authenticators=self._authenticators)
        for authenticator in self._authenticators:
            try:
                found = authenticator.authenticate(request)
            except APIException as error:
                raise InvalidCredentials(_reason(error)) from None
            if found is not None:
                user, token = found
                return Vouched(user, expiry_of(token))
        return None


def expiry_of(token: Any) -> datetime | None:
    """Return when a token of Django REST framework expires; None if it does not say."""
    claims = getattr(token, "payload", token)
    if isinstance(claims, Mapping) and isinstance(claims.get("exp"), int | float):
        return datetime.fromtimestamp(claims["exp"], UTC)
    for name in ("expires", "expiry"):
        moment = getattr(token, name, None)
        if isinstance(moment, datetime):
            return moment
    return None


def _request_with(headers: Headers) -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    request.META = {f"HTTP_{name.upper().replace('-', '_')}": headers[name] for name in headers}
    return request


def _reason(error: APIException) -> str:
    detail: Any = error.detail
    if isinstance(detail, Mapping):
        detail = detail.get("detail", detail)
    return str(detail)
