"""The page of preferences, as a browser without JavaScript uses it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from realtime_notify import opt_in, opt_out, subscribe
from realtime_notify.models import (
    DeliveryProfile,
    Medium,
    NotificationType,
    OptOut,
    Subscription,
)
from realtime_notify.subscriptions.optouts import is_opted_out
from tests.blog.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """E-mail is on."""
    settings.REALTIME_NOTIFY = {"MEDIA": ["email"]}


PAGE = "/notifications/preferences/"


def test_the_interval_is_chosen_on_the_page(alice: Any, client: Client) -> None:
    client.force_login(alice)
    assert '<option value="0" selected>at once</option>' in client.get(PAGE).content.decode()

    client.post(PAGE, {"interval": "1440"})

    assert '<option value="1440" selected>daily</option>' in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"interval": "7"}).status_code == 400


def test_saving_the_page_unchanged_makes_no_profile(alice: Any, client: Client) -> None:
    client.force_login(alice)

    client.post(PAGE, {"interval": "0"})

    assert not DeliveryProfile.objects.exists()


class Form(HTMLParser):
    """Reads the first form that holds boxes, as a browser submits it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "button":
            self.buttons.append((name, value))
        elif tag == "input" and (found.get("type") == "hidden" or "checked" in found):
            self.fields.append((name, value))

    def sent(self, *, without: tuple[str, str] = ("", ""), **more: str) -> dict[str, list[str]]:
        sent: dict[str, list[str]] = {name: [value] for name, value in more.items()}
        for name, value in self.fields:
            if (name, value) != without:
                sent.setdefault(name, []).append(value)
        return sent


def form(client: Client) -> Form:
    return Form(client.get(PAGE).content.decode())


@pytest.mark.usefixtures("blog_types")
def test_the_page_opens_without_javascript_and_without_inline_style(
    visitor: Client, alice: Any
) -> None:
    post = Post.objects.create(title="<script>alert(1)</script>")
    view = Permission.objects.get(codename="view_post", content_type__app_label="blog")
    alice.user_permissions.add(view)
    subscribe(alice, "blog/new", post, filters={"room": "kitchen"}, media=["email"])

    html = visitor.get(PAGE).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "room: kitchen" in html
    assert "style=" not in html
    assert "onclick" not in html


@pytest.mark.django_db
def test_an_anonymous_visitor_is_redirected_to_the_login_page(client: Client) -> None:
    assert "login" in client.get(PAGE)["Location"]


def test_a_user_without_subscriptions_sees_that_there_are_none(visitor: Client) -> None:
    assert "You are not subscribed to anything." in visitor.get(PAGE).content.decode()


def test_the_inbox_leads_to_the_preferences_and_back(visitor: Client) -> None:
    assert f'href="{PAGE}"' in visitor.get("/notifications/").content.decode()
    assert 'href="/notifications/"' in visitor.get(PAGE).content.decode()


@pytest.mark.usefixtures("blog_types")
def test_saving_what_was_not_changed_changes_nothing(visitor: Client, alice: Any) -> None:
    opt_out(alice, "blog/new", medium="email")
    opt_out(alice, group="blog")
    before = list(OptOut.objects.order_by("pk").values_list("pk", flat=True))

    answer = visitor.post(PAGE, form(visitor).sent())

    assert answer["Location"] == f"{PAGE}?saved=1"
    assert "Saved." in visitor.get(answer["Location"]).content.decode()
    assert list(OptOut.objects.order_by("pk").values_list("pk", flat=True)) == before


@pytest.mark.usefixtures("blog_types")
@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("all", {}),
        ("group:blog", {"group": "blog"}),
        ("type:blog/new", {"key": "blog/new"}),
    ],
)
def test_a_box_that_is_cleared_opts_out_and_one_that_is_set_opts_in(
    visitor: Client, alice: Any, name: str, level: dict[str, Any]
) -> None:
    visitor.post(PAGE, form(visitor).sent(without=(name, "email")))
    assert [is_opted_out(alice, medium=one, **level) for one in ("inbox", "email")] == [False, True]

    visitor.post(PAGE, {**form(visitor).sent(), name: ["inbox", "email"]})
    assert not OptOut.objects.exists()


@pytest.mark.usefixtures("blog_types")
def test_saving_the_page_leaves_types_alone_that_were_added_since(
    visitor: Client, alice: Any
) -> None:
    page = form(visitor).sent()
    opt_out(alice, "new/thing")
    opt_out(alice, "blog/new", medium=Medium.objects.create(name="push").name)

    visitor.post(PAGE, page)

    assert is_opted_out(alice, "new/thing")
    assert is_opted_out(alice, "blog/new", medium="push")


@pytest.mark.usefixtures("blog_types")
def test_the_buttons_subscribe_and_unsubscribe_and_save_the_boxes_too(
    visitor: Client, alice: Any
) -> None:
    page = form(visitor)
    assert ("subscribe", "blog/new") in page.buttons

    visitor.post(PAGE, page.sent(without=("type:blog/new", "email"), subscribe="blog/new"))
    assert Subscription.objects.get().type_id == "blog/new"
    assert is_opted_out(alice, "blog/new", medium="email")

    page = form(visitor)
    assert ("unsubscribe", "blog/new") in page.buttons
    visitor.post(PAGE, page.sent(unsubscribe="blog/new"))
    assert not Subscription.objects.exists()


