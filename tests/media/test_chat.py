"""Chat, by apprise, to a service of the tests' own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone, translation

from realtime_notify import notify
from realtime_notify.media.chat import Chat, ChatFailed
from realtime_notify.models import Dispatch, Event, Notification, NotificationType
from realtime_notify.outbox import Item, Message, Reader, Refused
from realtime_notify.work import run_due
from tests.media.chat_server import ChatServer, chat_server

pytestmark = [
    pytest.mark.django_db,
    # Apprise tries to import what each of its services needs, of which some is old.
    pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning"),
]

READER = Reader("en", "UTC", "")


class TeamChat(Chat):
    """Chats by the names of users."""

    places: ClassVar[dict[str, list[str]]] = {}

    def urls(self, user: Any) -> list[str]:
        return self.places.get(user.username, [])


class Shouting(TeamChat):
    """A chat with a wording of its own."""

    def title(self, message: Message) -> str:
        return translation.get_language().upper()

    def body(self, message: Message) -> str:
        return super().body(message).upper()


@pytest.fixture(autouse=True)
def chats(settings: Any) -> Iterator[ChatServer]:
    settings.REALTIME_NOTIFY = {
        "MEDIA": [f"{__name__}.TeamChat"],
        "BASE_URL": "https://example.com",
    }
    with chat_server() as server:
        TeamChat.places = {"alice": [server.url("/alice")]}
        yield server


def happened(text: str = "The kettle is on", **options: Any) -> Event:
    return Event.objects.get(pk=notify(text, "kitchen/kettle", **options).pk)


def message(user: Any, *items: Item, reader: Reader = READER) -> Message:
    return Message(7, "chat", items, reader, user=user)


def test_a_message_says_what_happened_and_where_it_leads(alice: Any, chats: ChatServer) -> None:
    event = happened(url="/kettles/5/", level="error")

    TeamChat().send(message(alice, Item(event)))

    ((path, sent),) = chats.messages
    assert path == "/alice"
    assert sent["message"] == "The kettle is on\nhttps://example.com/kettles/5/"
    assert (sent["title"], sent["type"]) == ("", "failure")


def test_the_link_of_a_notification_marks_it_as_read(
    alice: Any, chats: ChatServer, make_notification: Any
) -> None:
    row: Notification = make_notification(alice, url="/kettles/5/")

    TeamChat().send(message(alice, Item(row.event, row)))

    assert f"https://example.com/notifications/go/{row.pk}/" in chats.messages[0][1]["message"]


def test_several_events_are_one_message(alice: Any, chats: ChatServer) -> None:
    TeamChat().send(message(alice, *(Item(happened(f"Number {n}")) for n in (1, 2))))

    assert [sent["message"] for _, sent in chats.messages] == ["Number 1\n\nNumber 2"]


def test_a_project_words_it_in_the_language_of_the_reader(alice: Any, chats: ChatServer) -> None:
    Shouting().send(message(alice, Item(happened()), reader=Reader("da", "Europe/Copenhagen", "")))

    (_, sent) = chats.messages[0]
    assert (sent["title"], sent["message"]) == ("DA", "THE KETTLE IS ON")


def test_who_has_no_chat_is_refused(alice: Any, bob: Any) -> None:
    with pytest.raises(Refused, match="There is no chat"):
        TeamChat().send(message(bob, Item(happened())))
    with pytest.raises(Refused, match="Only users"):
        TeamChat().send(message(None, Item(happened())))


def test_a_url_that_apprise_does_not_know_is_refused_without_being_told(alice: Any) -> None:
    TeamChat.places = {"alice": ["nosuch://geheim/", "no url: geheim"]}

    with pytest.raises(Refused, match="knows none") as error:
        TeamChat().send(message(alice, Item(happened())))

    assert "geheim" not in str(error.value)


def test_a_service_that_fails_is_named_without_its_url(
    alice: Any, chats: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    chats.answers["/alice"] = 500

    with pytest.raises(ChatFailed, match="Not taken by: JSON") as error:
        TeamChat().send(message(alice, Item(happened())))

    assert "geheim" not in str(error.value) + caplog.text


def test_what_one_chat_takes_is_not_repeated_for_another(
    alice: Any, chats: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    TeamChat.places = {"alice": [chats.url("/broken"), chats.url("/alice")]}
    chats.answers["/broken"] = 500

    with caplog.at_level(logging.WARNING):
        TeamChat().send(message(alice, Item(happened())))

    assert [path for path, _ in chats.messages] == ["/alice"]
    assert "Dispatch 7 was not taken by all chats, but: JSON." in caplog.text


def test_the_worker_sends_chats_and_tries_again(
    alice: Any, chats: ChatServer, deliver_notifications: Any
) -> None:
    NotificationType.objects.create(key="kitchen/kettle", delay=0)
    chats.answers["/alice"] = 503
    notify("The kettle is on", "kitchen/kettle", recipients=alice)
    deliver_notifications()

    run_due()
    waiting = Dispatch.objects.get()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert "Not taken by: JSON" in waiting.last_error
    chats.answers.clear()
    Dispatch.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    run_due()

    assert Dispatch.objects.get().state == "sent"
    assert len(chats.messages) == 1
