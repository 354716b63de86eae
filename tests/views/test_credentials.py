"""HTTP requests that a token vouches for, and the ticket that they get for the socket."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.tokens import AccessToken

from realtime_notify.credentials import Credentials, identify
from realtime_notify.models import Ticket
from realtime_notify.wire.protocol import Close
from tests.credentials.test_rest_framework import JWT, PATH, TOKEN
from tests.views.browsing import API

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def with_tokens(settings):
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [TOKEN, JWT]}
    settings.REALTIME_NOTIFY = {"AUTHENTICATOR": PATH}


@pytest.fixture
def app():
    """A client without cookies, to which CSRF checks apply."""
    return Client(enforce_csrf_checks=True)


def bearing(user):
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


def post(client, name, body=None, headers=None):
    url = f"{API}{name}/"
    return client.post(url, body or {}, content_type="application/json", headers=headers)


def redeemed(answer):
    [who] = identify([Credentials({}, answer.json()["ticket"])])
    return who


def test_a_token_reads_and_changes_the_inbox_without_a_csrf_token(app, alice, make_notification):
    notification = make_notification(alice)
    scheme = {"Authorization": f"Token {Token.objects.create(user=alice).key}"}

    for headers in (bearing(alice), scheme):
        assert app.get(f"{API}count/", headers=headers).json()["unread"] == 1
    answer = post(app, "read", {"ids": [notification.pk]}, bearing(alice))

    assert answer.status_code == 200
    assert answer.json()["unread"] == 0


def test_a_cookie_needs_a_csrf_token_all_the_same(alice, make_notification):
    notification = make_notification(alice)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    refused = post(browser, "read", {"ids": [notification.pk]})

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "csrf_failed"
    assert post(browser, "ticket").status_code == 403


def test_whoever_has_a_cookie_and_a_token_is_who_the_token_says(alice, bob, make_notification):
    make_notification(bob)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.get(f"{API}count/", headers=bearing(bob)).json()["unread"] == 1
    assert post(browser, "read", {"upto": 1}, bearing(bob)).json()["unread"] == 0


def test_a_wrong_token_is_refused_even_with_a_cookie_and_where_anybody_may_ask(visitor):
    headers = {"Authorization": "Bearer x.y.z"}

    for answer in (
        visitor.get(f"{API}count/", headers=headers),
        post(visitor, "read", {}, headers),
    ):
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_token_of_somebody_who_is_not_active_is_refused(app, alice):
    headers = bearing(alice)
    alice.is_active = False
    alice.save()

    assert app.get(f"{API}notifications/", headers=headers).status_code == 401


def test_a_token_gets_a_ticket_that_ends_with_it(app, alice):
    token = AccessToken.for_user(alice)

    answer = post(app, "ticket", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["expires_in"] == 30
    assert answer["Cache-Control"] == "no-store"
    who = redeemed(answer)
    assert (who.pk, who.session_key) == (alice.pk, None)
    assert who.expires.timestamp() == token["exp"]


def test_a_session_gets_a_ticket_that_ends_with_it(visitor, alice):
    first, second = post(visitor, "ticket"), post(visitor, "ticket")

    who = redeemed(first)
    assert (who.pk, who.expires) == (alice.pk, None)
    assert who.session_key == visitor.cookies["sessionid"].value
    visitor.logout()
    assert redeemed(second) is Close.NOT_SIGNED_IN


def test_nobody_gets_no_ticket(app):
    assert post(app, "ticket").status_code == 401
    assert not Ticket.objects.exists()


def test_tickets_count_as_requests(app, alice, settings):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "REQUESTS_PER_MINUTE": 2}
    headers = bearing(alice)

    answers = [post(app, "ticket", headers=headers).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert app.get(f"{API}count/", headers=headers).status_code == 429


def test_a_ticket_is_not_given_by_get(visitor):
    assert visitor.get(f"{API}ticket/").status_code == 405


def test_no_secret_is_logged(app, alice, caplog):
    caplog.set_level("DEBUG")
    headers = bearing(alice)

    ticket = post(app, "ticket", headers=headers).json()["ticket"]
    identify([Credentials({}, ticket), Credentials({}, ticket)])
    post(app, "ticket", headers={"Authorization": "Bearer wrong.token.here"})

    written = caplog.text
    assert ticket not in written
    assert headers["Authorization"].split()[1] not in written
    assert "wrong.token.here" not in written
    assert json.dumps(ticket) not in written
