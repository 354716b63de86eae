from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime_notify.wire import encoding, protocol
from realtime_notify.wire.protocol import Close, ProtocolError
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import Recipient

SPECIMENS = sorted((Path(__file__).parent.parent / "protocol").glob("*.json"))


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_the_store_agrees_with_the_specimen(path):
    """The frontend's store is held to the same files."""
    specimen = json.loads(path.read_text())
    store = Store()

    for step in specimen["steps"]:
        take = store.apply_page if "page" in step else store.apply
        assert take(step.get("page") or step["frame"]) == step["outcome"], step
        if "view" in step:
            assert store.snapshot() == step["view"], step

    if "view" in specimen:
        assert store.snapshot() == specimen["view"]


def test_there_are_specimens():
    assert len(SPECIMENS) > 10


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ('{"id":1,"hello":{}}', "hello", {}),
        ('{"id":1,"hello":{"since":41}}', "hello", {"since": 41}),
        ('{"id":1,"hello":{"since":null,"ticket":"x"}}', "hello", {}),
        ('{"rev":49}', "rev", {"rev": 49}),
        ('{"id":7,"read":{"ids":[12]}}', "read", {"ids": [12]}),
        ('{"id":8,"read":{"upto":45}}', "read", {"upto": 45}),
        ('{"id":9,"sync":{"since":43}}', "sync", {"since": 43}),
        (
            '{"id":10,"page":{"before":"42","limit":20,"unread":true}}',
            "page",
            {"before": "42", "limit": 20, "unread": True},
        ),
    ],
)
def test_a_frame_of_the_documented_form_is_understood(text, name, args):
    command = protocol.parse(text, 16_384)

    assert (command.name, command.args) == (name, args)


def test_a_frame_is_measured_in_bytes_not_in_characters():
    text = json.dumps({"id": 1, "page": {"before": "é" * 100}}, ensure_ascii=False)

    assert protocol.parse(text, 300).id == 1
    with pytest.raises(ProtocolError) as caught:
        protocol.parse(text, len(text))
    assert caught.value.code == "too_large"


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


def test_the_range_of_a_close_code_says_whether_to_reconnect():
    back = {Close.DRAINING, Close.NO_HELLO, Close.STALE, Close.TOO_FAST}

    assert {code for code in Close if code < 4500} == back
    assert all(4000 <= code < 5000 for code in Close)