@pytest.mark.usefixtures("blog_types")
def test_a_forged_button_subscribes_to_nothing(visitor: Client) -> None:
    answer = visitor.post(PAGE, {"subscribe": "staff/only"})

    assert answer.status_code == 400
    assert not Subscription.objects.exists()


def test_each_subscription_has_a_button_that_ends_it(visitor: Client, alice: Any, bob: Any) -> None:
    hers, his = subscribe(alice, "staff/only"), subscribe(bob, "staff/only")

    assert ("leave", str(hers.pk)) in form(visitor).buttons
    visitor.post(PAGE, {"leave": his.pk})
    visitor.post(PAGE, {"leave": hers.pk})

    assert list(Subscription.objects.all()) == [his]
    assert visitor.post(PAGE, {"leave": "x"}).status_code == 400
    assert visitor.post(PAGE, {"leave": "9" * 19}).status_code == 302


def test_many_subscriptions_are_paginated(visitor: Client, alice: Any, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"PAGE_SIZE": 2, "MAX_PAGE_SIZE": 2}
    for number in range(3):
        subscribe(alice, f"blog/{number}")

    first = visitor.get(PAGE)
    second = visitor.get(PAGE, {"before": first.context["older"]})

    shown = [one["key"] for page in (first, second) for one in page.context["subscriptions"]]
    assert shown == ["blog/2", "blog/1", "blog/0"]
    assert 'rel="next"' not in second.content.decode()
    for nonsense in ("x", "9" * 19, "9" * 400):
        assert visitor.get(PAGE, {"before": nonsense}).status_code == 200


def test_the_form_needs_a_csrf_token(alice: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    one = subscribe(alice, "blog/new")

    assert strict.post(PAGE, {"leave": one.pk}).status_code == 403
    assert Subscription.objects.exists()


@pytest.mark.usefixtures("blog_types")
def test_the_page_shows_where_a_wider_opt_out_applies(visitor: Client, alice: Any) -> None:
    assert "data-overridden" not in visitor.get(PAGE).content.decode()

    opt_out(alice, group="blog", medium="email")
    assert visitor.get(PAGE).content.decode().count("data-overridden") == 2
    opt_in(alice, group="blog", medium="email")
    opt_out(alice, medium="inbox")
    assert visitor.get(PAGE).content.decode().count("data-overridden") == 3


@pytest.mark.usefixtures("blog_types")
def test_a_type_that_is_required_has_boxes_that_cannot_be_cleared(
    visitor: Client, alice: Any
) -> None:
    opt_out(alice, group="blog")
    NotificationType.objects.filter(key="blog/new").update(required=True)

    html = visitor.get(PAGE).content.decode()
    visitor.post(PAGE, form(visitor).sent())

    boxes = [line for line in html.splitlines() if 'name="type:blog/new"' in line]
    assert len(boxes) == 2
    assert all(" checked disabled>" in line for line in boxes)
    assert html.count("Cannot be switched off.") == 1
    assert OptOut.objects.count() == 1


def test_times_are_chosen_on_the_page(alice: Any, client: Client) -> None:
    client.force_login(alice)
    html = client.get(PAGE).content.decode()
    for label in ("Hour of digests", "Day of weekly digests", "Quiet from", "Time zone"):
        assert label in html
    assert '<optgroup label="Europe"><option value="Europe/Amsterdam">' in html
    assert "As the site: Europe/Copenhagen" in html

    sent = {
        "interval": "10080",
        "hour": "7",
        "weekday": "6",
        "time_zone": "America/New_York",
        "language": "de",
        "quiet_from": "22:00",
        "quiet_until": "06:30",
    }
    assert client.post(PAGE, sent).status_code == 302

    html = client.get(PAGE).content.decode()
    for chosen in (
        '<option value="6" selected>Sunday</option>',
        '<option value="America/New_York" selected>New York</option>',
        '<option value="de" selected>Deutsch</option>',
        'name="quiet_until" value="06:30"',
    ):
        assert chosen in html
    profile = DeliveryProfile.objects.get(user=alice)
    assert (profile.interval, profile.hour, profile.weekday) == (10080, 7, 6)
    for nonsense in ({"hour": "25"}, {"time_zone": "Moon"}, {"quiet_from": ""}, {"weekday": ""}):
        assert client.post(PAGE, nonsense).status_code == 400
    profile.refresh_from_db()
    assert profile.hour == 7


@pytest.mark.parametrize(
    ("media", "offered"),
    [
        ([], False),
        (["webhook"], False),
        (["tests.outbox.media.Log"], False),
        (["tests.outbox.media.Log", "webpush"], True),
    ],
)
def test_times_are_offered_where_a_medium_keeps_to_them(
    alice: Any, client: Client, settings: Any, media: list[str], offered: bool
) -> None:
    settings.REALTIME_NOTIFY = {"MEDIA": media}
    client.force_login(alice)

    html = client.get(PAGE).content.decode()

    assert ("When to interrupt you" in html, "Quiet from" in html) == (offered, offered)
    assert client.post(PAGE, form(client).sent()).status_code == 302


def test_a_time_zone_with_an_old_name_stays_chosen(alice: Any, client: Client) -> None:
    DeliveryProfile.objects.create(user=alice, time_zone="US/Pacific")
    client.force_login(alice)
    assert '<option value="US/Pacific" selected>' in client.get(PAGE).content.decode()
