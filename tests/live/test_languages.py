"""Readers of different languages, whose sockets are in one process."""

from __future__ import annotations

import pytest
from django.utils import translation

from realtime_notify import anotify, notify, text
from realtime_notify.inbox import items
from realtime_notify.live.languages import language_of
from realtime_notify.models import Event, Notification
from tests.sockets import in_db

AGO = "%(age)s ago"  # which this package translates: "vor %(age)s"


def said_by(frame):
    return [item["message"] for item in frame["put"]]


# --- whose language -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        (b"language=de", b"django_language=fi", b"ru", "de"),
        (b"language=de-at", b"", b"", "de"),
        (b"language=klingon", b"django_language=fi", b"ru", "fi"),
        (b"language=%00&language=" + b"x" * 9000, b"", b"", "en-us"),
        (b"", b"a=b; django_language=fi", b"ru", "fi"),
        (b"", b"django_language=klingon", b"da;q=0.5, ru", "ru"),
        (b"", b"", b"pt-br;q=0.9, de-ch", "de"),
        (b"", b"", b"*", "en-us"),
        (b"", b"\xff", b"\xff", "en-us"),
        (b"", b"", b"", "en-us"),
    ],
)
def test_the_page_decides_and_without_one_the_rules_for_requests(
    settings, query, cookie, accepted, language
):
    settings.LANGUAGES = [(code, code) for code in ("da", "de", "en-us", "fi", "ru")]
    headers = [(b"cookie", cookie), (b"accept-language", accepted)]

    assert language_of({"query_string": query, "headers": headers}) == language


def test_a_server_that_tells_nothing_gets_the_language_of_the_site():
    assert language_of({}) == "en"


# --- what they get --------------------------------------------------------------------------------


async def test_each_reader_is_pushed_a_text_in_their_language(browse, alice, bob):
    german = await browse(alice, **{"accept-language": "de"})
    english = await browse(bob, **{"accept-language": "en"})

    await anotify(text(AGO, age="Ann"), "a/b", recipients=[alice, bob])

    assert said_by(await german.receive()) == ["vor Ann"]
    assert said_by(await english.receive()) == ["Ann ago"]


async def test_two_tabs_of_one_person_may_speak_two_languages(browse, alice):
    german = await browse(alice, **{"accept-language": "de"})
    english = await browse(alice, **{"accept-language": "en"})

    await anotify(text(AGO, age="Ann"), "a/b", recipients=[alice])

    assert said_by(await german.receive()) == ["vor Ann"]
    assert said_by(await english.receive()) == ["Ann ago"]


async def test_the_answer_to_hello_is_in_the_language_of_whoever_says_it(browse, alice):
    await anotify(text(AGO, age="Ann"), "a/b", recipients=[alice])

    german = await browse(alice, **{"accept-language": "de"})
    english = await browse(alice, **{"accept-language": "en"})

    assert said_by(german.frames[0]) == ["vor Ann"]
    assert said_by(english.frames[0]) == ["Ann ago"]


async def test_pages_and_what_was_missed_are_in_the_language_of_the_reader(browse, alice):
    german = await browse(alice, **{"accept-language": "de"})
    await anotify(text(AGO, age="Ann"), "a/b", recipients=[alice])
    await german.receive()

    assert said_by(await german.ask(page={"limit": 5})) == ["vor Ann"]
    assert said_by(await german.ask(sync={"since": 0})) == ["vor Ann"]
    assert said_by(await german.ask(sync={"since": None})) == ["vor Ann"]


async def test_what_comes_back_into_the_list_is_in_the_language_of_each_tab(browse, alice):
    german = await browse(alice, **{"accept-language": "de"})
    english = await browse(alice, **{"accept-language": "en"})
    await anotify(text(AGO, age="Ann"), "a/b", recipients=[alice])
    for tab in (german, english):
        await tab.receive_until(lambda store: store.unread == 1)
    await german.ask(archive={"ids": [german.items[0]["id"]]})
    pk = await in_db(Notification.objects.values_list("pk", flat=True).get)
    await english.receive_until(lambda store: not store.list())

    answer = await german.ask(unarchive={"ids": [pk]})

    assert said_by(answer) == ["vor Ann"]
    await english.receive_until(lambda store: store.unread == 1)
    assert [item["message"] for item in english.items] == ["Ann ago"]


async def test_a_text_whose_translation_is_wrong_is_pushed_as_it_is_stored(
    browse, alice, translations
):
    translations(de={"%(who)s is here": "%(wer)s ist da"})
    german = await browse(alice, **{"accept-language": "de"})

    await anotify(text("%(who)s is here", who="Ann"), "a/b", recipients=[alice])

    assert said_by(await german.receive()) == ["Ann is here"]


# --- a push is what a page would be ---------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["de", "en", "fi", "ru"])
def test_a_pushed_body_equals_that_of_a_page(alice, send, pushed, language):
    send(
        text(AGO, age="Ann"), "a/b", recipients=[alice], verb=text("Unread"), description='50% "x"'
    )
    [message] = pushed

    body = items.translated_body(message["body"], message["texts"], language)

    event = Event.objects.get()
    assert body == items.SharedFields(event, language).body
    with translation.override(language):
        assert body == items.SharedFields(event).body


@pytest.mark.django_db
def test_a_push_carries_the_text_in_the_language_of_the_site_whoever_sends_it(
    alice, commit, pushed
):
    with translation.override("de"), commit():
        notify(text(AGO, age="Ann"), "a/b", recipients=[alice])

    [message] = pushed
    assert '"message":"Ann ago"' in message["body"]


@pytest.mark.django_db
def test_a_push_without_such_texts_carries_nothing_more(alice, send, pushed):
    send("Plain", "a/b", recipients=[alice])

    assert "texts" not in pushed[0]
