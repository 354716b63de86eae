"""A queue becomes frames."""

from __future__ import annotations

import json

from realtime_notify.wire import encoding, frames
from realtime_notify.wire.frames import Bodies, NewItem, StateChange
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import Recipient


def new_item(rev):
    return NewItem(Recipient("1", rev, rev, rev, 1, rev, rev), b'"message":"x"')


def written(queue):
    return [json.loads(b"".join(chunks)) for chunks in frames.frames(queue)]


def test_an_item_is_put_together_from_its_parts():
    body = encoding.event_body({"key": "a/b", "message": 'say "hi" ☃', "data": {"x": [None]}})
    recipient = Recipient("1", 5, 49, 48, 2, unread=7, unseen=1)

    [frame] = written([NewItem(recipient, body.encode())])

    assert frame == {
        "rev": 49,
        "unread": 7,
        "unseen": 1,
        "put": [
            {
                "id": 5,
                "rev": 49,
                "seq": 48,
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


def test_new_items_whose_revs_follow_each_other_share_a_frame():
    (frame,) = written([new_item(4), new_item(5), new_item(6)])

    assert (frame["from"], frame["rev"], frame["unread"]) == (3, 6, 6)
    assert [item["rev"] for item in frame["put"]] == [4, 5, 6]


def test_new_items_whose_revs_have_a_gap_come_in_two_frames():
    first, second = written([new_item(1), new_item(3)])

    assert (first["rev"], second["rev"]) == (1, 3)
    assert "from" not in second


def test_replies_and_changes_keep_their_place_between_new_items():
    change = StateChange({"rev": 2, "unread": 0, "unseen": 0, "read": {"upto": 1}})

    found = written([new_item(1), change, b'{"id":7}', new_item(3), new_item(4)])

    assert [frame.get("id", frame.get("rev")) for frame in found] == [1, 2, 7, 4]


def test_a_backlog_of_large_items_comes_in_frames_that_servers_send():
    body = f'"message":"{"😀" * 10_000}"'.encode()
    queue = [NewItem(Recipient("1", rev, rev, rev, 1, rev, rev), body) for rev in range(1, 101)]

    found = [b"".join(chunks) for chunks in frames.frames(queue)]

    assert max(map(len, found)) <= MAX_ANSWER_BYTES
    assert len(found) < 10
    store = Store(rev=0)
    assert [store.apply(json.loads(text)) for text in found] == ["applied"] * len(found)
    assert (store.rev, len(store.items)) == (100, 100)


def test_an_empty_queue_has_no_frames():
    assert written([]) == []


def test_the_body_of_a_push_is_made_once_for_each_language_that_is_spoken():
    asked = []

    def translate(body, texts, language):
        asked.append((body, texts, language))
        return f"{body} in {language}"

    bodies = Bodies('"message":"x"', '{"message":{}}', translate)

    assert [bodies[language] for language in ("de", "fi", "de")] == [
        b'"message":"x" in de',
        b'"message":"x" in fi',
        b'"message":"x" in de',
    ]
    assert bodies[""] == b'"message":"x"'
    assert asked == [('"message":"x"', '{"message":{}}', language) for language in ("de", "fi")]
