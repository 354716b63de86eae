"""The bell without a mouse."""

from __future__ import annotations

from tests.browser.journeys.bell import Bell
from tests.browser.people import Person


def test_the_keyboard_opens_it_walks_through_it_marks_archives_and_closes(
    person: Person, bell: Bell
) -> None:
    tab = bell.tab
    for message in ("One", "Two", "Three"):
        person.tell(message)
    bell.wait_for_unread(3)

    tab.press("Tab")
    assert bell.focused() == "trigger"
    tab.press("Enter")
    bell.wait_for_open()
    assert bell.focused() == "title"
    tab.press("ArrowDown")
    assert bell.focused() == "item-title: Three"
    tab.press("End")
    assert bell.focused() == "item-title: One"
    tab.press("ArrowUp")
    assert bell.focused() == "item-title: Two"
    tab.press("r")
    bell.wait_for_unread(2)
    assert bell.focused() == "item-title: Two"
    tab.press("Home")
    tab.press("e")
    bell.wait_for_unread(1)
    bell.wait_for("rows().length === 2")
    assert bell.focused() == "item-title: Two"

    tab.press("Escape")
    bell.wait_for_closed()
    assert bell.focused() == "trigger"


def test_a_row_is_chosen_by_enter_while_text_is_selected_on_the_page(
    person: Person, bell: Bell
) -> None:
    person.tell("Read the post", url="/ready/")
    bell.wait_for_unread(1)
    bell.open()
    bell.run(
        """document.addEventListener("notify-click", (event) => event.preventDefault());
        getSelection().selectAllChildren(document.querySelector("h1"));
        find("a[href][data-action=open]").focus();"""
    )

    bell.tab.press("Enter")

    bell.wait_for_unread(0)
    assert ["click", True] in bell.watched()["events"]
    assert bell.tab.address.endswith("/journey/")
