"""A socket never outlives what vouched for whoever opened it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from realtime_notify import notify
from realtime_notify.credentials import Vouched, tickets
from realtime_notify.exceptions import InvalidCredentials
from realtime_notify.live.routing import websocket_application
from realtime_notify.models.objects import user_pk
from realtime_notify.testing.client import NotificationClient
from tests.sockets import in_db

LIFETIMES = {"short": 1.0, "long": 3600.0, "over": -1.0}


def authenticate(headers):
    """Vouch for "<primary key> <lifetime>" in the header Authorization, as a token would."""
    pk, _, lifetime = headers.get("Authorization", "").partition(" ")
    if not pk:
        return None
    if lifetime not in LIFETIMES:
        raise InvalidCredentials("no such token")
    return Vouched(pk, in_seconds(LIFETIMES[lifetime]))


def in_seconds(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture
def with_tokens(tune):
    tune(AUTHENTICATOR=f"{__name__}.authenticate")


def token(user, lifetime):
    return {"authorization": f"{user_pk(user)} {lifetime}"}


async def test_a_socket_is_closed_when_its_token_expires(browse, alice, with_tokens):
    browser = await browse(**token(alice, "short"))
    lasting = await browse(**token(alice, "long"))

    assert await browser.closed() == 4401
    assert browser.bye["retry"] == [0, 2]
    await in_db(notify, "Later", "demo/hello", recipients=[alice])
    assert (await lasting.receive_push())["unread"] == 1


async def test_a_token_that_has_expired_already_opens_nothing(browse, alice, with_tokens):
    refused = await browse(greet=False, **token(alice, "over"))

    assert await refused.refused() == 4401


async def test_a_client_whose_token_will_never_do_comes_back_at_its_own_ever_longer_intervals(
    browse, alice, with_tokens
):
    refused = await browse(greet=False, **token(alice, "forged"))

    assert await refused.refused() == 4401
    assert "retry" not in refused.bye


async def test_a_token_that_is_not_accepted_is_no_reason_to_ask_the_cookie(
    browse, alice, with_tokens
):
    refused = await browse(alice, greet=False, **token(alice, "forged"))

    assert await refused.refused() == 4401


async def test_whoever_shows_no_token_is_known_by_the_cookie(browse, alice, with_tokens):
    browser = await browse(alice)

    assert (await browser.ask(sync={}))["rev"] == 0


async def test_a_socket_is_closed_when_what_vouched_for_its_ticket_expires(browse, alice):
    ticket = await in_db(tickets.issue, alice.pk, None, in_seconds(1))

    async with NotificationClient(ticket=ticket) as browser:
        assert browser.store.rev == 0
        assert await browser.closed() == 4401


async def test_a_ticket_opens_one_socket(browse, alice):
    ticket = await in_db(tickets.issue, alice.pk, None, in_seconds(60))
    first, second = await browse(greet=False), await browse(greet=False)

    assert (await first.ask(hello={"ticket": ticket}))["rev"] == 0
    assert await second.refused(ticket=ticket) == 4401


@pytest.mark.parametrize("expires", [in_seconds, lambda seconds: None])
async def test_a_middleware_may_say_when_the_user_it_puts_into_the_scope_ends(
    browse, alice, tune, expires
):
    """One that does not say has its sockets come back after `CREDENTIALS_LIFETIME`."""
    tune(CREDENTIALS_LIFETIME=1)

    async def application(scope, receive, send):
        await websocket_application()({**scope, "expires": expires(1)}, receive, send)

    async with NotificationClient(alice, application=application) as browser:
        assert await browser.closed() == 4401
