"""Signing out closes the sockets of the session."""

from __future__ import annotations

import pytest
from django.contrib.auth.signals import user_logged_out
from django.test import Client

from realtime_notify.wire import push
from tests.sockets import in_db


async def test_logging_out_closes_the_sockets_of_that_session_only(browse, alice):
    here, there = await browse(alice), await browse(alice)

    await in_db(sign_out, here.session_key)

    assert await here.closed() == 4501
    assert await there.receive_nothing()


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


@pytest.mark.django_db
def test_a_logout_without_a_session_pushes_nothing(alice, rf, commit, pushed):
    with commit():
        user_logged_out.send(type(alice), request=None, user=alice)
        user_logged_out.send(type(alice), request=rf.get("/"), user=alice)
        user_logged_out.send(type(alice), request=rf.get("/"), user=None)

    assert pushed == []
