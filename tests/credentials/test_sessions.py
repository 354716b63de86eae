from __future__ import annotations

import pytest
import redis
from django.test import Client

from realtime_notify.credentials import Credentials, Identity, identify, signed_out
from realtime_notify.wire.protocol import Close
from tests.processes import free_port

pytestmark = pytest.mark.django_db

REDIS_THAT_IS_GONE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{free_port()}",
    }
}


def scope_of(client):
    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    return {"headers": [(b"cookie", cookie)]}


def test_the_session_cookie_identifies_the_user(alice):
    client = Client()
    client.force_login(alice)

    [who] = identify([Credentials(scope_of(client))])

    key = client.cookies["sessionid"].value
    assert who == Identity(alice.pk, key)
    assert signed_out([(str(alice.pk), key)]) == []


def test_a_session_that_ended_is_signed_out(alice):
    client = Client()
    client.force_login(alice)
    key = client.cookies["sessionid"].value
    client.logout()

    cookie = {"headers": [(b"cookie", f"sessionid={key}".encode())]}
    assert identify([Credentials(cookie)]) == [Close.NOT_SIGNED_IN]
    assert signed_out([(str(alice.pk), key)]) == [(str(alice.pk), key)]


def test_a_session_cache_that_is_down_signs_nobody_out(alice, settings):
    settings.CACHES = REDIS_THAT_IS_GONE
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"

    with pytest.raises(redis.ConnectionError):
        signed_out([(str(alice.pk), "a" * 32)])
    with pytest.raises(redis.ConnectionError):
        identify([Credentials({"headers": [(b"cookie", b"sessionid=" + b"a" * 32)]})])
