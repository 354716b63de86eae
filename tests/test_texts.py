"""Texts that are translated for each reader."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import cast

import pytest
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from realtime_notify import ntext, ptext, template_text, text, texts
from realtime_notify.exceptions import InvalidNotification
from realtime_notify.models import Event
from tests.blog.models import Post


def read(value, language):
    """Return a text as an event stores it and a reader gets it."""
    event = Event(message="What is stored", texts={"message": value.stored})
    with translation.override(language):
        return event.text_of("message")


# --- in each language -----------------------------------------------------------------------------


def test_a_text_is_in_the_language_of_its_reader(translations):
    translations(
        de={"%(actor)s liked %(post)s": "%(post)s gefällt %(actor)s"},
        fi={"%(actor)s liked %(post)s": "%(actor)s tykkäsi: %(post)s"},
    )
    liked = text("%(actor)s liked %(post)s", actor="Ann", post=Post(title="Soup"))

    assert read(liked, "de") == "Soup gefällt Ann"
    assert read(liked, "fi") == "Ann tykkäsi: Soup"
    assert read(liked, "en") == "Ann liked Soup"


def test_a_text_as_a_str_is_in_the_active_language(translations):
    translations(de={"Hello, %(name)s": "Hallo, %(name)s"})

    with translation.override("de"):
        assert str(text("Hello, %(name)s", name="Ann")) == "Hallo, Ann"


def test_a_plural_follows_the_rules_of_each_language(translations):
    days = {
        "%(number)d day left\0%(number)d days left": "Noch %(number)d Tag\0Noch %(number)d Tage"
    }
    translations(de=days)
    left = [ntext("%(number)d day left", "%(number)d days left", number) for number in (1, 3)]

    assert [read(one, "de") for one in left] == ["Noch 1 Tag", "Noch 3 Tage"]
    assert [read(one, "en") for one in left] == ["1 day left", "3 days left"]


def test_a_context_tells_two_meanings_apart(translations):
    translations(de={"month\x04May": "Mai", "May": "Darf"})

    assert read(ptext("month", "May"), "de") == "Mai"
    assert read(text("May"), "de") == "Darf"


def test_a_text_within_a_text_is_translated_as_well(translations):
    translations(de={"open": "offen", "It is %(state)s": "Es ist %(state)s"})

    assert read(text("It is %(state)s", state=text("open")), "de") == "Es ist offen"


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (date(2026, 3, 1), "March 1, 2026", "1. März 2026"),
        (
            datetime.fromisoformat("2026-03-01T09:30"),
            "March 1, 2026, 9:30 a.m.",
            "1. März 2026 09:30",
        ),
        (time(21, 5), "9:05 p.m.", "21:05"),
        (Decimal("1234.50"), "1234.50", "1234,50"),
        (0.5, "0.5", "0,5"),
        (12, "12", "12"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(value, english, german):
    shown = text("%(value)s", value=value)

    assert read(shown, "en") == english
    assert read(shown, "de") == german


def test_large_numbers_are_grouped_where_the_site_groups_them(settings):
    settings.USE_THOUSAND_SEPARATOR = True

    assert read(text("%(number)s", number=1234567), "de") == "1.234.567"
    assert read(text("%(number)d", number=1234567), "de") == "1234567"


def test_numbers_may_be_formatted_as_numbers():
    assert read(text("%(price).1f of %(count)03d", price=Decimal("2.25"), count=7), "de") == (
        "2.2 of 007"
    )


def test_a_moment_is_in_the_time_zone_of_the_reader():
    starts = text("At %(moment)s", moment=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))

    with timezone.override("Asia/Tokyo"):
        assert read(starts, "de") == "At 1. März 2026 18:30"


def test_without_parameters_a_percent_sign_is_just_that():
    assert read(text("100% wool"), "en") == "100% wool"


def test_a_text_that_nobody_has_translated_is_in_its_own_words():
    assert read(text("Nobody knows %(what)s", what="this"), "fi") == "Nobody knows this"


def test_an_event_without_texts_shows_what_is_stored():
    event = Event(message="Plain", description="And long", verb="wrote")

    assert [event.text_of(field) for field in texts.FIELDS] == ["Plain", "And long", "wrote"]


# --- by templates ---------------------------------------------------------------------------------


@pytest.fixture
def template(settings, tmp_path):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def write(name, content):
        (tmp_path / name).write_text(content)
        return name

    return write


def test_a_template_makes_a_text_in_the_language_of_its_reader(template):
    name = template(
        "liked.txt",
        "{% load i18n %}{% translate 'Unread' %}: {{ post }} ({{ day|date:'j. F' }}, {{ price }})",
    )
    liked = template_text(
        name, post=Post(title="Soup & Bread"), day=date(2026, 3, 1), price=Decimal("2.50")
    )

    assert read(liked, "en") == "Unread: Soup & Bread (1. March, 2.50)"
    assert read(liked, "de") == "Ungelesen: Soup & Bread (1. März, 2,50)"


def test_a_template_gets_further_texts_as_people_read_them(template):
    name = template("state.txt", "<{{ state }}>")

    assert read(template_text(name, state=text("Unread")), "de") == "<Ungelesen>"


def test_a_template_that_is_not_there_is_a_mistake():
    with pytest.raises(InvalidNotification, match="TemplateDoesNotExist"):
        template_text("no/such.txt")


async def test_a_template_that_asks_the_database_where_pushes_are_shows_what_is_stored(template):
    name = template(
        "log.txt", "{% load log %}{% get_admin_log 1 as log %}{% for each in log %}{% endfor %}"
    )

    assert texts.shown({"template": name, "params": {}}, "What is stored") == "What is stored"


# --- what cannot be translated --------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    ["%(actr)s", "%(actor)d", "%(actor)", "100 % von %(actor)s", "%s", "%(actor)s %(actor)z"],
)
def test_a_wrong_translation_shows_what_is_stored_and_is_logged_once(translations, caplog, wrong):
    message_id = f"%(actor)s, for whom {wrong.replace('%', '')} is wrong"
    translations(de={message_id: wrong})
    shown = text(message_id, actor="Ann")

    assert [read(shown, "de"), read(shown, "de")] == ["What is stored"] * 2
    assert [message_id in record.getMessage() for record in caplog.records] == [True]


def test_a_broken_catalogue_shows_what_is_stored(translations, settings, tmp_path, caplog):
    place = tmp_path / "broken" / "fi" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(b"not a catalogue")
    settings.LOCALE_PATHS = [str(tmp_path / "broken")]

    with texts.language("fi"):
        assert texts.shown({"id": "Hello", "params": {}}, "Stored") == "Hello"

    [record] = caplog.records
    assert "fi" in record.getMessage()


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"template": "gone.txt", "params": {}},
        {"id": 5, "params": {}},
        {"id": "%(a)s", "params": {"a": {"moon": "x"}}},
        [],
        "x",
    ],
)
def test_what_another_version_has_stored_breaks_nothing(stored):
    assert texts.shown(stored, "Stored") == "Stored"


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: text("%(actr)s came", actor="Ann"), "the parameters actor: KeyError: 'actr'"),
        (lambda: text("%(actor)s came"), "the parameters (none)"),
        (lambda: text("%(count)d came", count="two"), "%d format"),
        (lambda: text("%(who)s came", who=None), "The parameter who=None of a text must be"),
        (lambda: text("%(who)s came", who=True), "The parameter who=True of a text must be"),
        (lambda: text("%(who)s came", who=["Ann"]), "a text, a number, a date, a time or a model"),
        (lambda: text(""), "A message id must be a text that is not empty, not ''"),
        (lambda: text(cast("str", gettext_lazy("Inbox"))), "pass the message id"),
        (lambda: ntext("one", "%(nmber)d", 2), "the parameters number"),
        (lambda: ntext("one", "many", cast("int", "2")), "must be a whole one, not '2'"),
    ],
)
def test_a_mistake_is_named_where_the_text_is_made(make, says):
    with pytest.raises(InvalidNotification) as caught:
        make()

    assert says in str(caught.value)


# --- whatever the parameters ----------------------------------------------------------------------

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
params = (
    st.text(characters)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.datetimes(
        timezones=st.just(UTC),
        min_value=datetime.fromisoformat("0002-01-01"),
        max_value=datetime.fromisoformat("9998-01-01"),
    )
)


@given(value=params, language=st.sampled_from(["en", "de", "fi", "xx"]))
def test_any_parameter_reads_after_the_database_as_before(value, language):
    shown = text("<%(value)s>", value=value)
    stored = json.loads(json.dumps(shown.stored))

    with translation.override(language):
        said = texts.shown(stored, "Stored")
        assert said == str(shown)
        assert said.startswith("<")


@pytest.mark.django_db
@pytest.mark.sql
@given(
    values=st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), params, max_size=4),
)
def test_every_database_gives_texts_back_as_they_were(values):
    form = "It: " + " ".join(f"%({name})s" for name in values)
    shown = text(form, **values)
    event = Event(texts={"message": shown.stored})
    column = Event._meta.get_field("texts")
    stored = column.get_db_prep_value(event.texts, connection)

    with connection.cursor() as cursor:
        cast = {"postgresql": "%s::jsonb", "mysql": "CAST(%s AS CHAR)"}.get(connection.vendor, "%s")
        cursor.execute(f"SELECT {cast}", [stored])
        (back,) = cursor.fetchone()

    event.texts = column.from_db_value(back, None, connection)
    assert event.text_of("message") == str(shown)
