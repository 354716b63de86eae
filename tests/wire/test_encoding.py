"""Frames as text."""

from __future__ import annotations

import json

from realtime_notify.wire import encoding
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import Recipient


def test_an_item_is_put_together_from_its_parts():
    body = encoding.event_body({"key": "a/b", "message": 'say "hi" ☃', "data": {"x": [None]}})

    recipient = Recipient("1", 5, 49, 49, 2, unread=7, unseen=1)

    text = encoding.encode_put(46, recipient, [encoding.encode_new_item(recipient, body)])

    assert json.loads(text) == {
        "rev": 49,
        "from": 46,
        "unread": 7,
        "unseen": 1,
        "put": [
            {
                "id": 5,
                "rev": 49,
                "seq": 49,
                "occurrences": 2,
                "read": False,
                "seen": False,
                "archived": False,
                "deleted": False,
                "snoozed": False,
                "key": "a/b",
                "message": 'say "hi" ☃',
                "data": {"x": [None]},
            }
        ],
    }
    assert '"from"' not in encoding.encode_put(48, recipient, [])


def test_half_a_surrogate_pair_is_encoded_as_valid_utf8():
    text = encoding.encode({"message": "broken \ud83d emoji"})

    assert json.loads(text.encode().decode())["message"] == "broken \ud83d emoji"


def test_a_put_of_several_items_says_where_it_starts():
    recipient = Recipient("1", 5, 9, 9, 1, unread=2, unseen=2)

    assert json.loads(encoding.encode_put(6, recipient, ["{}", "{}"])) == {
        "rev": 9,
        "from": 6,
        "unread": 2,
        "unseen": 2,
        "put": [{}, {}],
    }


def test_a_heartbeat_is_the_rev_alone():
    assert json.loads(encoding.encode_heartbeat(49, "b0-_")) == {"rev": 49, "beat": "b0-_"}
    assert json.loads(encoding.encode_heartbeat(49, "b", 17)) == {"rev": 49, "beat": "b", "age": 17}


def test_a_bye_says_when_to_come_back_only_if_the_client_may():
    draining = encoding.encode_bye(Close.DRAINING, "draining", (0.5, 8.0))
    stale = encoding.encode_bye(Close.STALE, "no pong")

    assert json.loads(draining) == {
        "bye": {"code": 4001, "reason": "draining", "retry": [0.5, 8.0]}
    }
    assert json.loads(stale) == {"bye": {"code": 4010, "reason": "no pong"}}
