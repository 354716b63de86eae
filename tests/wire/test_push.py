"""The groups that carry a push."""

from __future__ import annotations

import pytest

from realtime_notify.keys import EVERYONE, key_group, user_group
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Recipient

ONE = Recipient("1", 5, 7, 7, 1, 3, 2)
TWO = Recipient("2", 6, 4, 4, 2, 1, 1)


def test_a_few_recipients_each_get_a_message_in_their_own_group(recorder):
    push.put("a/b", '"message":"x"', [ONE, TWO], via="users")

    assert push.flush()
    assert [(group, message["to"]) for group, message in recorder.sent] == [
        (user_group("1"), [ONE]),
        (user_group("2"), [TWO]),
    ]


@pytest.mark.parametrize(("via", "group"), [("key", key_group("a/b")), ("everyone", EVERYONE)])
def test_many_recipients_share_one_message(recorder, via, group):
    push.put("a/b", '"message":"x"', [ONE, TWO], via=via)

    assert push.flush()
    [(sent_to, message)] = recorder.sent
    assert sent_to == group
    assert (message["type"], message["body"]) == ("rn.put", '"message":"x"')
    assert message["to"] == [ONE, TWO]


def test_a_change_goes_to_the_group_of_its_user(recorder):
    push.change("1", {"rev": 3, "unread": 0, "unseen": 0})

    assert push.flush()
    [(group, message)] = recorder.sent
    assert group == user_group("1")
    assert (message["type"], message["user"], message["frame"]["rev"]) == ("rn.change", "1", 3)


def test_other_processes_get_a_digest_of_a_session_key_and_not_the_key(recorder):
    push.disconnect("1", push.session_digest("secret"), "signed out")

    assert push.flush()
    [(group, message)] = recorder.sent
    assert group == user_group("1")
    assert message["session"] == push.session_digest("secret")
    assert "secret" not in str(message)


def test_the_texts_of_a_push_go_to_everybody_whom_it_reaches(recorder):
    push.put("a/b", '"message":"x"', [ONE, TWO], via="users", texts='{"message":{}}')

    assert push.flush()
    assert [message["texts"] for _, message in recorder.sent] == ['{"message":{}}'] * 2
