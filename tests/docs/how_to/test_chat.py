"""docs/how-to/chat.md, run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F

from realtime_notify import notify
from realtime_notify.outbox import Item, Message, Reader
from tests.blog.models import Company, Employment
from tests.docs.conftest import Example


@pytest.fixture
def telegram(alice: Any) -> Any:
    """A project's table of chats: it keeps their ids where others keep titles."""
    acme = Company.objects.create(name="Acme")
    Employment.objects.create(company=acme, user=alice, title="12315544")
    return SimpleNamespace(objects=Employment.objects.annotate(chat_id=F("title")))


def test_a_project_says_where_to_reach_whom(
    example: Example, telegram: Any, alice: Any, bob: Any
) -> None:
    chat = example("chat", Telegram=telegram).TeamChat()

    assert chat.urls(alice) == ["tgram://123456789:abcdefg_hijklmnop/12315544"]
    assert chat.urls(bob) == []
    assert list(chat.reachable([alice.pk, bob.pk])) == [alice.pk]


def test_a_project_words_it(example: Example, telegram: Any, alice: Any) -> None:
    example("chat", Telegram=telegram)
    chat = example("chat-words").ShortChat()
    items = [Item(notify("The kettle is on", "kitchen/kettle"))]

    said = chat.body(Message(1, "chat", items, Reader("en", "UTC", ""), user=alice, unread=3))

    assert said == "3 unread, the newest: The kettle is on"
