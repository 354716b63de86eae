"""Frames as text."""

from __future__ import annotations

import copy
import json

import msgpack

from realtime_notify.wire import encoding
from realtime_notify.wire.encoding import EncodedItems
from realtime_notify.wire.protocol import Close


def test_half_a_surrogate_pair_is_encoded_as_valid_utf8():
    text = encoding.encode({"message": "broken \ud83d emoji"})

    assert json.loads(text.encode().decode())["message"] == "broken \ud83d emoji"


def test_items_that_are_encoded_already_are_put_into_their_frame_as_they_are():
    items = EncodedItems([{"id": 1}, {"id": 2}], ['{"id":1}', '{"id":2}'])

    text = encoding.encode({"rev": 2, "put": items, "next": None})

    assert items == [{"id": 1}, {"id": 2}]
    assert json.loads(text) == {"rev": 2, "put": [{"id": 1}, {"id": 2}], "next": None}
    assert json.loads(encoding.encode({"rev": 2, "put": EncodedItems()})) == {"rev": 2, "put": []}


def test_a_channel_layer_carries_encoded_items_as_a_list():
    items = EncodedItems([{"id": 1}], ['{"id":1}'])

    assert msgpack.unpackb(msgpack.packb({"put": items})) == {"put": [{"id": 1}]}
    assert encoding.encode({"put": copy.deepcopy(items)}) == '{"put":[{"id":1}]}'


def test_a_heartbeat_says_how_old_it_is_only_if_the_client_has_to_know():
    assert json.loads(encoding.encode_heartbeat(49, "b0-_")) == {"rev": 49, "beat": "b0-_"}
    assert json.loads(encoding.encode_heartbeat(49, "b", 17)) == {"rev": 49, "beat": "b", "age": 17}


def test_a_bye_says_when_to_come_back_only_if_the_client_may():
    draining = encoding.encode_bye(Close.DRAINING, "draining", (0.5, 8.0))
    stale = encoding.encode_bye(Close.STALE, "no pong")

    assert json.loads(draining) == {
        "bye": {"code": 4001, "reason": "draining", "retry": [0.5, 8.0]}
    }
    assert json.loads(stale) == {"bye": {"code": 4010, "reason": "no pong"}}
