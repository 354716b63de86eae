"""The frames of clients."""

from __future__ import annotations

import json

import pytest

from realtime_notify.wire import commands
from realtime_notify.wire.protocol import ProtocolError


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ('{"id":1,"hello":{}}', "hello", {}),
        ('{"id":1,"hello":{"since":41}}', "hello", {"since": 41}),
        ('{"id":1,"hello":{"since":null,"other":"x"}}', "hello", {}),
        ('{"id":1,"hello":{"ticket":"x"}}', "hello", {"ticket": "x"}),
        ('{"rev":49}', "rev", {"rev": 49, "beat": ""}),
        ('{"rev":49,"beat":"x7","age":17}', "rev", {"rev": 49, "beat": "x7"}),
        ('{"id":7,"read":{"ids":[12]}}', "read", {"ids": [12]}),
        ('{"id":7,"read":{"upto":9,"inbox":"a7"}}', "read", {"upto": 9, "inbox": "a7"}),
        ('{"id":7,"sync":{"since":9,"inbox":"a7"}}', "sync", {"since": 9, "inbox": "a7"}),
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
    command = commands.parse(text, 16_384)

    assert (command.name, command.args) == (name, args)


def test_a_frame_is_measured_in_bytes_not_in_characters():
    text = json.dumps({"id": 1, "page": {"before": "é" * 100}}, ensure_ascii=False)

    assert commands.parse(text, 300).id == 1
    with pytest.raises(ProtocolError) as caught:
        commands.parse(text, len(text))
    assert caught.value.code == "too_large"
