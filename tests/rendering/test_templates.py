"""Events as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.utils.safestring import SafeData

from realtime_notify import notify
from realtime_notify.exceptions import InvalidRenderer, InvalidSetting
from realtime_notify.models import (
    Event,
    Medium,
    Renderer,
)
from tests.blog.models import Post
from tests.rendering.conftest import happen, renderer

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Callable[..., Path]:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return tmp_path

    return write


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


def test_the_style_decides_before_how_specific_a_renderer_is(
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


def test_a_malformed_renderer_order_is_a_clear_error(newsfeed, short, logins, settings):
    settings.REALTIME_NOTIFY = {"RENDERER_ORDER": ["type", "types"]}

    with pytest.raises(InvalidSetting, match=r"must be \('type', 'group'\)"):
        happen().render(newsfeed)


def test_a_missing_renderer_is_an_error_that_says_what_to_do(newsfeed, logins):
    with pytest.raises(InvalidRenderer, match=r"'login' for 'newsfeed'.*Create a Renderer"):
        happen().render(newsfeed)
    with pytest.raises(InvalidRenderer, match="the medium has none"):
        happen().render(Medium.objects.create(name="bare"))


def test_a_template_file_comes_before_the_text_in_the_row(newsfeed, short, logins, files):
    files(base_txt="[{% block x %}{% endblock %}]", a_html="<p>{{ name }}</p>\n\n")
    files(a_txt="{% extends 'base.txt' %}{% block x %}{{ name }}{% endblock %}\n")
    renderer(short, logins, "no", "no", text_template_path="a.txt", html_template_path="a.html")

    assert happen(name="<Jeff>").render(newsfeed) == ("[<Jeff>]", "<p>&lt;Jeff&gt;</p>")


def test_what_a_renderer_has_no_template_for_is_empty(newsfeed, short, logins):
    renderer(short, logins, html="<p>Hello</p>")

    assert happen().render(newsfeed) == ("", "<p>Hello</p>")


def test_the_first_matching_glob_names_the_template_file(newsfeed, settings, files):
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


def test_a_renderer_comes_before_the_glob_settings(newsfeed, short, logins, settings, files):
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
