"""From the badge to the row, with the mouse."""

from __future__ import annotations

from pathlib import Path

from tests.browser.engines.engine import Engine
from tests.browser.journeys.bell import Bell
from tests.browser.people import Person

WHITE = (255, 255, 255)
PANEL = """
  const box = (selector) => find(selector).getBoundingClientRect();
  const [panel, trigger, scroller] = [".panel", ".trigger", ".scroller"].map(box);
  return {
    corner: [panel.left, panel.top],
    list: box(".list").height,
    scroller: scroller.height,
    isBelow: panel.top >= trigger.bottom,
    isWithin: panel.left >= 0 && panel.right <= innerWidth && panel.bottom <= innerHeight,
    isWide: document.documentElement.scrollWidth > innerWidth,
    scrolls: find(".scroller").scrollHeight > find(".scroller").clientHeight,
  };
"""


def test_what_arrives_shows_in_the_badge_and_in_the_panel_where_it_is_read_and_archived(
    person: Person, bell: Bell, tmp_path: Path
) -> None:
    bell.wait_for_unread(0)
    person.tell("Number #", times=3)
    bell.wait_for_unread(3)

    bell.open()
    panel = bell.run(PANEL)
    left, top = panel["corner"]
    # It rises by six pixels, and WebKit may say that it is at rest before it has begun.
    bell.tab.wait_for_pixel(left + 150, top + 12, WHITE, tmp_path)
    assert panel["list"] > 3 * 40
    assert panel["scroller"] >= panel["list"]
    assert panel["isBelow"]
    assert panel["isWithin"]
    bell.wait_for_titles("Number 3", "Number 2", "Number 1")
    person.tell("Deploy finished")
    bell.wait_for_unread(4)
    bell.wait_for_titles("Deploy finished", "Number 3", "Number 2", "Number 1")

    bell.click_in("Number 2", "[part~=mark-read]")
    bell.wait_for_unread(3)
    bell.click_in("Number 3", "[part~=archive]")
    bell.wait_for_unread(2)
    bell.wait_for("!row('Number 3')")

    bell.click("[part~=mark-all]")
    bell.wait_for_unread(0)
    bell.tab.click(*bell.run("return [innerWidth - 20, innerHeight - 20]"))
    bell.wait_for_closed()


def test_a_click_on_a_row_leads_to_its_address_and_marks_it_read(
    person: Person, bell: Bell
) -> None:
    person.tell("Read the post", url="/ready/")
    bell.wait_for_unread(1)

    bell.open()
    bell.click("li[data-id]")

    bell.tab.wait_for_address("/ready/")
    bell.visit(person).wait_for_unread(0)


def test_a_long_list_scrolls_within_the_window_on_a_desk_and_on_a_phone(
    person: Person, bell: Bell
) -> None:
    person.tell("Number #", times=105)
    bell.wait_for("find('.badge').textContent === '99+'")

    bell.tab.run("document.querySelector('header').style.textAlign = 'end'")
    for width, height in ((900, 500), (450, 600)):
        bell.tab.resize(width, height)
        bell.open()
        panel = bell.run(PANEL)
        assert panel["scrolls"]
        assert panel["scroller"] > 200
        assert panel["isWithin"]
        assert not panel["isWide"]
        bell.tab.press("Escape")
        bell.wait_for_closed()


def test_nothing_moves_for_those_who_want_less_motion(person: Person, engine: Engine) -> None:
    tab = engine.open_tab(less_motion=True)
    try:
        bell = Bell(tab).sign_in(person)
        person.tell("One")
        bell.wait_for_unread(1)

        bell.click(".trigger")
        bell.wait_for("bell.open")

        assert tab.run("return matchMedia('(prefers-reduced-motion: reduce)').matches")
        assert bell.run("return bell.shadowRoot.getAnimations().length") == 0
    finally:
        tab.close()
