"""What `notify()` accepts, what it refuses, and the form in which it stores values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from realtime_notify import notify, text
from realtime_notify.exceptions import InvalidNotification, InvalidTarget
from realtime_notify.models import Event, Notification
from realtime_notify.publish.validation import fingerprint
from tests.blog.models import Post

pytestmark = pytest.mark.django_db

EAST = timezone(timedelta(hours=14))


def test_data_is_returned_as_it_reads_back_from_json(alice):
    event = notify("Hello", "a", recipients=[], data={"on": date(2026, 1, 2), 5: (1, 2)})

    assert event.data == {"on": "2026-01-02", "5": [1, 2]}
    event.refresh_from_db()
    assert event.data == {"on": "2026-01-02", "5": [1, 2]}


def test_a_lazy_translation_is_stored_as_text(alice):
    assert notify(gettext_lazy("Hello"), "a", recipients=[]).message == "Hello"


@pytest.mark.parametrize("url", ["/x/", "/x?y=1#z", "?page=2", "https://example.com/", "http://e/"])
def test_a_path_of_the_site_or_an_http_url_is_accepted(alice, url):
    assert notify("Hello", "a", url=url, recipients=[]).url == url


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"message": ""}, "message must not be empty"),
        ({"message": "   "}, "message must not be empty"),
        ({"message": None}, "message must be a text, not None"),
        ({"message": "x" * 100_000}, "message has 100000 characters; the most is 10000"),
        ({"message": "nul \x00"}, "message holds a NUL character"),
        ({"message": "half \ud83d"}, "message holds half a surrogate pair"),
        ({"description": "x" * 100_000}, "description has 100000 characters"),
        ({"verb": "x" * 300}, "verb has 300 characters; the most is 255"),
        ({"url": "javascript:alert(1)"}, "neither a path of this site"),
        ({"url": "//evil.example"}, "neither a path of this site"),
        ({"url": "/\\evil.example"}, "neither a path of this site"),
        ({"url": "data:text/html,x"}, "neither a path of this site"),
        ({"url": "http://"}, "neither a path of this site"),
        ({"url": "/x\t/"}, "neither a path of this site"),
        ({"url": "/\u00a0"}, "neither a path of this site"),
        ({"url": "https://example.com\\@evil.example/"}, "neither a path of this site"),
        ({"url": "/" + "x" * 3000}, "url has 3001 characters"),
        ({"level": "loud"}, "There is no level 'loud'; there are: info, success, warning, error."),
        ({"data": object()}, "data= cannot be stored as JSON"),
        ({"data": float("nan")}, "data= cannot be stored as JSON"),
        ({"data": "x" * 40_000}, "data= has 40002 bytes of JSON; the most is 32768"),
        ({"public": "no"}, "public must be True or False, not 'no'"),
        ({"deliver_at": datetime.max.replace(tzinfo=UTC)}, "is out of the range"),
        (
            {"expires_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
            "is out of the range",
        ),
        ({"data": ["a\x00b"]}, "data holds a NUL character"),
        ({"data": "\udc00"}, "data holds half a surrogate pair"),
        ({"dedupe_key": "x" * 300}, "dedupe_key has 300 characters"),
        ({"deliver_at": "tomorrow"}, "deliver_at must be a datetime, not 'tomorrow'"),
        ({"deliver_at": datetime(2026, 1, 1)}, "must be aware"),  # noqa: DTZ001
        (
            {
                "deliver_at": datetime(2030, 1, 2, tzinfo=UTC),
                "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
            },
            "is not after deliver_at",
        ),
    ],
)
def test_an_invalid_argument_is_refused_and_nothing_is_written(arguments, says):
    with pytest.raises(InvalidNotification) as error:
        notify(**{"message": "Hello", "key": "a", "recipients": [], **arguments})

    assert says in str(error.value)
    assert not Event.objects.exists()


def test_a_text_that_looks_like_an_escaped_nul_is_accepted(alice):
    assert notify("Hello", "a", recipients=[], data="a\\u0000b").data == "a\\u0000b"


def test_a_single_object_is_refused_as_actors(alice):
    with pytest.raises(InvalidTarget, match=r"actors=.* is a single object; pass a list"):
        notify("Hello", "a", recipients=[], actors=alice)


@pytest.mark.parametrize("name", ["target_object", "actor", "action_object"])
@pytest.mark.parametrize("wrong", ["post 5", 5, Post(title="unsaved")])
def test_a_reference_must_be_a_saved_instance(name, wrong):
    with pytest.raises(InvalidTarget, match="is not a saved model instance"):
        notify("Hello", "a", recipients=[], **{name: wrong})


def test_equal_events_have_the_same_fingerprint():
    post = Post.objects.create(title="1")

    first, second = (
        notify("Hello", "a", post, data={"x": 1, "y": 2}),
        notify("Hello", "a", post, data={"y": 2, "x": 1}),
    )

    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    "difference",
    [
        {"message": "Goodbye"},
        {"key": "b"},
        {"description": "At length."},
        {"url": "/x/"},
        {"verb": "waved"},
        {"level": "error"},
        {"data": [1]},
    ],
)
def test_an_event_that_differs_in_what_is_shown_has_another_fingerprint(difference):
    arguments = {"message": "Hello", "key": "a"}

    first, second = notify(**arguments), notify(**arguments | difference)

    assert fingerprint(first) != fingerprint(second)


def test_events_about_different_objects_have_different_fingerprints():
    events = [notify("Hello", "a", Post.objects.create(title="Same")) for _ in range(2)]

    assert len({fingerprint(event) for event in events}) == 2


def test_a_collapse_key_decides_the_fingerprint_alone():
    first = notify("1 photo", "a", collapse_key="photos")
    second = notify("2 photos", "a", collapse_key="photos", level="warning")
    other_type = notify("2 photos", "b", collapse_key="photos")

    assert fingerprint(first) == fingerprint(second) != fingerprint(other_type)


# --- texts that are translated for each reader ----------------------------------------------------


def test_a_text_is_stored_in_the_language_of_the_site_beside_its_message_id(send, translations):
    translations(de={"Hello, %(name)s": "Hallo, %(name)s"})

    with translation.override("de"):
        event = send(
            text("Hello, %(name)s", name="Ann"), "a", description=text("Inbox"), verb="met"
        )

    event.refresh_from_db()
    assert (event.message, event.description, event.verb) == ("Hello, Ann", "Inbox", "met")
    assert event.texts == {
        "message": {"id": "Hello, %(name)s", "params": {"name": "Ann"}},
        "description": {"id": "Inbox", "params": {}},
    }


def test_an_event_of_plain_texts_stores_nothing_more(send):
    assert send("Hello", "a").texts is None


def test_a_site_in_another_language_stores_its_own(send, translations, settings):
    translations(de={"Hello, %(name)s": "Hallo, %(name)s"})
    settings.LANGUAGE_CODE = "de"

    with translation.override("en"):
        event = send(text("Hello, %(name)s", name="Ann"), "a")

    assert event.message == "Hallo, Ann"
    with translation.override("en"):
        assert event.text_of("message") == "Hello, Ann"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (lambda: text("x" * 5001), "message has 5001 characters"),
        (lambda: text("%(name)s", name="a\x00b"), "message holds a NUL"),
        (lambda: text("Hi", name="\x00"), "message holds a NUL"),
        (lambda: text("Hi", name="x" * 70_000), "message= has 70"),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused(message, says, settings):
    settings.REALTIME_NOTIFY = {"MESSAGE_MAX_LENGTH": 5000, "DATA_MAX_BYTES": 65_536}

    with pytest.raises(InvalidNotification) as caught:
        notify(message(), "a")

    assert says in str(caught.value)


def test_the_same_message_id_with_the_same_parameters_collapses(
    alice, send, translations, settings
):
    for word in ("Hallo", "Servus"):
        translations(de={"Hello, %(name)s": f"{word}, %(name)s"})
        settings.LANGUAGE_CODE = "de"
        send(text("Hello, %(name)s", name="Ann"), "a", recipients=[alice])
    send(text("Hello, %(name)s", name="Bob"), "a", recipients=[alice])
    send(text("%(name)s", name="Hello, Bob"), "a", recipients=[alice])

    rows = Notification.objects.order_by("pk").values_list("event__message", "occurrences")
    assert list(rows) == [("Servus, Ann", 2), ("Servus, Bob", 1), ("Hello, Bob", 1)]
