"""Preferences: what there is to choose from, as JSON and as a page without JavaScript."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from realtime_notify import inbox, notify, opt_in, opt_out, subscribe
from realtime_notify.models import Medium, NotificationType, OptOut, Subscription, TypeGroup
from realtime_notify.subscriptions.optouts import is_opted_out
from realtime_notify.subscriptions.preferences import preferences_of
from tests.blog.models import Post

PAGE = "/notifications/preferences/"
API = "/notifications/api/preferences/"

pytestmark = pytest.mark.sql


@pytest.fixture
def visitor(alice: Any) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def types(db: None) -> None:
    """A shelf with two types that are offered, and one that is the staff's."""
    blog = TypeGroup.objects.create(name="blog", label="Blog", description="What we write")
    offered: dict[str, Any] = {"group": blog, "self_service": True}
    NotificationType.objects.create(key="blog/new", label="News", description="Posts", **offered)
    NotificationType.objects.create(key="blog/comment", label="Comments", **offered)
    NotificationType.objects.create(key="staff/only", label="Layoffs", group=blog)


def choose(client: Client, **body: Any) -> Any:
    return client.post(API, json.dumps(body), "application/json")


def keys(answer: Any) -> list[str]:
    return [one["key"] for group in answer["groups"] for one in group["types"]]


def kind(answer: Any, key: str) -> Any:
    (found,) = (one for group in answer["groups"] for one in group["types"] if one["key"] == key)
    return found


# --- what there is to choose from -----------------------------------------------------------------


@pytest.mark.usefixtures("types")
def test_types_stand_on_their_shelves_with_what_was_chosen(visitor: Client, alice: Any) -> None:
    subscribe(alice, "blog/new")
    opt_out(alice, "blog/comment", medium="email")
    opt_out(alice, group="blog", medium="inbox")

    answer = visitor.get(API).json()

    assert answer["media"] == [
        {"name": "inbox", "label": "Inbox"},
        {"name": "email", "label": "E-mail"},
    ]
    assert answer["opted_out"] == []
    (blog,) = answer["groups"]
    assert (blog["name"], blog["label"], blog["description"], blog["opted_out"]) == (
        "blog",
        "Blog",
        "What we write",
        ["inbox"],
    )
    comments, news = blog["types"]
    assert news == {
        "key": "blog/new",
        "label": "News",
        "description": "Posts",
        "level": "info",
        "self_service": True,
        "subscribed": True,
        "reached": True,
        "opted_out": [],
    }
    assert (comments["key"], comments["subscribed"]) == ("blog/comment", False)
    assert comments["opted_out"] == ["email"]


@pytest.mark.usefixtures("types")
def test_a_type_that_is_none_of_theirs_is_not_shown(visitor: Client, bob: Any) -> None:
    subscribe(bob, "staff/only")

    assert keys(visitor.get(API).json()) == ["blog/comment", "blog/new"]
    assert "Layoffs" not in visitor.get(PAGE).content.decode()


