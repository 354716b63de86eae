"""docs/how-to/tokens.md, run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from realtime_notify import conf
from realtime_notify.checks import check_policies
from realtime_notify.credentials import Credentials, Vouched, identify
from realtime_notify.wire.protocol import Close
from tests.docs.conftest import Example, Names
from tests.pages import labelled

AN_HOUR = timedelta(hours=1)

_example: Names = {}
exec(labelled("authenticator"), _example)


def authenticate(headers: Mapping[str, str]) -> Vouched | None:
    """Call the function of the page, which a setting can only name in a module."""
    vouched: Vouched | None = _example["authenticate"](headers)
    return vouched


@pytest.fixture(autouse=True)
def with_tokens(settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"AUTHENTICATOR": f"{__name__}.authenticate"}


def bearer(user: Any, expires: datetime) -> str:
    claims = {"user": str(user.pk), "expires": expires.timestamp()}
    return f"Bearer {signing.dumps(claims, salt='app')}"


def who_shows(authorization: str) -> Any:
    headers = [(b"authorization", authorization.encode())]
    [who] = identify([Credentials({"headers": headers})])
    return who


def test_the_authenticator_of_rest_framework_is_a_right_setting(settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]
    }
    names: Names = {}
    exec(labelled("authenticator-rest-framework"), names)
    settings.REALTIME_NOTIFY = names["REALTIME_NOTIFY"]

    assert conf.problems(names["REALTIME_NOTIFY"]) == []
    assert check_policies(None) == []


def test_a_setting_names_the_authenticator_of_the_page() -> None:
    names: Names = {}
    exec(labelled("authenticator-setting"), names)

    assert conf.problems(names["REALTIME_NOTIFY"]) == []
    assert names["REALTIME_NOTIFY"]["AUTHENTICATOR"].endswith(".authenticate")


@pytest.mark.django_db
def test_the_authenticator_knows_the_tokens_of_the_site(alice: Any) -> None:
    expires = datetime.now(UTC) + AN_HOUR

    assert who_shows(bearer(alice, expires)) == (alice.pk, None, expires)
    assert who_shows(bearer(alice, expires - 2 * AN_HOUR)) is Close.CREDENTIALS_EXPIRED
    assert who_shows("Bearer forged") is Close.CREDENTIALS_EXPIRED
    assert who_shows("Basic YTpi") is Close.NOT_SIGNED_IN


@pytest.mark.django_db
def test_a_token_changes_the_inbox_over_http(alice: Any) -> None:
    app = Client(enforce_csrf_checks=True)
    headers = {"Authorization": bearer(alice, datetime.now(UTC) + AN_HOUR)}

    answer = app.post(
        "/notifications/api/read/",
        {"upto": 1},
        content_type="application/json",
        headers=headers,
    )

    assert answer.status_code == 200


def test_the_ticket_opens_a_socket(example: Example, visitor: Client, alice: Any) -> None:
    hello = example("ticket", browser=visitor).hello["hello"]

    [who] = identify([Credentials({}, hello["ticket"])])

    assert not isinstance(who, Close)
    assert who.pk == alice.pk


def test_a_user_is_asked_again(example: Example, pushed: list[Any], alice: Any) -> None:
    example("ask_again")

    assert [(one["type"], one["user"]) for one in pushed] == [("rn.bye", str(alice.pk))]
