"""Events as text and as HTML, and the objects behind their data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.template import engines
from django.utils.safestring import SafeData

from realtime_notify import notify, subscribe
from realtime_notify.exceptions import InvalidRenderer, InvalidSetting
from realtime_notify.models import (
    Event,
    Medium,
    NotificationType,
    Renderer,
    RenderingStyle,
    TypeGroup,
)
from tests.blog.models import Company, Document, Employment, Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def hint(model: str, **more: Any) -> dict[str, Any]:
    app, name = model.split(".")
    return {"app_name": app, "model_name": name, **more}


USER = hint(get_user_model()._meta.label)


@pytest.fixture
def short(db):
    return RenderingStyle.objects.create(name="short")


@pytest.fixture
def long(db):
    return RenderingStyle.objects.create(name="long")


@pytest.fixture
def newsfeed(short):
    return Medium.objects.create(name="newsfeed", rendering_style=short)


@pytest.fixture
def logins(db):
    shelf = TypeGroup.objects.create(name="accounts")
    return NotificationType.objects.create(key="login", group=shelf)


def renderer(style, of, text="", html="", **more):
    by = "type_group" if isinstance(of, TypeGroup) else "type"
    return Renderer.objects.create(
        name=f"{style}-{of}",
        style=style,
        text_template=text,
        html_template=html,
        **{by: of},
        **more,
    )


def happen(**data):
    return notify(data.pop("message", "Hello"), "login", data=data, **data.pop("how", {}))


def test_an_event_is_shown_in_the_style_of_the_medium(newsfeed, short, long, logins):
    renderer(short, logins, "{{ name }} is in", "<b>{{ name }}</b> is in")
    renderer(long, logins, "no", "no")
    first, second = happen(name="Jeff"), happen(name="Wes")

    rendered = newsfeed.render([first, second])

    assert rendered == {
        first: ("Jeff is in", "<b>Jeff</b> is in"),
        second: ("Wes is in", "<b>Wes</b> is in"),
    }
    assert rendered[first].html == first.render(newsfeed)[1]
    assert newsfeed.render([]) == {}


def test_text_is_not_escaped_and_html_is(newsfeed, short, logins):
    renderer(short, logins, "{{ name }} & {{ message }}", "<i>{{ name }}</i> &amp; {{ message }}")
    event = happen(name="<i>Bob</i>", message="a < b & c")

    text, html = event.render(newsfeed)

    assert text == "<i>Bob</i> & a < b & c"
    assert html == "<i>&lt;i&gt;Bob&lt;/i&gt;</i> &amp; a &lt; b &amp; c"
    # Text that goes into a page is escaped there, and HTML is not escaped again.
    assert not isinstance(text, SafeData)
    page = engines["django"].from_string("{{ text }}|{{ html }}")
    assert page.render({"text": text, "html": html}) == (
        f"&lt;i&gt;Bob&lt;/i&gt; &amp; a &lt; b &amp; c|{html}"
    )


def test_the_more_specific_renderer_counts_and_the_style_before_that(
    newsfeed, short, long, logins, settings
):
    settings.REALTIME_NOTIFY = {"RENDERING_STYLE": "long"}
    event = happen()
    expected = []
    for style, of in [(long, logins.group), (long, logins), (short, logins.group), (short, logins)]:
        renderer(style, of, f"{style.name} {of.pk}")
        expected.append(event.render(newsfeed)[0])
    assert expected == ["long accounts", "long login", "short accounts", "short login"]

    settings.REALTIME_NOTIFY = {"RENDERING_STYLE": "long", "RENDERER_ORDER": ["group", "type"]}
    shown = []
    for one in ("short-accounts", "short-login", "long-accounts", "long-login"):
        shown.append(event.render(newsfeed)[0])
        Renderer.objects.get(name=one).delete()
    assert shown == ["short accounts", "short login", "long accounts", "long login"]


def test_an_order_that_is_none_is_a_clear_error(newsfeed, short, logins, settings):
    settings.REALTIME_NOTIFY = {"RENDERER_ORDER": ["type", "types"]}

    with pytest.raises(InvalidSetting, match=r"must be \('type', 'group'\)"):
        happen().render(newsfeed)


def test_that_there_is_no_renderer_is_a_clear_error_that_says_what_to_do(newsfeed, logins):
    with pytest.raises(InvalidRenderer, match=r"'login' for 'newsfeed'.*Create a Renderer"):
        happen().render(newsfeed)
    with pytest.raises(InvalidRenderer, match="the medium has none"):
        happen().render(Medium.objects.create(name="bare"))


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Callable[..., Path]:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return tmp_path

    return write


def test_a_file_counts_before_the_text_in_the_row(newsfeed, short, logins, files):
    files(base_txt="[{% block x %}{% endblock %}]", a_html="<p>{{ name }}</p>\n\n")
    files(a_txt="{% extends 'base.txt' %}{% block x %}{{ name }}{% endblock %}\n")
    renderer(short, logins, "no", "no", text_template_path="a.txt", html_template_path="a.html")

    assert happen(name="<Jeff>").render(newsfeed) == ("[<Jeff>]", "<p>&lt;Jeff&gt;</p>")


def test_what_a_renderer_has_no_template_for_is_empty(newsfeed, short, logins):
    renderer(short, logins, html="<p>Hello</p>")

    assert happen().render(newsfeed) == ("", "<p>Hello</p>")


def test_files_are_found_by_globs_the_first_that_fits(newsfeed, settings, files):
    files(
        new_txt="new: {{ message }}", any_txt="any: {{ message }}", any_html="<p>{{ message }}</p>"
    )
    settings.REALTIME_NOTIFY = {
        "TEXT_TEMPLATES": {"comment/*": "new.txt", "**": "any.txt", "comment/new": "any.txt"},
        "HTML_TEMPLATES": {"comment/**": "any.html"},
    }
    keys = ["comment/new", "comment/new/again", "login"]
    events = [notify("<b>", key) for key in keys]

    assert [*newsfeed.render(events).values()] == [
        ("new: <b>", "<p>&lt;b&gt;</p>"),
        ("any: <b>", "<p>&lt;b&gt;</p>"),
        ("any: <b>", ""),
    ]


def test_a_renderer_counts_before_the_globs(newsfeed, short, logins, settings, files):
    files(any_txt="any")
    settings.REALTIME_NOTIFY = {"TEXT_TEMPLATES": {"**": "any.txt"}}
    renderer(short, logins, "mine")

    assert happen().render(newsfeed)[0] == "mine"


def test_a_template_knows_the_event_its_data_and_what_the_medium_adds(newsfeed, short, logins):
    renderer(
        short,
        logins,
        "{{ key }} {{ level }} {{ message }} {{ url }} {{ verb }} {{ place }} {{ footer }} "
        "{{ event.pk }} {{ data.place }}",
    )
    newsfeed.additional_context = {"footer": "Bye", "level": "mine"}
    event = notify("Hello", "login", url="/x/", verb="went", data={"place": "x", "url": "data"})

    assert event.render(newsfeed)[0] == f"login mine Hello data went x Bye {event.pk} x"
    for data in (["a"], "a", None, 5):
        notify("Hello", "login", data=data).render(newsfeed)


def test_actors_and_targets_are_fetched_for_a_whole_page_if_a_template_asks(
    newsfeed, short, logins, users, django_assert_num_queries
):
    people = users(5)
    post, gone = Post.objects.create(title="<P>"), Post.objects.create(title="<Gone>")
    renderer(short, logins, "{{ actor }} {{ target.title|default:target }} {{ action_object }}")
    events = [notify("Hello", "login", post, actor=one, action_object=post) for one in people]
    events.append(notify("Hello", "login", gone, actor=people[0]))
    gone.delete()
    fresh = list(Event.objects.filter(pk__in=[one.pk for one in events]).order_by("pk"))
    newsfeed.render(fresh)  # the content types are known

    with django_assert_num_queries(4):  # renderers, groups of types, users, posts
        rendered = newsfeed.render(fresh)

    assert [text for text, _ in rendered.values()] == [
        *(f"{one.username} <P> <P>" for one in people),
        f"{people[0].username} <Gone> None",
    ]
    Renderer.objects.update(text_template="Hello")
    with django_assert_num_queries(2):
        newsfeed.render(fresh)


# Hints


def test_primary_keys_in_the_data_become_objects_wherever_they_are(newsfeed, short, logins, users):
    alice, bob = users("alice", "bob")
    post = Post.objects.create(title="The post")
    renderer(
        short,
        logins,
        "{{ user.username }} {{ deep.er.0.user.username }} {% for one in posts %}{{ one }},"
        "{% endfor %} {{ user_id }} {{ post.deep.user.username }}",
        hints={"user": USER, "posts": hint("blog.Post"), "post": hint("blog.Post")},
    )
    ids = {one: one.pk if isinstance(one.pk, int) else str(one.pk) for one in (alice, bob)}
    event = happen(
        user=ids[alice],
        user_id=5,
        deep={"er": [{"user": ids[bob]}]},
        posts=[post.pk, str(post.pk), 10**30, 404],
        post={"deep": {"user": ids[alice]}},
    )

    assert event.render(newsfeed)[0] == "alice bob The post,The post,None,None, 5 alice"


def test_primary_keys_of_any_type_are_found(newsfeed, short, logins):
    document = Document.objects.create(title="A document")
    group = Group.objects.create(name="cooks")
    renderer(
        short,
        logins,
        "{{ document.title }} {{ medium.description }} {{ group }}",
        hints={
            "document": hint("blog.Document"),
            "medium": hint("realtime_notify.Medium"),
            "group": hint("auth.Group"),
        },
    )
    Medium.objects.create(name="bell", description="It rings")
    event = happen(document=document.pk, medium="bell", group=str(group.pk))

    assert event.render(newsfeed)[0] == "A document It rings cooks"


@pytest.mark.parametrize("key", [None, "", "no key", True, 1.5, str(uuid4()), {}, []])
def test_what_is_missing_or_no_key_at_all_is_nothing(newsfeed, short, logins, key):
    Post.objects.create(pk=1, title="One")
    renderer(
        short,
        logins,
        "{% if post %}{{ post }}{% endif %}{% if document %}{{ document }}{% endif %}",
        hints={"post": hint("blog.Post"), "document": hint("blog.Document")},
    )

    assert happen(post=key, document=key).render(newsfeed)[0] == ""


def test_the_data_of_an_event_stays_as_it_was(newsfeed, short, logins, alice):
    renderer(short, logins, "{{ user.username }}", hints={"user": USER})
    key = alice.pk if isinstance(alice.pk, int) else str(alice.pk)
    data = {"user": key, "deep": [{"user": [key]}]}
    event = happen(**json.loads(json.dumps(data)))

    for _ in range(2):
        assert event.render(newsfeed)[0] == "alice"
        event.serialised_context(newsfeed)
    assert event.data == data
    event.save()
    assert Event.objects.get().data == data


def test_a_page_costs_one_query_a_model_whatever_it_holds(
    newsfeed, short, long, logins, users, settings, django_assert_num_queries
):
    settings.REALTIME_NOTIFY = {"RENDERING_STYLE": "long"}
    people = users(6)
    company = Company.objects.create(name="Oven Ltd")
    jobs = [Employment.objects.create(company=company, user=one, title="cook") for one in people]
    renderer(
        short,
        logins,
        "{{ job.user.username }} at {{ job.company }} {{ boss.username }}",
        hints={
            "job": hint("blog.Employment", select_related=["company"]),
            "boss": {**USER, "prefetch_related": ["groups"]},
        },
    )
    renderer(long, logins.group, hints={"job": hint("blog.Employment", select_related=["user"])})
    renderer(short, NotificationType.objects.create(key="b"), "{{ x }}", hints={"x": USER})
    ids = [one.pk if isinstance(one.pk, int) else str(one.pk) for one in people]
    events = [happen(job=job.pk, boss=ids[0]) for job in jobs]
    events.append(notify("Hello", "b", data={"x": ids[5]}))

    with django_assert_num_queries(5):  # renderers, groups of types, jobs, users, their groups
        rendered = newsfeed.render(events)

    assert rendered[events[3]].text == "user3 at Oven Ltd user0"
    assert rendered[events[6]].text == "user5"


def test_what_a_medium_adds_may_speak_of_objects_too(newsfeed, short, logins):
    post = Post.objects.create(title="Welcome")
    newsfeed.additional_context = {"post": post.pk}
    renderer(short, logins, "{{ post.title }}", hints={"post": hint("blog.Post")})

    assert happen().render(newsfeed)[0] == "Welcome"
    assert newsfeed.additional_context == {"post": post.pk}


@pytest.mark.parametrize(
    ("hints", "says"),
    [
        (["user"], "must be a dictionary"),
        ({"a": {"app_name": "blog"}}, "needs app_name and model_name"),
        ({"a": hint("blog.Nothing")}, "names a model that does not exist"),
        ({"a": hint("blog.Post", colour="red")}, "colour='red' is invalid"),
        ({"a": hint("blog.Post", select_related="user")}, "select_related='user' is invalid"),
    ],
)
def test_hints_that_make_no_sense_are_refused_in_a_form(short, logins, hints, says):
    one = Renderer(name="x", style=short, type=logins, hints=hints)

    with pytest.raises(ValidationError, match=says):
        one.full_clean()


def test_a_hint_of_a_model_that_is_gone_is_a_clear_error(newsfeed, short, logins):
    renderer(short, logins, "x", hints={"a": hint("blog.Nothing")})

    with pytest.raises(InvalidRenderer, match=r"'a'.*names a model that does not exist"):
        happen(a=1).render(newsfeed)


def test_hints_that_are_no_dictionary_are_a_clear_error(newsfeed, short, logins):
    renderer(short, logins, "x", hints=["a"])

    with pytest.raises(InvalidRenderer, match=r"\['a'\] are not a dictionary"):
        happen(a=1).render(newsfeed)


@pytest.mark.parametrize("both", [True, False])
def test_a_renderer_is_for_a_type_or_for_a_group(short, logins, both):
    of = {"type": logins, "type_group": logins.group} if both else {}
    with pytest.raises(ValidationError, match="for a type or for a type group"):
        Renderer(name="x", style=short, **of).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, **of)


def test_there_is_one_renderer_a_type_and_style(short, long, logins):
    for style in (short, long):
        renderer(style, logins)
        renderer(style, logins.group)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, type=logins)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renderer.objects.create(name="x", style=short, type_group=logins.group)


# Serialised contexts


def test_a_serialised_context_is_json_with_objects_in_it(newsfeed, short, logins, alice):
    company = Company.objects.create(name="Oven Ltd")
    job = Employment.objects.create(company=company, user=alice, title="cook")
    alice.groups.add(Group.objects.create(name="cooks"))
    key = alice.pk if isinstance(alice.pk, int) else str(alice.pk)
    newsfeed.additional_context = {"footer": "Bye"}
    renderer(
        short,
        logins,
        hints={
            "job": hint("blog.Employment", select_related=["company", "user"]),
            "user": {**USER, "prefetch_related": ["groups"], "fields": ["username"]},
        },
    )
    event = happen(job=job.pk, deep=[{"user": key}], gone=[404], text='{"a": 1}')

    shown = event.serialised_context(newsfeed)

    assert json.loads(json.dumps(shown)) == shown
    assert (shown["key"], shown["message"], shown["footer"]) == ("login", "Hello", "Bye")
    assert shown["text"] == '{"a": 1}'
    assert shown["job"]["company"] == {"id": str(company.pk), "name": "Oven Ltd"}
    assert (shown["job"]["title"], shown["job"]["user"]["username"]) == ("cook", "alice")
    assert "password" not in shown["job"]["user"]
    (inside,) = shown["deep"]
    assert inside["user"]["username"] == "alice"
    assert [one["name"] for one in inside["user"]["groups"]] == ["cooks"]
    assert inside["user"].keys() == {"username", "groups"}


def test_a_context_needs_no_renderer_to_be_serialised(newsfeed, logins, alice):
    subscribe(alice, "login")

    assert happen(name="Jeff").serialised_context(newsfeed)["name"] == "Jeff"


def test_a_type_or_a_shelf_that_goes_takes_its_renderers_along() -> None:
    style = RenderingStyle.objects.create(name="short")
    kind, shelf = NotificationType.objects.for_key("a"), TypeGroup.objects.create(name="blog")
    Renderer.objects.create(name="by type", style=style, type=kind)
    Renderer.objects.create(name="by shelf", style=style, type_group=shelf)

    kind.delete()
    shelf.delete()

    assert not Renderer.objects.exists()
