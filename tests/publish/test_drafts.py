from __future__ import annotations

import re

import pytest

from realtime_notify import notify, notify_many
from realtime_notify.models import Event
from realtime_notify.publish.drafts import Call, Options

pytestmark = pytest.mark.django_db


def test_an_unknown_argument_is_named_beside_the_known_ones() -> None:
    complaint = r"'recipient' \(do you mean 'recipients'\?\); it takes: action_object, actor,"
    with pytest.raises(TypeError, match=complaint):
        notify("Hello", "demo/hello", recipient=None)  # type: ignore[call-arg]

    assert not Event.objects.exists()


def test_a_call_without_message_or_key_says_what_it_needs() -> None:
    with pytest.raises(TypeError, match=r"notify\(\) needs message and key"):
        notify_many([{"url": "/"}])  # type: ignore[typeddict-item]


def test_one_call_instead_of_a_list_is_refused_by_name() -> None:
    one_call = {"message": "Hello", "key": "a"}

    with pytest.raises(TypeError, match=r"takes dictionaries of arguments, not 'message'"):
        notify_many(one_call)  # type: ignore[arg-type]


def test_every_option_is_documented_once_where_it_is_typed() -> None:
    documented = set(re.findall(r"^ +(\w+): ", Options.__doc__ or "", re.MULTILINE))

    assert Options.__annotations__.keys() <= documented
    assert not Call.__annotations__.keys() & {"recipient", "target"}


def test_an_option_left_out_and_one_that_is_none_mean_the_same(alice) -> None:
    plain = notify("Hello", "demo/hello", recipients=[alice])
    spelled = notify(
        *("Hello", "demo/hello", None, None, None, None),
        recipients=[alice],
        actor=None,
        action_object=None,
        level=None,
        data=None,
        filters=None,
        collapse_key=None,
        dedupe_key=None,
        deliver_at=None,
        expires_at=None,
    )

    columns = [
        field.name
        for field in Event._meta.concrete_fields
        if field.name not in ("id", "created", "due_at", "delivered_at")
    ]
    assert [getattr(plain, name) for name in columns] == [
        getattr(spelled, name) for name in columns
    ]
