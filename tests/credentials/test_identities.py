"""Who a client is, when several things say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.utils.timezone import make_naive

from realtime_notify.credentials import Credentials, Identity, Vouched, identify, tickets
from realtime_notify.wire.protocol import Close
from tests.sockets import sign_in

pytestmark = pytest.mark.django_db

IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


def by_key(headers):
    return Vouched(headers["X-Key"], IN_AN_HOUR) if "X-Key" in headers else None


@pytest.fixture(autouse=True)
def with_keys(settings):
    settings.REALTIME_NOTIFY = {"AUTHENTICATOR": f"{__name__}.by_key"}


@pytest.fixture
def people(users):
    return users("ticket", "token", "scope", "cookie")


def scope_with(token=None, user=None, cookie=None):
    headers = []
    if token is not None:
        headers.append((b"x-key", str(token.pk).encode()))
    if cookie is not None:
        headers.append((b"cookie", f"sessionid={sign_in(cookie)}".encode()))
    return {"headers": headers} | ({} if user is None else {"user": user})


def who(scope, ticket=None):
    [found] = identify([Credentials(scope, ticket)])
    return found


def test_a_ticket_goes_first_then_a_token_then_the_scope_then_the_cookie(people):
    by_ticket, by_token, by_scope, by_cookie = people
    ticket = tickets.issue(by_ticket.pk, None, IN_AN_HOUR)

    everything = scope_with(by_token, by_scope, by_cookie)
    assert who(everything, ticket).pk == by_ticket.pk
    assert who(everything).pk == by_token.pk
    assert who(scope_with(None, by_scope, by_cookie)).pk == by_scope.pk
    assert who(scope_with(None, None, by_cookie)).pk == by_cookie.pk
    assert who(scope_with()) is Close.NOT_SIGNED_IN


def test_a_middleware_that_knows_nobody_leaves_it_to_the_token_and_not_to_the_cookie(people):
    _, by_token, _, by_cookie = people

    assert who(scope_with(by_token, AnonymousUser(), by_cookie)).pk == by_token.pk
    assert who(scope_with(None, AnonymousUser(), by_cookie)) is Close.NOT_SIGNED_IN


def test_the_session_of_a_middleware_counts_if_it_is_the_users(alice, bob):
    """One that is not, would be found to be over by the next check."""
    session = SessionStore(sign_in(alice))

    hers = who({"user": alice, "session": session})
    his = who({"user": bob, "session": session})

    assert hers == Identity(alice.pk, session.session_key, None)
    assert (his.pk, his.session_key) == (bob.pk, None)
    assert his.expires <= datetime.now(UTC) + timedelta(minutes=15)


def test_a_middleware_says_with_a_datetime_when_its_word_expires(alice, caplog):
    assert who({"user": alice, "expires": IN_AN_HOUR}).expires == IN_AN_HOUR
    assert who({"user": alice, "expires": make_naive(IN_AN_HOUR)}).expires == IN_AN_HOUR
    assert who({"user": alice, "expires": datetime.now(UTC)}) is Close.CREDENTIALS_EXPIRED
    assert who({"user": alice, "expires": 3600}) is Close.DRAINING
    assert "expire at 3600; say a datetime, or None" in caplog.text


def test_sockets_that_show_their_credentials_again_do_not_come_together(alice):
    ends = {who({"user": alice}).expires for _ in range(20)}

    assert len(ends) == 20
    assert max(ends) - min(ends) < timedelta(minutes=2)
