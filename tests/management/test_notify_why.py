"""`notify_why`, as a shell runs it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from realtime_notify import notify, subscribe

pytestmark = pytest.mark.django_db


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    call_command("notify_why", *map(str, arguments), "--no-color")
    return capsys.readouterr().out


def test_it_explains_to_whom_an_event_went(
    alice: Any, bob: Any, deliver_notifications: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    row = subscribe(alice, "a")
    event = notify("Hello", "a")
    deliver_notifications()

    for name in (alice.pk, "alice", "Alice@Example.com"):
        assert printed(capsys, event.pk, name) == (
            f"Inbox: It is in their inbox, unread. They subscribe. It is subscription {row.pk}, "
            "to a.\n"
        )
    assert printed(capsys, event.pk, "bob") == (
        "Inbox: There is nothing of it. Neither they subscribe nor a group of theirs.\n"
    )


def test_what_does_not_exist_is_named(alice: Any) -> None:
    event = notify("Hello", "a", recipients=alice)

    with pytest.raises(CommandError, match="There is no event 987654"):
        call_command("notify_why", "987654", "alice")
    with pytest.raises(CommandError, match=r"no user with the primary key, .* 'nobody'"):
        call_command("notify_why", str(event.pk), "nobody")


def test_a_name_of_two_people_is_refused(users: Any) -> None:
    alice, bob = users("alice", "bob")
    type(bob).objects.filter(pk=bob.pk).update(email=alice.email)
    event = notify("Hello", "a", recipients=alice)

    with pytest.raises(CommandError, match=r"names more than one user: alice .*, bob "):
        call_command("notify_why", str(event.pk), alice.email)
