"""The project's authenticator, and what it may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from realtime_notify.credentials import Credentials, Identity, Vouched, identify
from realtime_notify.credentials.authenticators import (
    authenticator,
    headers_of_request,
    headers_of_scope,
)
from realtime_notify.exceptions import InvalidSetting
from realtime_notify.wire.protocol import Close

pytestmark = pytest.mark.django_db

IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)
NOT_CALLABLE = 7


def by_key(headers):
    return Vouched(headers["X-Key"], IN_AN_HOUR) if "x-key" in headers else None


def broken(headers):
    if headers.get("X-Key") == "bang":
        raise RuntimeError("the other system is on fire")
    return by_key(headers)


def gives_a_user(headers):
    return headers["X-Key"]


def says_when_in_words(headers):
    return Vouched(headers["X-Key"], "tomorrow")


def takes_nothing():
    """Cannot be called with headers."""


async def asynchronous(headers):
    """Cannot be called in a thread."""


class ByKey:
    """An authenticator that is made once, and asked often."""

    def __call__(self, headers):
        return by_key(headers)


class NeedsMore:
    """An authenticator that cannot be made."""

    def __init__(self, secret):
        self.secret = secret


@pytest.fixture
def asking(settings):
    """Name the authenticator: asking("by_key")."""

    def change(name):
        settings.REALTIME_NOTIFY = {"AUTHENTICATOR": f"{__name__}.{name}"}

    return change


def who_shows(*keys):
    return identify(
        [Credentials({"headers": [(b"x-key", str(key).encode())] if key else []}) for key in keys]
    )


@pytest.mark.parametrize("name", ["by_key", "ByKey"])
def test_whom_it_vouches_for_is_known(asking, users, name, django_assert_num_queries):
    asking(name)
    alice, bob = users("alice", "bob")

    with django_assert_num_queries(1):
        found = who_shows(bob.pk, None, alice.pk)

    assert found == [
        Identity(bob.pk, None, IN_AN_HOUR),
        Close.NOT_SIGNED_IN,
        Identity(alice.pk, None, IN_AN_HOUR),
    ]


def test_a_user_that_does_not_exist_is_nobody(asking, users):
    asking("by_key")
    [inactive] = users("carol", active=False)

    assert who_shows(inactive.pk, "nonsense") == [Close.NOT_SIGNED_IN] * 2


def test_one_for_whom_it_fails_comes_back_and_the_others_come_in(asking, alice, caplog):
    asking("broken")

    found = who_shows("bang", alice.pk)

    assert found == [Close.DRAINING, Identity(alice.pk, None, IN_AN_HOUR)]
    assert "the other system is on fire" in caplog.text


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gives_a_user", "must return realtime_notify.credentials.Vouched"),
        ("says_when_in_words", "expire at 'tomorrow'; say a datetime"),
    ],
)
def test_an_answer_of_the_wrong_kind_is_logged_with_the_right_one(
    asking, alice, caplog, name, complaint
):
    asking(name)

    assert who_shows(alice.pk) == [Close.DRAINING]
    assert complaint in caplog.text


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("missing", "cannot be imported"),
        ("NOT_CALLABLE", "cannot be called: it is a int"),
        ("NeedsMore", "cannot be imported or made"),
        ("takes_nothing", "with one argument"),
        ("asynchronous", "coroutine"),
    ],
)
def test_an_authenticator_that_cannot_work_is_a_wrong_setting(name, complaint):
    with pytest.raises(InvalidSetting, match=complaint):
        authenticator(f"{__name__}.{name}")


def test_it_gets_the_same_headers_from_a_socket_and_a_request_and_no_cookie():
    request = RequestFactory().get("/", headers={"Authorization": "Bearer x", "Cookie": "a=b"})
    scope = {
        "headers": [
            (b"authorization", b"Bearer x"),
            (b"cookie", b"a=b"),
            (b"x-tag", b"1"),
            (b"x-tag", b"2"),
        ]
    }

    for headers in (headers_of_request(request), headers_of_scope(scope)):
        assert headers["AUTHORIZATION"] == headers["authorization"] == "Bearer x"
        assert "Cookie" not in headers
    assert headers_of_scope(scope)["X-Tag"] == "1,2"
