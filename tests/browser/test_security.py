"""The page's policy is kept, and text stays text."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.browser.people import Person, expect_unread, item, panel, trigger, violations

EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def test_nothing_the_bell_does_offends_the_strictest_policy(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("First", url="/posts/1/", description="Some more words.")
    person.tell("Second", level="error")
    expect_unread(page, 2)

    trigger(page).click()
    page.get_by_role("button", name="Mark as read: First").click()
    expect_unread(page, 1)
    page.get_by_role("button", name="Archive: Second").click()
    expect_unread(page, 0)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    page.set_viewport_size({"width": 360, "height": 640})
    trigger(page).click()
    expect(item(page, "First")).to_be_visible()

    assert violations(page) == []
    assert person.problems == []


def test_text_never_becomes_markup(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell(EVIL, description=EVIL)
    expect_unread(page, 1)

    trigger(page).click()

    expect(item(page, EVIL)).to_be_visible()
    assert page.locator("notify-bell li :is(img, script)").count() == 0
    expect(page).to_have_title("A page with a bell")
    assert violations(page) == []
