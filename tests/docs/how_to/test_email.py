"""docs/how-to/email.md: its settings are valid, its names are there, its code runs."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import override_settings

from realtime_notify.conf import problems
from realtime_notify.media.email.context import Entry, base_context, shown_context
from realtime_notify.media.email.letters import FRAME
from realtime_notify.media.email.tracking import METADATA
from realtime_notify.models import Event, NotificationType
from tests.docs.conftest import Names
from tests.pages import PAGES, labelled


@pytest.mark.parametrize("code", [labelled("email-settings"), labelled("email-templates")])
def test_the_settings_are_valid(code):
    names: Names = {}
    exec(code, names)

    assert problems(names["REALTIME_NOTIFY"]) == []


def test_the_recipe_for_anymail_is_python():
    names: Names = {}
    exec(labelled("email-anymail"), names)

    assert names["EMAIL_BACKEND"].startswith("anymail.backends.")


def test_the_page_lists_the_names_that_templates_get(db):
    event = Event(type=NotificationType(key="a"), message="Hello")
    entries = [Entry(event, "")]
    given = {*FRAME, *base_context(entries, 0), *shown_context(entries)}
    given |= {"user", "unread", "subscriptions"}
    text = PAGES["docs/how-to/email.md"]
    table = text[text.index("Templates get these names") : text.index("All URLs are absolute")]

    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == given


def test_the_page_names_what_entries_have():
    text = PAGES["docs/how-to/email.md"]
    sentence = re.search(r"An entry has (.+?)of its renderer", text, re.DOTALL)

    assert sentence
    for name in re.findall(r"`(\w+)`", sentence[1]):
        assert hasattr(Entry, name), name


def test_the_page_names_the_metadata():
    assert f"`{METADATA}`" in PAGES["docs/how-to/email.md"]


def test_a_mail_of_ones_own_is_sent():
    with override_settings(REALTIME_NOTIFY={"BASE_URL": "https://example.com"}):
        exec(labelled("email-own"), {})

    (sent,) = mail.outbox
    assert sent.to == ["ann@example.com"]