@pytest.mark.usefixtures("types")
def test_what_reaches_them_is_shown_however_it_does(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    cooks = Group.objects.create(name="cooks")
    alice.groups.add(cooks)
    subscribe(cooks, "kitchen/lunch")
    subscribe(alice, "staff/only", Post.objects.create(title="A post"))
    notify("Your export", "export/ready", recipients=[alice])
    deliver_notifications()
    opt_out(alice, "old/thing")

    answer = visitor.get(API).json()

    assert set(keys(answer)) == {
        "blog/comment",
        "blog/new",
        "export/ready",
        "kitchen/lunch",
        "old/thing",
        "staff/only",
    }
    assert answer["groups"][0]["name"] == ""  # what stands on no shelf comes first
    lunch, staff = kind(answer, "kitchen/lunch"), kind(answer, "staff/only")
    assert (lunch["subscribed"], lunch["reached"]) == (False, True)
    assert (staff["subscribed"], staff["reached"]) == (False, True)  # of one target only
    assert not kind(answer, "old/thing")["reached"]


@pytest.mark.usefixtures("types")
def test_a_policy_that_refuses_hides_the_type(visitor: Client, settings: Any) -> None:
    settings.REALTIME_NOTIFY = {"SELF_SERVICE": f"{__name__}.comments_only"}

    assert keys(visitor.get(API).json()) == ["blog/comment"]


def comments_only(user: Any, kind: NotificationType, target: object) -> bool:
    return str(kind.key) == "blog/comment"


@pytest.mark.usefixtures("types")
def test_opt_outs_of_a_single_target_are_another_matter(visitor: Client, alice: Any) -> None:
    post = Post.objects.create(title="A thread")
    opt_out(alice, "blog/new", post)

    assert kind(visitor.get(API).json(), "blog/new")["opted_out"] == []
    choose(visitor, key="blog/new", opted_out=[])
    assert is_opted_out(alice, "blog/new", post)


def test_preferences_take_the_same_few_queries(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        group = TypeGroup.objects.create(name=f"group {number}")
        NotificationType.objects.create(key=f"a/{number}", group=group, self_service=True)
        subscribe(alice, f"a/{number}")
        opt_out(alice, f"a/{number}", medium="email")

    with django_assert_max_num_queries(10):
        assert len(preferences_of(alice)["groups"]) == 20


# --- choosing over HTTP ---------------------------------------------------------------------------


@pytest.mark.usefixtures("types")
def test_choosing_sets_just_these_media(visitor: Client, alice: Any) -> None:
    answer = choose(visitor, key="blog/new", opted_out=["email"])
    assert kind(answer.json(), "blog/new")["opted_out"] == ["email"]
    assert is_opted_out(alice, "blog/new", medium="email")

    choose(visitor, key="blog/new", opted_out=["inbox"])
    assert not is_opted_out(alice, "blog/new", medium="email")
    assert is_opted_out(alice, "blog/new", medium="inbox")

    choose(visitor, key="blog/new", opted_out=[])
    assert not OptOut.objects.exists()


@pytest.mark.usefixtures("types")
def test_all_media_are_those_to_come_as_well(visitor: Client, alice: Any) -> None:
    choose(visitor, group="blog", opted_out=["email", "inbox"])
    Medium.objects.create(name="push")

    assert is_opted_out(alice, group="blog")
    assert visitor.get(API).json()["groups"][0]["opted_out"] == ["inbox", "email", "push"]

    choose(visitor, group="blog", opted_out=["push"])
    assert [one.medium_id for one in OptOut.objects.all()] == ["push"]


@pytest.mark.usefixtures("types")
def test_what_is_opted_out_of_does_not_arrive(
    visitor: Client, alice: Any, deliver_notifications: Any
) -> None:
    subscribe(alice, "blog/new")
    choose(visitor, opted_out=["inbox"])
    notify("Not this", "blog/new")
    deliver_notifications()
    choose(visitor, opted_out=[])
    notify("But this", "blog/new")
    deliver_notifications()

    assert [item["message"] for item in inbox.page(alice)["put"]] == ["But this"]


@pytest.mark.usefixtures("types")
@pytest.mark.parametrize(
    "body",
    [
        {"key": "staff/only", "opted_out": []},
        {"key": "no/such", "opted_out": ["inbox"]},
        {"group": "no such", "opted_out": ["inbox"]},
        {"group": "Blog", "opted_out": ["inbox"]},
    ],
)
def test_choosing_about_what_is_not_shown_is_refused_and_makes_nothing(
    visitor: Client, body: Any
) -> None:
    answer = choose(visitor, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert NotificationType.objects.count() == 3
    assert TypeGroup.objects.count() == 1
    assert not OptOut.objects.exists()


@pytest.mark.usefixtures("types")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": "blog/new"},
        {"key": "blog/new", "opted_out": "email"},
        {"key": "blog/new", "opted_out": [7]},
        {"key": "blog/new", "opted_out": ["pigeon"]},
        {"key": "blog/new", "opted_out": ["x"] * 101},
        {"key": 7, "opted_out": []},
        {"key": "", "opted_out": []},
        {"key": "blog/new", "group": "blog", "opted_out": []},
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(visitor: Client, body: Any) -> None:
    answer = choose(visitor, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


# --- the page -------------------------------------------------------------------------------------


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


@pytest.mark.usefixtures("types")
def test_the_page_opens_without_javascript_and_without_inline_style(
    visitor: Client, alice: Any
) -> None:
    post = Post.objects.create(title="<script>alert(1)</script>")
    subscribe(alice, "blog/new", post, filters={"room": "kitchen"}, media=["email"])

    html = visitor.get(PAGE).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "room: kitchen" in html
    assert "style=" not in html
    assert "onclick" not in html


@pytest.mark.django_db
def test_who_is_not_signed_in_is_sent_to_the_door(client: Client) -> None:
    assert "login" in client.get(PAGE)["Location"]


def test_somebody_who_is_subscribed_to_nothing_is_told_so(visitor: Client) -> None:
    assert "You are not subscribed to anything." in visitor.get(PAGE).content.decode()


def test_the_inbox_leads_to_the_preferences_and_back(visitor: Client) -> None:
    assert f'href="{PAGE}"' in visitor.get("/notifications/").content.decode()
    assert 'href="/notifications/"' in visitor.get(PAGE).content.decode()


@pytest.mark.usefixtures("types")
def test_saving_what_was_not_changed_changes_nothing(visitor: Client, alice: Any) -> None:
    opt_out(alice, "blog/new", medium="email")
    opt_out(alice, group="blog")
    before = list(OptOut.objects.order_by("pk").values_list("pk", flat=True))

    answer = visitor.post(PAGE, form(visitor).sent())

    assert answer["Location"] == f"{PAGE}?saved=1"
    assert "Saved." in visitor.get(answer["Location"]).content.decode()
    assert list(OptOut.objects.order_by("pk").values_list("pk", flat=True)) == before


@pytest.mark.usefixtures("types")
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


@pytest.mark.usefixtures("types")
def test_what_came_to_be_after_the_page_was_made_is_left_alone(visitor: Client, alice: Any) -> None:
    page = form(visitor).sent()
    opt_out(alice, "new/thing")
    opt_out(alice, "blog/new", medium=Medium.objects.create(name="push").name)

    visitor.post(PAGE, page)

    assert is_opted_out(alice, "new/thing")
    assert is_opted_out(alice, "blog/new", medium="push")


@pytest.mark.usefixtures("types")
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


@pytest.mark.usefixtures("types")
def test_a_button_made_up_subscribes_to_nothing(visitor: Client) -> None:
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


def test_many_subscriptions_have_pages(visitor: Client, alice: Any, settings: Any) -> None:
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


@pytest.mark.usefixtures("types")
def test_a_wider_opt_out_is_shown_where_it_overrules(visitor: Client, alice: Any) -> None:
    assert "data-overridden" not in visitor.get(PAGE).content.decode()

    opt_out(alice, group="blog", medium="email")
    assert visitor.get(PAGE).content.decode().count("data-overridden") == 2
    opt_in(alice, group="blog", medium="email")
    opt_out(alice, medium="inbox")
    assert visitor.get(PAGE).content.decode().count("data-overridden") == 3
