"""Composing: what a mail says, in whose words, and to whom its links belong."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.template import TemplateDoesNotExist
from django.test import override_settings
from django.test.signals import template_rendered
from django.utils import timezone, translation

from realtime_notify import subscribe
from realtime_notify.media.email import compose, send_mail_to, styles
from realtime_notify.media.email.composing import Composer
from realtime_notify.models import (
    Event,
    Medium,
    NotificationType,
    Renderer,
    RenderingStyle,
    TypeGroup,
)
from realtime_notify.outbox import Item, Reader, Refused
from tests.blog.models import Post
from tests.media.email.conftest import SITE

HOSTILE = """<script>alert(1)</script> & "quotes" '</style>{{ user }}"""


class Tags(HTMLParser):
    """The tags of a document, and its text."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if "href" in dict(attrs):
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text += data


def html_of(composed):
    ((content, kind),) = composed.alternatives
    assert kind == "text/html"
    return content


@contextmanager
def rendered_templates():
    """Collect the names of the templates that are rendered meanwhile."""
    names = []

    def note(template, **kwargs):
        names.append(template.name)

    template_rendered.connect(note)
    try:
        yield names
    finally:
        template_rendered.disconnect(note)


def site(**settings):
    return override_settings(REALTIME_NOTIFY={**SITE, **settings})


def at(hour, item):
    Event.objects.filter(pk=item.event.pk).update(created=datetime(2026, 7, 1, hour, 5, tzinfo=UTC))
    item.event.refresh_from_db()
    return item


def test_a_mail_has_text_and_html_with_absolute_links(told, message_of):
    item = told(description="Two cups.", url="/kettle/")

    composed = compose(message_of(item))

    link = f"https://example.com/notifications/go/{item.notification.pk}/"
    for content in (composed.body, html_of(composed)):
        assert "The kettle is on" in content
        assert "Two cups." in content
        assert link in content
        assert "https://example.com/notifications/preferences/" in content
    assert all(link.startswith("https://example.com/") for link in Tags(html_of(composed)).links)


def test_a_mail_is_in_the_readers_language_and_time_zone(told, message_of):
    item = at(23, told(level="warning"))

    here = compose(message_of(item, language="de", time_zone="Asia/Tokyo"))
    there = compose(message_of(item, language="en", time_zone="America/New_York"))

    assert "2. Juli 2026 08:05" in here.body
    assert "Warnung" in here.body
    assert 'lang="de" dir="ltr"' in html_of(here)
    assert "July 1, 2026, 7:05 p.m." in there.body
    assert "Warning" in there.body


def test_a_language_written_from_right_to_left_is_laid_out_so(told, message_of):
    composed = compose(message_of(told(), language="ar"))

    assert 'lang="ar" dir="rtl"' in html_of(composed)


def test_no_language_or_time_zone_leaks_to_the_next(told, message_of):
    item = told()
    with translation.override("fi"), timezone.override("Asia/Tokyo"):
        compose(message_of(item, language="de", time_zone="America/New_York"))
        with pytest.raises(TemplateDoesNotExist), site(EMAIL_TEMPLATES={"**": "mails/missing"}):
            compose(message_of(item, language="de"))

        assert translation.get_language() == "fi"
        assert timezone.get_current_timezone_name() == "Asia/Tokyo"


def test_text_never_becomes_markup(told, message_of):
    plain, hostile = message_of(told("a", description="b")), told(HOSTILE, description=HOSTILE)

    expected, found = Tags(html_of(compose(plain))), Tags(html_of(compose(message_of(hostile))))

    assert found.tags == expected.tags
    assert found.text.count(HOSTILE) >= 2
    assert HOSTILE in compose(message_of(hostile)).body


def test_a_digest_is_grouped_by_type_group_and_target(told, message_of):
    group = TypeGroup.objects.create(name="docs", label="Documents")
    NotificationType.objects.create(key="docs/comment", label="Comments", group=group)
    NotificationType.objects.create(key="docs/edit", label="Edits", group=group)
    guide, plan = Post.objects.create(title="Guide"), Post.objects.create(title="Plan")
    items = [
        told("one", "docs/comment", target_object=guide),
        told("two", "deploy/ready"),
        told("three", "docs/comment", target_object=plan),
        told("four", "docs/edit", target_object=guide),
    ]

    composed = compose(message_of(*items, interval=1440))

    assert composed.subject == "Example: 4 new notifications"
    text = Tags(html_of(composed)).text
    words = re.findall(
        r"\b(?:Documents|Guide|Plan|deploy/ready|one|two|three|four|Daily)\b",
        text[text.index("Daily") :],
    )
    assert words == [
        "Daily",
        "Documents",
        "Guide",
        "one",
        "four",
        "Plan",
        "three",
        "deploy/ready",
        "two",
    ]
    assert "DOCUMENTS (3)" in composed.body
    assert "Guide (2)" in composed.body


def test_a_digest_about_one_target_names_it_once(told, message_of):
    post = Post.objects.create(title="Guide")

    composed = compose(message_of(told("a", target_object=post), told("b", target_object=post)))

    assert composed.subject == "Guide: 2 new notifications"
    assert composed.body.count("Guide") == 1


def test_a_long_digest_shows_the_latest_and_counts_the_others(told, message_of):
    one = told("number 0")
    items = [Item(Event(pk=n, type=one.event.type, message=f"number {n}")) for n in range(1, 53)]

    composed = compose(message_of(*items))

    assert "52 new notifications" in composed.subject
    assert "number 2\n" not in composed.body
    assert "number 3\n" in composed.body
    assert "number 52\n" in composed.body
    assert "and 2 earlier ones" in composed.body


def test_somebody_without_an_account_gets_no_links_that_need_one(told, message_of):
    item = told(url="https://elsewhere.example/kettle")
    by = subscribe("reader@example.com", "kitchen/kettle")

    composed = compose(message_of(Item(item.event, None, by), user=None))

    assert "https://elsewhere.example/kettle" in composed.body
    for content in (composed.body, html_of(composed)):
        assert "/preferences/" not in content
        assert "/go/" not in content
        assert by.secret in content


def test_a_repeated_event_says_how_often(told, message_of):
    item = told()
    item.notification.occurrences = 3

    assert "The kettle is on (\N{MULTIPLICATION SIGN}3)" in compose(message_of(item)).body


def test_a_letter_is_made_once_for_all_who_are_told_the_same(told, message_of, bob):
    first, composer = told(), Composer()
    composer.compose(message_of(first))

    with rendered_templates() as names:
        first.notification.pk += 1
        composed = composer.compose(message_of(first, user=bob, address="bob@example.com"))

    assert names == []
    assert f"/go/{first.notification.pk}/" in composed.body
    assert f"/go/{first.notification.pk}/" in html_of(composed)
    assert f"/go/{first.notification.pk - 1}/" not in composed.body
    assert composed.to == ["bob@example.com"]


@pytest.mark.parametrize(
    "change",
    [
        {"language": "de"},
        {"time_zone": "Asia/Tokyo"},
        {"interval": 1440},
        {"user": None},
    ],
)
def test_another_kind_of_reader_gets_a_letter_of_their_own(told, message_of, change):
    item, composer = told(), Composer()
    composer.compose(message_of(item))

    assert (
        composer.compose(message_of(item, **change)).body
        == compose(message_of(item, **change)).body
    )


def test_an_edited_event_is_told_anew(told, message_of):
    item, composer = told(), Composer()
    composer.compose(message_of(item))
    item.event.message = "The kettle is off"

    assert "The kettle is off" in composer.compose(message_of(item)).body


def test_a_template_may_greet_the_reader_by_name(told, message_of, alice, bob):
    item, composer = told(), Composer()
    with site(EMAIL_TEMPLATES={"**": "mails/personal"}):
        bodies = [composer.compose(message_of(item, user=user)).body for user in (alice, bob)]

    assert bodies == ["Dear alice, The kettle is on", "Dear bob, The kettle is on"]


def test_a_template_may_name_what_the_reader_subscribes_to(told, message_of, alice, bob):
    all_of_it, one = subscribe(alice, "kitchen/kettle"), subscribe(bob, "kitchen/kettle", alice)
    item, composer = told(), Composer()
    with site(EMAIL_TEMPLATES={"**": "mails/watches"}):
        bodies = [
            composer.compose(message_of(replace(item, subscription=own), user=user)).body
            for user, own in ((alice, all_of_it), (bob, one), (bob, None))
        ]

    assert bodies == [
        "The kettle is on: kitchen/kettle;",
        "The kettle is on: kitchen/kettle of alice;",
        "The kettle is on:",
    ]


def test_a_template_may_encode_and_cut_links(told, message_of):
    composer = Composer()
    with site(EMAIL_TEMPLATES={"**": "mails/encoded"}):
        body = composer.compose(message_of(told())).body

    assert body.startswith("Share: https://share.example/?u=https%3A%2F%2Fexample.com%2Fnotif")
    assert body.endswith(" https://example.com/")


def test_templates_and_subjects_are_chosen_by_type(told, message_of):
    kettle, post = told(), told("Posted", "blog/new")
    own = {"EMAIL_TEMPLATES": {"kitchen/*": "mails/kitchen"}}
    with site(**own, EMAIL_SUBJECTS={"kitchen/*": "mails/kitchen_subject.txt"}):
        mine, other = compose(message_of(kettle)), compose(message_of(post))
        both = compose(message_of(kettle, post))

    assert mine.body.startswith("Kitchen: The kettle is on https://example.com/")
    assert "<p>Kitchen: The kettle is on</p>" in html_of(mine)
    assert mine.subject == "News from the kitchen (today)"
    assert other.subject == "Posted"
    assert both.subject == "Example: 2 new notifications"
    assert "Kitchen:" not in both.body


def test_a_template_for_text_alone_makes_a_mail_of_text_alone(told, message_of, alice):
    with site(EMAIL_TEMPLATES={"**": "mails/personal"}):
        assert compose(message_of(told())).alternatives == []


def test_one_subject_may_be_set_for_all(told, message_of):
    with site(EMAIL_SUBJECT="Inbox"):
        assert compose(message_of(told())).subject == "Inbox"
        assert compose(message_of(told(), language="de")).subject == "Posteingang"


def test_renderers_and_template_files_say_what_happened(told, message_of):
    style = RenderingStyle.objects.create(name="mail")
    medium = Medium.objects.named("email")
    medium.rendering_style, medium.additional_context = style, {"tone": "calm"}
    medium.save()
    item, other = told(), told("Posted", "blog/new")
    Renderer.objects.create(
        name="kettle",
        style=style,
        type=item.event.type,
        text_template_path="mails/entry.txt",
        html_template="<em>{{ message }}</em>",
    )

    composed = compose(message_of(item, other))

    assert "[kitchen/kettle] The kettle is on (calm)" in composed.body
    assert "<em>The kettle is on</em>" in html_of(composed)
    assert "Posted" in composed.body


def test_styles_are_moved_into_the_elements(told, message_of):
    found = html_of(compose(message_of(told())))

    assert re.search(r'<td class="card" style="[^"]*border-radius:', found)
    assert "prefers-color-scheme" in found


def test_without_css_inline_the_style_element_stays(told, message_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "css_inline", None)
    styles._inliner.cache_clear()
    try:
        found = html_of(compose(message_of(told())))
    finally:
        styles._inliner.cache_clear()

    assert '<td class="card">' in found
    assert ".card { background-color: #ffffff" in found


def test_a_mail_loads_nothing(told, message_of):
    found = Tags(html_of(compose(message_of(told(), told("Again")))))

    assert not {"img", "link", "script", "iframe", "object"} & set(found.tags)
    assert "url(" not in html_of(compose(message_of(told())))


def test_a_mail_of_ones_own_is_sent_in_the_readers_language():
    reader = Reader("de", "Europe/Berlin", "ann@example.com")

    send_mail_to(reader, "mails/confirm", {"name": "<Ann>\n", "link": "https://example.com/c/"})

    (sent,) = mail.outbox
    assert sent.to == ["ann@example.com"]
    assert sent.subject == "Please confirm, <Ann>"
    assert sent.body == "Open https://example.com/c/ on Example (de)"
    assert "Confirm, &lt;Ann&gt;" in html_of(sent)
    assert 'lang="de"' in html_of(sent)
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_of_ones_own_needs_an_address():
    with pytest.raises(Refused):
        send_mail_to(Reader("de", "UTC", "a@b.example\nBcc: c@d.example"), "mails/confirm", {})
