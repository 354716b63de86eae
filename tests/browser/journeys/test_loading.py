"""What is loaded when, what if it is not, and under which policy."""

from __future__ import annotations

from tests.browser.engines.tab import Tab
from tests.browser.journeys.bell import Bell
from tests.browser.people import Person

LOADED = """
  return performance.getEntriesByType("resource").some(({ name }) => name.includes("notify-panel"));
"""
EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def test_the_panel_is_loaded_when_first_wanted_and_nothing_offends_the_strictest_policy(
    person: Person, bell: Bell
) -> None:
    person.tell(EVIL, description=EVIL, url="/ready/", level="error")
    bell.visit(person).wait_for_unread(1)
    assert not bell.tab.run(LOADED)

    bell.open()

    assert bell.tab.run(LOADED)
    bell.wait_for_titles(EVIL)
    assert bell.run("return find('.scroller :is(img, script)')") is None
    bell.click_in(EVIL, "[part~=archive]")
    bell.wait_for_unread(0)
    assert bell.tab.run("return document.title") == "A page with a bell"
    watched = bell.watched()
    assert watched["violations"] == []
    assert watched["errors"] == []


def test_where_the_panel_cannot_be_loaded_a_click_leads_to_the_inbox_page(
    person: Person, bell: Bell
) -> None:
    bell.run("bell.setAttribute('panel-url', '/nowhere.js')")

    bell.click(".trigger")

    bell.tab.wait_for_address("/notifications/")


def test_without_scripts_it_is_a_link_to_the_inbox_page(person: Person, tab: Tab) -> None:
    tab.go(f"{person.site.url}/sign-in/{person.name}/")
    person.tell("Read me")
    tab.go(f"{person.site.url}/journey/?scripts=off")

    tab.press("Tab")
    tab.press("Enter")

    tab.wait_for_address("/notifications/")
    assert "Read me" in tab.run("return document.body.textContent")
