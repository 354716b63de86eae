"""Django's sessions, read many at once."""

from __future__ import annotations

import pytest
import redis
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import caches

from realtime_notify.credentials import Credentials, Identity, identify, signed_out
from realtime_notify.wire.protocol import Close
from tests.processes import free_port
from tests.sockets import sign_in

pytestmark = pytest.mark.django_db

SESSIONS = "django.contrib.sessions.backends."
ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]
REDIS_THAT_IS_GONE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{free_port()}",
    }
}


@pytest.fixture
def engine(request, settings, tmp_path):
    settings.SESSION_ENGINE = f"{SESSIONS}{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    caches["default"].clear()


def cookie(key):
    return Credentials({"headers": [(b"cookie", f"sessionid={key}".encode())]})


def who_has(*keys):
    return identify([cookie(key) for key in keys])


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_each_session_cookie_identifies_its_user(engine, users):
    everybody = users("alice", "bob", "carol")
    keys = [sign_in(user) for user in everybody]

    found = who_has(keys[2], "a" * 32, keys[0], keys[1])

    assert found == [
        Identity(everybody[2].pk, keys[2]),
        Close.NOT_SIGNED_IN,
        Identity(everybody[0].pk, keys[0]),
        Identity(everybody[1].pk, keys[1]),
    ]


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_session_is_over_for_whoever_has_another_password_or_is_not_active(engine, users):
    alice, bob, carol = users("alice", "bob", "carol")
    pairs = [(str(user.pk), sign_in(user)) for user in (alice, bob, carol)]
    alice.set_password("another")
    alice.save()
    bob.is_active = False
    bob.save()

    assert signed_out(pairs) == pairs[:2]


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache"], indirect=True)
def test_a_session_that_ended_is_over(engine, alice, sign_in):
    client = sign_in(alice)
    key = client.cookies["sessionid"].value
    client.logout()

    assert who_has(key) == [Close.NOT_SIGNED_IN]
    assert signed_out([(str(alice.pk), key)]) == [(str(alice.pk), key)]


def test_a_session_that_has_expired_is_over(alice, settings):
    settings.SESSION_COOKIE_AGE = -1

    assert who_has(sign_in(alice)) == [Close.NOT_SIGNED_IN]


def test_a_session_of_somebody_else_is_over(alice, bob):
    key = sign_in(bob)

    assert signed_out([(str(alice.pk), key), (str(bob.pk), key)]) == [(str(alice.pk), key)]


@pytest.mark.parametrize(
    ("engine", "statements"), [("db", 2), ("cached_db", 1), ("cache", 1)], indirect=["engine"]
)
def test_256_sessions_cost_as_many_statements_as_one(
    engine, statements, users, django_assert_num_queries
):
    everybody = users(256)
    keys = [sign_in(user) for user in everybody]

    with django_assert_num_queries(statements):
        who_has(keys[0])
    with django_assert_num_queries(statements):
        found = who_has(*keys)
    with django_assert_num_queries(statements):
        over = signed_out([(str(user.pk), key) for user, key in zip(everybody, keys, strict=True)])

    assert [who.pk for who in found] == [user.pk for user in everybody]
    assert over == []


@pytest.mark.parametrize("engine", ["cached_db"], indirect=True)
def test_a_session_that_the_cache_has_lost_is_read_from_the_database(engine, alice, bob):
    kept, lost = sign_in(alice), sign_in(bob)
    caches["default"].delete(f"{SESSIONS}cached_db{lost}")

    assert [who.pk for who in who_has(kept, lost)] == [alice.pk, bob.pk]


def test_sessions_survive_a_new_secret_key_and_are_not_changed(alice, settings):
    key = sign_in(alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the-next-one"
    before = SessionStore(key)[HASH_SESSION_KEY]

    assert who_has(key) == [Identity(alice.pk, key)]
    assert SessionStore(key)[HASH_SESSION_KEY] == before
    settings.SECRET_KEY_FALLBACKS = []
    assert who_has(key) == [Close.NOT_SIGNED_IN]


@pytest.mark.parametrize("key", ["", " ", "\x00" * 32, "é" * 32, "a" * 5000, "a b" * 10, "%"])
def test_a_cookie_that_no_session_can_have_harms_nobody_beside_it(alice, key):
    good = sign_in(alice)
    strange = Credentials({"headers": [(b"cookie", f"sessionid={key}".encode())]})

    assert identify([strange, cookie(good)]) == [Close.NOT_SIGNED_IN, Identity(alice.pk, good)]


class Moody(ModelBackend):
    """An authentication backend that asks another system, which knows some and fails for some."""

    def get_user(self, user_id):
        user = super().get_user(user_id)
        if user is not None and user.username == "bob":
            raise ConnectionError("the directory does not answer")
        return None if user is not None and user.username == "carol" else user


def test_a_backend_of_the_project_is_asked_and_fails_for_those_alone_whom_it_cannot_find(
    users, settings, caplog
):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Moody"]
    alice, bob, carol = users("alice", "bob", "carol")
    pairs = [(str(user.pk), sign_in(user)) for user in (alice, bob, carol)]

    found = who_has(*(key for _, key in pairs))

    assert found == [Identity(alice.pk, pairs[0][1]), Close.DRAINING, Close.NOT_SIGNED_IN]
    assert signed_out(pairs) == [pairs[2]]  # bob's session is asked about again next time
    assert "the directory does not answer" in caplog.text


class Lenient(ModelBackend):
    """A backend that has a say in who may sign in, and finds users as Django does."""

    def user_can_authenticate(self, user):
        return user.username != "bob"


def test_a_backend_that_finds_users_as_django_does_is_asked_in_one_go(
    users, settings, django_assert_num_queries
):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Lenient"]
    alice, bob, carol = users("alice", "bob", "carol")
    keys = [sign_in(user) for user in (alice, bob, carol)]

    with django_assert_num_queries(2):
        found = who_has(*keys)

    assert [who if isinstance(who, Close) else who.pk for who in found] == [
        alice.pk,
        Close.NOT_SIGNED_IN,
        carol.pk,
    ]


def test_a_backend_that_is_no_longer_in_use_vouches_for_nobody(alice, settings):
    key = sign_in(alice)
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Lenient"]

    assert who_has(key) == [Close.NOT_SIGNED_IN]


def test_a_session_cache_that_is_down_signs_nobody_out(alice, settings):
    settings.CACHES = REDIS_THAT_IS_GONE
    settings.SESSION_ENGINE = f"{SESSIONS}cache"

    with pytest.raises(redis.ConnectionError):
        signed_out([(str(alice.pk), "a" * 32)])
    with pytest.raises(redis.ConnectionError):
        who_has("a" * 32)


def test_a_cache_before_the_database_may_be_down(alice, settings):
    key = sign_in(alice)
    settings.CACHES = REDIS_THAT_IS_GONE
    settings.SESSION_ENGINE = f"{SESSIONS}cached_db"

    assert who_has(key) == [Identity(alice.pk, key)]
