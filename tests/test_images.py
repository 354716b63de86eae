"""Pictures of notifications: where they come from, and which ones browsers are told of."""

from __future__ import annotations

import logging

import pytest

from realtime_notify import images
from realtime_notify.inbox import page

pytestmark = pytest.mark.django_db

HOSTS = ["cdn.example.com", ".pictures.example"]


def avatar_of(actor):
    return f"/avatars/{actor.username}.webp"


def no_avatar_of(actor):
    return None


def foreign_avatar_of(actor):
    return "https://evil.example/pixel.gif"


def failing_avatar_of(actor):
    raise LookupError("no such profile")


@pytest.mark.parametrize(
    "url",
    [
        "/a.webp",
        "https://cdn.example.com/a.webp",
        "https://a.b.pictures.example/x",
        "https://mysite.example/a.webp",
    ],
)
def test_pictures_of_the_site_and_of_allowed_hosts_are_shown(settings, url):
    settings.REALTIME_NOTIFY = {
        "ALLOWED_IMAGE_HOSTS": HOSTS,
        "BASE_URL": "https://mysite.example",
    }

    assert images.shown({"image": url}, "") == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.webp", "?a", "#a", "//cdn.example.com/a.webp", "javascript:alert(1)"),
        *("data:image/png;base64,AA==", "https://evil.example/a", "https://xcdn.example.com/a"),
        *("https://cdn.example.com@evil.example/a", "https://cdn.example.com\\@evil.example/a"),
        *(7, None, ["/a.webp"]),
    ],
)
def test_no_other_picture_is(settings, url):
    settings.REALTIME_NOTIFY = {"ALLOWED_IMAGE_HOSTS": HOSTS}

    assert images.shown({"image": url}, "") == ""


def test_an_item_shows_the_picture_of_its_actor(settings, alice, bob, send):
    settings.REALTIME_NOTIFY = {"ACTOR_IMAGE": f"{__name__}.avatar_of"}

    send("Hello", "a", recipients=[alice], actor=bob)

    assert page(alice)["put"][0]["image"] == "/avatars/bob.webp"


def test_the_picture_in_the_data_comes_first(settings, alice, bob, send):
    settings.REALTIME_NOTIFY = {"ACTOR_IMAGE": f"{__name__}.avatar_of"}

    send("Hello", "a", recipients=[alice], actor=bob, data={"image": "/photos/7.webp"})
    send("Hello", "b", recipients=[alice], actor=bob, data={"image": "https://evil.example/"})

    shown = [item["image"] for item in page(alice)["put"]]
    assert shown == ["/avatars/bob.webp", "/photos/7.webp"]


def test_a_host_that_is_not_allowed_any_more_is_not_shown_any_more(settings, alice, send):
    settings.REALTIME_NOTIFY = {"ALLOWED_IMAGE_HOSTS": HOSTS}
    send("Hello", "a", recipients=[alice], data={"image": "https://cdn.example.com/a.webp"})
    assert page(alice)["put"][0]["image"]

    settings.REALTIME_NOTIFY = {}

    assert page(alice)["put"][0]["image"] == ""


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (no_avatar_of, ""),
        (foreign_avatar_of, "a host in ALLOWED_IMAGE_HOSTS"),
        (failing_avatar_of, "ACTOR_IMAGE failed"),
    ],
)
def test_nobody_misses_a_notification_for_want_of_a_picture(
    settings, caplog, alice, bob, send, function, says
):
    settings.REALTIME_NOTIFY = {"ACTOR_IMAGE": f"{__name__}.{function.__name__}"}

    with caplog.at_level(logging.WARNING, logger="realtime_notify"):
        send("Hello", "a", recipients=[alice], actor=bob)

    assert page(alice)["put"][0]["image"] == ""
    assert says in caplog.text
