"""What a push says: in its reader's language, small enough, and in place of what it repeats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from realtime_notify.media.webpush.payload import (
    MAX_BYTES,
    SHORT_BYTES,
    compose,
    cut,
    headers,
    topic,
)
from realtime_notify.models import Event, NotificationType
from realtime_notify.outbox import Item, Message, Reader
from tests.blog.models import Post

About = Callable[..., Message]
Make = Callable[..., Any]


def composed(message: Message, limit: int = MAX_BYTES) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compose(message, limit))
    return found


@pytest.mark.django_db
class TestOneNotification:
    def test_it_is_a_declarative_message_that_needs_no_script(
        self, alice: Any, about: About, make_notification: Make, change: Callable[..., None]
    ) -> None:
        change(PUSH_ICON="/static/icon.png")
        tea = make_notification(alice, "Tea is ready", url="/tea/")

        found = composed(about(alice, tea, unread=2))

        assert found == {
            "web_push": 8030,
            "app_badge": 2,
            "notification": {
                "title": "Tea is ready",
                "body": "",
                "navigate": f"https://example.com/notifications/go/{tea.pk}/",
                "lang": "en-us",
                "dir": "ltr",
                "tag": topic([Item(tea.event)]),
                "timestamp": int(tea.event.created.timestamp() * 1000),
                "app_badge": "2",
                "icon": "https://example.com/static/icon.png",
                "data": {"url": "https://example.com/tea/"},
            },
        }

    def test_it_says_in_which_direction_it_is_read(
        self, alice: Any, about: About, make_notification: Make
    ) -> None:
        message = about(alice, make_notification(alice))

        with translation.override("he"):
            shown = composed(message)["notification"]

        assert (shown["lang"], shown["dir"]) == ("he", "rtl")

    def test_without_a_notification_a_click_opens_the_event(self, send: Any) -> None:
        event = send("Tea", "kitchen/kettle", recipients=[], url="/tea/")
        message = Message(1, "webpush", [Item(event)], Reader("en", "UTC", ""))

        assert composed(message)["notification"]["navigate"] == "https://example.com/tea/"


@pytest.mark.django_db
class TestSeveralNotifications:
    def test_they_are_one_the_newest_first(self, alice: Any, about: About, fill: Make) -> None:
        with translation.override("en"):
            shown = composed(about(alice, *fill(alice, count=3)))["notification"]

        assert shown["title"] == "3 new notifications"
        assert shown["body"] == "Number 2\nNumber 1\nNumber 0"
        assert shown["navigate"] == "https://example.com/notifications/"
        assert "data" not in shown

    def test_they_are_counted_in_the_readers_language(
        self, alice: Any, about: About, fill: Make
    ) -> None:
        with translation.override("de"):
            title = composed(about(alice, *fill(alice, count=3)))["notification"]["title"]

        assert title == "3 neue Benachrichtigungen"


@pytest.mark.django_db
class TestHeaders:
    def test_it_is_kept_until_the_event_expires_but_not_for_ever(
        self, alice: Any, about: About, make_notification: Make, change: Callable[..., None]
    ) -> None:
        soon = make_notification(alice, expires_at=timezone.now() + timedelta(minutes=5))
        never = make_notification(alice, "Another")

        change(PUSH_DAYS=2)

        assert 290 < int(headers(about(alice, soon))["TTL"]) <= 300
        assert headers(about(alice, never))["TTL"] == str(2 * 24 * 60 * 60)
        assert headers(about(alice, soon, never))["TTL"] == str(2 * 24 * 60 * 60)

    @pytest.mark.parametrize(
        ("level", "critical", "interval", "urgency"),
        [
            ("info", False, 0, "normal"),
            ("warning", False, 0, "normal"),
            ("error", False, 0, "high"),
            ("info", True, 0, "high"),
            ("info", False, 1440, "low"),
            ("error", False, 1440, "high"),
        ],
    )
    def test_urgency_follows_level_and_type(
        self, level: str, critical: bool, interval: int, urgency: str, alice: Any, about: About,
        make_notification: Make,
    ) -> None:  # fmt: skip
        made = make_notification(alice, level=level)
        NotificationType.objects.update(critical=critical)
        made.event.type.refresh_from_db()

        assert headers(about(alice, made, interval=interval))["Urgency"] == urgency

    def test_a_repeat_takes_the_place_of_what_it_repeats(self, alice: Any, send: Any) -> None:
        first, second = Post.objects.create(title="One"), Post.objects.create(title="Two")

        def about(key: str, target: Any = None) -> Item:
            return Item(send("Said", key, recipients=[alice], target_object=target))

        assert topic([about("post/new", first)]) == topic([about("post/new", first)])
        assert topic([about("post/new", first)]) != topic([about("post/new", second)])
        assert topic([about("post/new", first)]) != topic([about("post/edit", first)])
        assert topic([about("post/new")]) == topic([about("post/new")])
        both = [about("post/new", first), about("post/new", second)]
        assert topic(both) == topic([about("post/new")]), "what they share is the type"

    def test_a_topic_is_one_that_push_services_take(self, alice: Any, send: Any) -> None:
        name = topic([Item(send("Said", "post/new", recipients=[alice]))])

        assert len(name) == 32
        assert name.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("text", "length", "shortened"),
    [
        ("Tea", 3, "Tea"),
        ("Tea is ready", 5, "Tea…"),
        ("Go 👩‍🚀!", 5, "Go…"),
        ("Go 👍🏽!", 5, "Go…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("Tea", 1, "…"),
        ("Tea", 0, ""),
    ],
)
def test_a_text_is_cut_between_what_is_seen_as_characters(
    text: str, length: int, shortened: str
) -> None:
    assert cut(text, length) == shortened


TEXT = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from('"\\\n\x00<👩‍🚀ü')), max_size=4000
)


@given(message=TEXT, description=TEXT, url=st.text(st.characters(codec="utf-8"), max_size=2000))
@pytest.mark.parametrize("limit", [MAX_BYTES, SHORT_BYTES])
def test_it_is_never_too_large_whatever_the_texts(
    limit: int, message: str, description: str, url: str
) -> None:
    event = Event(
        pk=1, type=NotificationType(key="a"), message=message, description=description,
        url=f"/{url}", created=timezone.now(),
    )  # fmt: skip
    several = [Item(event)] * 7
    for items in ([Item(event)], several):
        text = compose(Message(1, "webpush", items, Reader("en", "UTC", "")), limit)
        assert len(text) <= limit
        assert json.loads(text)["web_push"] == 8030
