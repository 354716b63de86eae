"""What hellos cost: for hundreds of people the statements of one."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime_notify import subscribe
from realtime_notify.credentials import Credentials
from realtime_notify.live import greeting
from realtime_notify.live.hello import Hello
from realtime_notify.live.limits import Allowance
from realtime_notify.wire.commands import Command
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.pace import BATCH
from realtime_notify.wire.window import SendWindow

pytestmark = pytest.mark.django_db


def cookie_of(user):
    session = import_module(django_settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}".encode()


def hellos_of(people, **args):
    cookies = [cookie_of(user) for user in people]

    async def send(message):
        raise AssertionError(f"Nothing is sent here: {message}")

    async def say():
        return [
            Hello(
                Connection(send, SendWindow(10, 1000)),
                Command(1, "hello", args),
                Credentials({"headers": [(b"cookie", cookie)]}),
                Allowance(),
                None,
            )
            for cookie in cookies
        ]

    return asyncio.run(say())


def statements(hellos):
    """Answer hellos as a batch; return how many statements that took, and the answers."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        for hello, who in zip(hellos, greeting._identify(hellos), strict=True):
            hello.admit(who)
        answers = greeting._read(hellos)
    return len(captured), answers


@pytest.mark.parametrize("args", [{}, {"since": 1}])
def test_a_full_batch_costs_as_many_statements_as_one_hello(users, fill, args):
    people = users(BATCH + 2)
    for person in people[:3]:
        subscribe(person, "blog/new")
    fill(*people, count=2)
    statements(hellos_of(people[:1], **args))  # content types are read once in a process

    one, [(keys, frame, _)] = statements(hellos_of(people[1:2], **args))
    full, answers = statements(hellos_of(people[2:], **args))

    assert full == one
    assert (keys, answers[0][0], answers[1][0]) == (["blog/new"], ["blog/new"], [])
    assert len(answers) == BATCH
    assert {len(each["put"]) for _, each, _ in answers} == {len(frame["put"])}
