"""Context hints: the objects behind the primary keys in an event's data."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from realtime_notify import notify
from realtime_notify.exceptions import InvalidRenderer
from realtime_notify.models import (
    Event,
    Medium,
    NotificationType,
    Renderer,
)
from tests.blog.models import Company, Document, Employment, Post
from tests.rendering.conftest import USER, happen, hint, renderer

pytestmark = pytest.mark.django_db


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
def test_a_primary_key_that_finds_no_object_becomes_none(newsfeed, short, logins, key):
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


def test_a_page_costs_one_query_per_model(
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


def test_the_context_a_medium_adds_may_hold_primary_keys(newsfeed, short, logins):
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
def test_malformed_hints_are_refused_in_a_form(short, logins, hints, says):
    one = Renderer(name="x", style=short, type=logins, hints=hints)

    with pytest.raises(ValidationError, match=says):
        one.full_clean()


def test_a_hint_of_a_model_that_is_gone_is_a_clear_error(newsfeed, short, logins):
    renderer(short, logins, "x", hints={"a": hint("blog.Nothing")})

    with pytest.raises(InvalidRenderer, match=r"'a'.*names a model that does not exist"):
        happen(a=1).render(newsfeed)


def test_hints_that_are_not_a_dictionary_are_a_clear_error(newsfeed, short, logins):
    renderer(short, logins, "x", hints=["a"])

    with pytest.raises(InvalidRenderer, match=r"\['a'\] are not a dictionary"):
        happen(a=1).render(newsfeed)
