"""Signing out closes the sockets of the session."""

from __future__ import annotations

import pytest
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.test import Client

from realtime_notify.credentials import ask_again
from realtime_notify.wire import outbound, push
from tests.sockets import in_db


async def test_logging_out_closes_the_sockets_of_that_session_only(browse, alice):
    here, there = await browse(alice), await browse(alice)

    await in_db(sign_out, here.session_key)

    assert await here.closed() == 4501
    assert await there.receive_nothing()


async def test_when_sessions_are_cookies_all_sockets_of_the_user_come_back_by_their_own(
    browse, alice, bob, settings
):
    """The key of such a session is the cookie, which may have changed since the socket opened."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    here, there, his = await browse(alice), await browse(alice), await browse(bob)

    await in_db(sign_out_with_a_newer_cookie, alice)

    for socket in (here, there):
        assert await socket.closed() == 4401
        assert socket.bye["retry"] == [3, 8]
    assert await his.receive_nothing()


async def test_a_revoked_token_has_the_sockets_of_its_user_show_theirs_again(browse, alice, bob):
    hers, his = await browse(alice), await browse(bob)

    await in_db(ask_again, alice)

    assert await hers.closed() == 4401
    assert await his.receive_nothing()


def sign_out_with_a_newer_cookie(user):
    client = Client()
    client.force_login(user)
    client.logout()


def sign_out(session_key):
    client = Client()
    client.cookies["sessionid"] = session_key
    client.logout()


@pytest.mark.django_db
def test_sockets_are_closed_only_once_the_logout_is_committed(alice, visitor, commit, pushed):
    key = visitor.session.session_key

    with commit():
        visitor.logout()
        assert pushed == []

    (message,) = pushed
    assert (message["type"], message["user"]) == ("rn.bye", str(alice.pk))
    assert message["session"] == push.session_digest(key)


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_back_when_the_sockets_close_finds_the_session_ended(visitor):
    """Django ends it only after its signal; a page that reloads at once would be signed in."""
    left = []
    listener = outbound.Listener(lambda _: left.append(Session.objects.count()))
    outbound.listen(listener)

    visitor.logout()

    outbound.unlisten(listener)
    assert left == [0]


@pytest.mark.django_db
def test_a_logout_without_a_session_pushes_nothing(alice, rf, commit, pushed):
    with commit():
        user_logged_out.send(type(alice), request=None, user=alice)
        user_logged_out.send(type(alice), request=rf.get("/"), user=alice)
        user_logged_out.send(type(alice), request=rf.get("/"), user=None)

    assert pushed == []
