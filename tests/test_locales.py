"""The languages that are shipped: whole, in step with the code, and right in their plurals."""

from __future__ import annotations

import ast
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, modify_settings
from django.utils import timezone, translation
from django.utils.translation import ngettext
from django.utils.translation.template import templatize

import realtime_notify
from realtime_notify.elements import bell
from realtime_notify.models import Event, Notification

PACKAGE = Path(realtime_notify.__file__).parent
LANGUAGES = ["ar", "da", "de", "fi", "id", "ja", "ru"]
LATER, PLURAL = "\x04", "\0"
"""How a compiled catalogue tells a context from its text, and the forms of a plural apart."""

Catalogue = dict[str, str]


def place(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES"


@cache
def written(language: str) -> Catalogue:
    """Read django.po, keyed as the compiled one is."""
    found = {}
    for block in place(language).joinpath("django.po").read_text().split("\n\n"):
        lines = re.findall(r'^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)', block, re.MULTILINE)
        said = {name: "".join(map(ast.literal_eval, text.splitlines())) for name, text in lines}
        key = PLURAL.join(said[name] for name in ("msgid", "msgid_plural") if name in said)
        if "msgctxt" in said:
            key = said["msgctxt"] + LATER + key
        forms = [text for name, text in said.items() if name.startswith("msgstr")]
        # An empty form makes the whole empty, as it is what nobody may see.
        found[key] = PLURAL.join(forms) if all(forms) else ""
    return found


@cache
def compiled(language: str) -> Catalogue:
    """Read django.mo: a table of lengths and places of the texts, and one of translations."""
    raw = place(language).joinpath("django.mo").read_bytes()
    magic, _version, count, texts, translations = struct.unpack_from("<5I", raw)
    assert magic == 0x950412DE

    def read(table: int) -> list[str]:
        pairs = [struct.unpack_from("<2I", raw, table + 8 * index) for index in range(count)]
        return [raw[start : start + length].decode() for length, start in pairs]

    return dict(zip(read(texts), read(translations), strict=True))


def gaps(text: str) -> list[str]:
    return sorted(re.findall(r"%(?:\(\w+\))?[a-z]|\{\w+\}", text))


def marked_in_templates() -> Iterator[str]:
    """Return what templates give to be translated, as makemessages sees them."""
    text = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    for path in (PACKAGE / "templates").rglob("*.*"):
        for found in re.finditer(rf"\bn?gettext\({text}", templatize(path.read_text())):
            yield ast.literal_eval(found[1])


def marked_in_code() -> Iterator[str]:
    """Return what the code gives to be translated: for pages, forms and the admin."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            name = node.func.id.removesuffix("_lazy")
            if name in {"_", "gettext", "gettext_noop", "ngettext", "pgettext", "npgettext"}:
                text = [
                    argument.value for argument in node.args if isinstance(argument, ast.Constant)
                ]
                yield LATER.join(map(str, text[: 2 if "p" in name else 1]))


@cache
def marked() -> frozenset[str]:
    return frozenset([*marked_in_templates(), *marked_in_code()])


# --- the catalogues -------------------------------------------------------------------------------


def test_the_languages_are_those_that_the_docs_promise() -> None:
    assert sorted(path.name for path in (PACKAGE / "locale").iterdir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_whatever_is_marked(language: str) -> None:
    there = {key.partition(PLURAL)[0] for key in written(language)}
    asked = marked()

    assert len(asked) > 150
    assert not asked - there, "run `make messages`, and translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_the_same_texts(language: str) -> None:
    assert written(language).keys() == written("de").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_out_or_doubtful(language: str) -> None:
    text = place(language).joinpath("django.po").read_text()

    assert not [key for key, said in written(language).items() if not said]
    assert not re.findall(r"^#(?:,.*fuzzy|~|\|).*$", text, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_all_forms_with_all_placeholders(language: str) -> None:
    header, *texts = written(language).items()
    rule = re.search(r"nplurals=(\d); *plural=([^;]+);", header[1])

    assert rule
    uses = Counter(map(c2py(rule[2]), range(1000)))
    for key, said in texts:
        one, *many = key.rpartition(LATER)[2].split(PLURAL)
        forms = said.split(PLURAL)
        assert len(forms) == (int(rule[1]) if many else 1), key
        assert all(gaps(form) == gaps(one) for form in many), key
        for place, form in enumerate(forms):
            # A form for one number only, as the Arabic dual, need not name the number.
            left_out = set(gaps(one)) - set(gaps(form))
            assert not set(gaps(form)) - set(gaps(one)), key
            assert len(left_out) <= (many != [] and uses[place] == 1), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_matches_its_source(language: str) -> None:
    # The head is about the file, and its dates are not compiled.
    assert {**compiled(language), "": ""} == {**written(language), "": ""}, "run `make messages`"


# --- the pages ------------------------------------------------------------------------------------


@pytest.fixture
def send_a_while_ago(alice: Any, make_notification: Any) -> Callable[..., Notification]:
    """Send Alice what happened a while ago."""

    def make(message: str = "Tea", age: timedelta = timedelta(), **options: Any) -> Notification:
        event = make_notification(alice, message, **options).event
        # Half a minute more, so that a slow test does not round it down.
        created = timezone.now() - age - timedelta(seconds=30)
        Event.objects.filter(pk=event.pk).update(created=created)
        return Notification.objects.with_event().get(event=event)

    return make


def open_page(user: Any, language: str, path: str = "") -> str:
    """Return a page as a browser that asks for a language gets it, with plain spaces."""
    locale = "django.middleware.locale.LocaleMiddleware"
    with modify_settings(MIDDLEWARE={"append": locale}), translation.override("en"):
        client = Client()
        if not isinstance(user, AnonymousUser):
            client.force_login(user)
        answer = client.get(f"/notifications/{path}", headers={"accept-language": language})
        return answer.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def test_the_inbox_page_speaks_german(
    alice: Any, send_a_while_ago: Callable[..., Notification]
) -> None:
    send_a_while_ago("Tea", timedelta(days=1))
    send_a_while_ago("Cake", timedelta(days=2), level="warning")
    page = open_page(alice, "de")

    assert '<html lang="de"' in page
    assert '<h1 id="rn-title">Benachrichtigungen</h1>' in page
    assert "2 ungelesen<" in page
    assert "Alle als gelesen markieren" in page
    assert ">Archiv</a>" in page
    assert ">Archivieren</button>" in page
    assert ">Warnung</span>" in page
    assert ">vor 1 Tag</time>" in page
    assert ">vor 2 Tagen</time>" in page


@pytest.mark.parametrize(
    ("count", "unread", "times", "age"),
    [
        (1, "1 непрочитанное", "", "1 минуту назад"),
        (2, "2 непрочитанных", "2 раза", "2 минуты назад"),
        (5, "5 непрочитанных", "5 раз", "5 минут назад"),
        (21, "21 непрочитанное", "21 раз", "21 минуту назад"),
    ],
)
def test_the_inbox_page_counts_in_russian(
    count: int,
    unread: str,
    times: str,
    age: str,
    alice: Any,
    send_a_while_ago: Callable[..., Notification],
) -> None:
    for number in range(count):
        latest = send_a_while_ago(f"Tea {number}", timedelta(minutes=count))
    Notification.objects.filter(pk=latest.pk).update(occurrences=count)
    page = open_page(alice, "ru")

    assert "Отметить все как прочитанные" in page
    assert f"{unread}<" in page
    assert f">{age}</time>" in page
    assert ('<span class="rn-times"' in page) == bool(times)
    assert f'aria-label="{times}"' in page or not times


def test_the_inbox_page_runs_from_right_to_left_in_arabic(
    alice: Any, send_a_while_ago: Callable[..., Notification]
) -> None:
    for number in range(3):
        send_a_while_ago(f"Tea {number}", timedelta(hours=2))
    page = open_page(alice, "ar")

    assert '<html lang="ar" dir="rtl"' in page
    assert "3 غير مقروءة<" in page
    assert ">قبل ساعتين</time>" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ar", "Bob skrev قبل يومين"),
        ("da", "Bob skrev for 2 dage siden"),
        ("de", "Bob skrev vor 2 Tagen"),
        ("fi", "Bob skrev 2 päivää sitten"),
        ("id", "Bob skrev 2 hari yang lalu"),
        ("ja", "Bobがskrev、2 日前"),
        ("ru", "Bob skrev 2 дня назад"),
    ],
)
def test_a_sentence_says_how_long_ago(
    language: str, said: str, bob: Any, send_a_while_ago: Callable[..., Notification]
) -> None:
    notification = send_a_while_ago(age=timedelta(days=2), actor=bob, verb="skrev")
    notification.event.actor_text = "Bob"
    with translation.override(language):
        assert notification.sentence().replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("language", "everything", "broken"),
    [
        ("ar", "أشعرني بشأن", "هذا الرابط لا يعمل"),
        ("da", "Hvad du vil høre om", "Dette link virker ikke"),
        ("de", "Worüber Sie benachrichtigt werden", "Dieser Link funktioniert nicht"),
        ("fi", "Mistä ilmoitetaan", "Tämä linkki ei toimi"),
        ("id", "Apa yang ingin diketahui", "Tautan ini tidak berfungsi"),
        ("ja", "通知する内容", "このリンクは使えません"),
        ("ru", "чём уведомлять", "Эта ссылка не работает"),
    ],
)
def test_preferences_and_links_are_translated(
    language: str, everything: str, broken: str, alice: Any
) -> None:
    assert everything in open_page(alice, language, "preferences/")
    assert broken in open_page(AnonymousUser(), language, "unsubscribe/nonsense/")


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("ar", "الإشعارات"),
        ("da", "Notifikationer"),
        ("de", "Benachrichtigungen"),
        ("fi", "Ilmoitukset"),
        ("id", "Notifikasi"),
        ("ja", "通知"),
        ("ru", "Уведомления"),
    ],
)
def test_the_bell_is_named_in_the_language_of_the_page(
    language: str, label: str, alice: Any
) -> None:
    request = RequestFactory().get("/")
    request.user = alice
    with translation.override(language):
        assert f'label="{label}"' in bell(request)


# --- what leaves the site -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "title"),
    [
        (1, "1 новое уведомление"),
        (2, "2 новых уведомления"),
        (5, "5 новых уведомлений"),
        (11, "11 новых уведомлений"),
        (21, "21 новое уведомление"),
    ],
)
def test_a_digest_counts_in_russian_by_mail_and_by_push(count: int, title: str) -> None:
    with translation.override("ru"):
        mailed = render_to_string("realtime_notify/email/title.txt", {"count": count})
        pushed = ngettext("%(count)d new notification", "%(count)d new notifications", count)

    assert mailed.strip() == title
    assert pushed % {"count": count} == title


@pytest.mark.parametrize(
    ("language", "hours"),
    [
        ("ar", {1: "لمدة ساعة واحدة.", 2: "لمدة ساعتين.", 24: "لمدة 24 ساعة."}),
        ("da", {1: "Linket virker i 1 time.", 24: "Linket virker i 24 timer."}),
        ("de", {1: "Der Link gilt 1 Stunde lang.", 24: "Der Link gilt 24 Stunden lang."}),
        ("fi", {1: "Linkki toimii 1 tunnin.", 24: "Linkki toimii 24 tuntia."}),
        ("id", {1: "Tautan ini berlaku 1 jam.", 24: "Tautan ini berlaku 24 jam."}),
        ("ja", {1: "リンクは 1 時間有効です。", 24: "リンクは 24 時間有効です。"}),
        ("ru", {1: "Ссылка действует 1 час.", 24: "Ссылка действует 24 часа."}),
    ],
)
def test_a_mail_to_confirm_says_how_long_its_link_works(
    language: str, hours: dict[int, str]
) -> None:
    for count, said in hours.items():
        with translation.override(language):
            mail = render_to_string("realtime_notify/email/confirm.txt", {"hours": count})
        assert said in mail
