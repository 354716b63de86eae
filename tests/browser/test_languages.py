"""The bell in the language of its page."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.utils import translation
from playwright.sync_api import BrowserContext, Page, expect

from realtime_notify.elements import english
from realtime_notify.elements.catalogue import catalogue
from tests.browser.people import Person, trigger, violations
from tests.test_locales import LANGUAGES

OpenBrowser = Callable[..., BrowserContext]


def open_panel(page: Page, name: str) -> None:
    trigger(page).click()
    expect(page.get_by_role("dialog", name=name)).to_be_visible()


def test_a_german_page_has_a_german_bell(person: Person, open_browser: OpenBrowser) -> None:
    page = person.sign_in(open_browser(locale="de-DE"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(trigger(page)).to_have_accessible_name("Benachrichtigungen, alles gelesen")
    assert page.locator("notify-bell").get_attribute("lang") == "de"

    person.tell("Tee")
    expect(trigger(page)).to_have_accessible_name("Benachrichtigungen, 1 ungelesen")
    open_panel(page, "Benachrichtigungen")
    expect(page.get_by_role("button", name="Alle als gelesen markieren")).to_be_visible()
    expect(page.get_by_role("button", name="Archivieren: Tee")).to_be_attached()

    page.reload()
    open_panel(page, "Benachrichtigungen")
    expect(page.get_by_role("button", name="Alle als gelesen markieren")).to_be_visible()
    # The second page took the texts from the browser's cache.
    (first, second) = [url for url in asked if "/api/texts/" in url]
    assert first == second
    timing = page.evaluate("url => performance.getEntriesByName(url)[0].transferSize", first)
    assert timing == 0
    assert violations(page) == []
    assert person.problems == []


def test_an_arabic_page_has_a_bell_from_right_to_left(
    person: Person, open_browser: OpenBrowser
) -> None:
    context = open_browser(locale="ar", viewport={"width": 800, "height": 600})
    page = person.sign_in(context)
    person.tell("شاي #", times=3)
    expect(trigger(page)).to_have_accessible_name("الإشعارات، غير المقروء: 3")

    page.goto(f"{person.site.url}/notifications/")
    expect(page.get_by_role("status").filter(has_text="3 غير مقروءة")).to_be_visible()
    row = page.locator(".rn-item").first.bounding_box()
    button = page.get_by_role("button", name="أرشفة: شاي 3").bounding_box()
    assert row
    assert button
    # Buttons are at the end of the line, which is on the left.
    assert button["x"] - row["x"] < row["width"] / 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_takes_the_plural_form_that_gettext_would(
    language: str, plain_page: Page
) -> None:
    with translation.override(language):
        forms = json.loads(catalogue("panel").json)["arrived"]
        wanted = [english.PANEL["arrived"](number) for number in range(200)]  # type: ignore[operator]

    taken = plain_page.evaluate(
        """([forms, language]) => {
          const rules = new Intl.PluralRules(language);
          const choose = (number) =>
            typeof forms === "string" ? forms : (forms[rules.select(number)] ?? forms.other);
          return Array.from({ length: 200 }, (_, number) => choose(number));
        }""",
        [forms, language],
    )

    assert taken == wanted


@pytest.fixture
def plain_page(context: BrowserContext) -> Page:
    """A page without a site."""
    return context.new_page()
