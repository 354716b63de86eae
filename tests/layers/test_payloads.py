"""Messages in payloads of NOTIFY: as they are if they fit, as wake-ups if they do not."""

from __future__ import annotations

import json

import pytest

from realtime_notify.keys import EVERYONE, user_group
from realtime_notify.layers.payloads import LIMIT, fits, pack, unpack

LARGE = "x" * LIMIT


def put(*users, body="{}"):
    to = [[user, 1, 1, 1, 1, 1, 1] for user in users]
    return EVERYONE, {"type": "rn.put", "body": body, "to": to, "origin": "here"}


def keys(user, *added):
    message = {"type": "rn.keys", "user": user, "add": list(added), "drop": [], "origin": "here"}
    return user_group(user), message


def broadcast(*keys):
    return EVERYONE, {"type": "rn.broadcast", "number": 1, "keys": list(keys), "origin": "here"}


def sent(*letters):
    payloads = list(pack(list(letters)))
    assert all(len(payload.encode()) <= LIMIT for payload in payloads)
    return [letter for payload in payloads for letter in unpack(payload)]


def wake(users, keys_of=()):
    message = {"type": "rn.wake", "users": users, "keys_of": list(keys_of), "origin": "here"}
    return EVERYONE, message


def test_what_fits_into_one_payload_travels_as_it_is_and_in_order():
    letters = [put("1"), keys("2", "a/b"), put("1", body="second")]

    assert len(list(pack(letters))) == 1
    assert sent(*letters) == letters


def test_a_large_message_wakes_those_it_is_for():
    assert sent(put("1", "2", body=LARGE)) == [wake(["1", "2"])]


def test_many_messages_together_wake_each_user_once():
    letters = [put(str(number % 7), body="x" * 100) for number in range(200)]

    assert sent(*letters) == [wake([str(number) for number in range(7)])]


@pytest.mark.parametrize(
    "users",
    [[str(number) for number in range(2000)], ["ü" * 255 + str(number) for number in range(30)]],
    ids=["many", "long ids"],
)
def test_a_crowd_is_woken_as_everybody(users):
    assert sent(put(*users, body=LARGE)) == [wake(None)]


def test_many_subscriptions_doubt_the_keys_of_each_user_once():
    letters = [keys(str(number % 120), "k/" + "x" * 100) for number in range(240)]

    wakes = [message for _, message in sent(*letters)]

    assert [message["users"] for message in wakes] == [[]] * 3
    assert [user for message in wakes for user in message["keys_of"]] == [
        str(number) for number in range(120)
    ]


def test_a_broadcast_of_too_many_keys_is_for_everybody():
    [(group, message)] = sent(broadcast(*(f"key/{number}" for number in range(2000))))

    assert group == EVERYONE
    assert message["keys"] == []


def test_what_a_wake_up_cannot_say_travels_beside_it_and_once():
    bye = (user_group("1"), {"type": "rn.bye", "user": "1", "origin": "here"})
    due = (EVERYONE, {"type": "rn.due", "origin": "here"})

    assert sent(bye, due, put("1", body=LARGE), due) == [wake(["1"]), bye, due]


def test_more_than_one_payload_holds_is_split():
    byes = [
        (user_group(number), {"type": "rn.bye", "user": str(number), "reason": "x" * 200})
        for number in range(100)
    ]

    assert len(list(pack(byes))) > 2
    assert sent(*byes) == byes


def test_bytes_count_not_characters():
    assert fits(("group", {"text": "x" * (LIMIT // 2)}))
    assert not fits(("group", {"text": "€" * (LIMIT // 2)}))


@pytest.mark.parametrize("payload", ["", "nonsense", "{}", "17", json.dumps([["only a group"]])])
def test_a_foreign_payload_is_refused(payload):
    with pytest.raises((TypeError, ValueError)):
        unpack(payload)
