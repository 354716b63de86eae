"""The authenticators of Django REST framework, for the socket and HTTP alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from realtime_notify.credentials import Credentials, Identity, identify
from realtime_notify.credentials.rest_framework import RestFrameworkAuthenticator, expiry_of
from realtime_notify.exceptions import InvalidSetting
from realtime_notify.wire.protocol import Close

pytestmark = pytest.mark.django_db

PATH = "realtime_notify.credentials.rest_framework.RestFrameworkAuthenticator"
BASIC = "rest_framework.authentication.BasicAuthentication"
SESSION = "rest_framework.authentication.SessionAuthentication"
TOKEN = "rest_framework.authentication.TokenAuthentication"
JWT = "rest_framework_simplejwt.authentication.JWTAuthentication"
STATELESS = "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"

IN_2030 = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def accepting(settings):
    """Set what Django REST framework accepts: accepting(JWT)."""

    def change(*classes):
        settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": classes}
        settings.REALTIME_NOTIFY = {"AUTHENTICATOR": PATH}

    change(SESSION, BASIC, TOKEN, JWT)
    return change


def who_shows(authorization):
    headers = [(b"host", b"testserver"), (b"authorization", authorization.encode())]
    [who] = identify([Credentials({"headers": headers})])
    return who


def test_a_token_of_rest_framework_vouches_for_a_while(alice):
    """It does not say until when, so the socket shows it again: it may have been deleted."""
    token = Token.objects.create(user=alice)

    who = who_shows(f"Token {token.key}")

    assert who.pk == alice.pk
    assert timedelta(minutes=13) < who.expires - datetime.now(UTC) <= timedelta(minutes=15)
    token.delete()
    assert who_shows(f"Token {token.key}") is Close.CREDENTIALS_EXPIRED


def test_the_users_of_many_stateless_tokens_cost_one_query(
    accepting, users, django_assert_num_queries
):
    accepting(STATELESS)
    everybody = users(64)
    batch = [
        Credentials({"headers": [(b"authorization", f"Bearer {token}".encode())]})
        for token in map(AccessToken.for_user, everybody)
    ]

    with django_assert_num_queries(1):
        found = identify(batch)

    assert [who.pk for who in found] == [user.pk for user in everybody]


def test_a_json_web_token_vouches_until_it_expires(alice):
    token = AccessToken.for_user(alice)

    who = who_shows(f"Bearer {token}")

    assert who == Identity(alice.pk, None, datetime.fromtimestamp(token["exp"], UTC))


def test_a_json_web_token_that_has_expired_vouches_for_nobody(alice):
    token = AccessToken.for_user(alice)
    token.set_exp(lifetime=timedelta(seconds=-1))

    assert who_shows(f"Bearer {token}") is Close.CREDENTIALS_EXPIRED


def test_a_stateless_token_is_no_user_until_the_database_has_one(accepting, alice):
    accepting(STATELESS)
    token = AccessToken.for_user(alice)

    assert who_shows(f"Bearer {token}").pk == alice.pk
    type(alice).objects.update(is_active=False)
    assert who_shows(f"Bearer {token}") is Close.NOT_SIGNED_IN


@pytest.mark.parametrize(
    "authorization", ["Bearer x.y.z", "Bearer a b", "Token ", "Token x", "Token \x80"]
)
def test_a_token_that_is_wrong_vouches_for_nobody(authorization):
    assert who_shows(authorization) is Close.CREDENTIALS_EXPIRED


def test_a_token_for_another_purpose_vouches_for_nobody(alice):
    assert who_shows(f"Bearer {RefreshToken.for_user(alice)}") is Close.CREDENTIALS_EXPIRED


def test_a_token_of_somebody_who_is_not_active_vouches_for_nobody(users):
    [carol] = users("carol", active=False)
    key = Token.objects.create(user=carol).key

    assert who_shows(f"Token {key}") is Close.CREDENTIALS_EXPIRED


def test_a_password_that_browsers_send_by_themselves_is_not_asked_for(alice):
    assert who_shows("Basic YWxpY2U6cGFzc3dvcmQ=") is Close.NOT_SIGNED_IN


def test_without_an_authenticator_for_tokens_the_setting_is_wrong(accepting):
    accepting(SESSION, BASIC)

    with pytest.raises(InvalidSetting, match="TokenAuthentication"):
        RestFrameworkAuthenticator()


@pytest.mark.parametrize(
    ("token", "expires"),
    [
        ({"exp": 2_000_000_000}, datetime(2033, 5, 18, 3, 33, 20, tzinfo=UTC)),
        (
            SimpleNamespace(expires=datetime(2030, 1, 1, tzinfo=UTC)),
            datetime(2030, 1, 1, tzinfo=UTC),
        ),
        (
            SimpleNamespace(expiry=datetime(2030, 1, 1, tzinfo=UTC)),
            datetime(2030, 1, 1, tzinfo=UTC),
        ),
        (SimpleNamespace(expiry=None), None),
        (None, None),
    ],
)
def test_tokens_say_in_many_ways_when_they_expire(token, expires):
    assert expiry_of(token) == expires
