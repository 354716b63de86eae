"""What happens in one place shows in every other, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.people import Person, bell, expect_unread, item, panel, trigger

OpenBrowser = Callable[..., BrowserContext]


def test_a_notification_appears_without_a_reload(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    expect_unread(page, 0)

    person.tell("Deploy finished", level="success", description="All four regions.")
    expect_unread(page, 1)

    trigger(page).click()
    expect(item(page, "Deploy finished")).to_contain_text("All four regions.")
    person.tell("Backup failed", level="error")
    expect_unread(page, 2)
    expect(panel(page).get_by_role("listitem").first).to_contain_text("Backup failed")


def test_a_notification_from_another_process_appears(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)

    person.tell_from_elsewhere("From the terminal")

    expect_unread(page, 1)


def test_a_repeat_counts_up_and_moves_to_the_top(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    for message in ("Disk is full", "Something else", "Disk is full"):
        person.tell(message)

    expect_unread(page, 2)
    trigger(page).click()
    expect(panel(page).get_by_role("listitem").first).to_contain_text("Disk is full")
    expect(item(page, "Disk is full")).to_contain_text("Latest of 2")


def test_an_edit_and_a_withdrawal_show_without_a_reload(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("Lunch is at one", description="In the garden.")
    person.tell("Something else")
    expect_unread(page, 2)
    trigger(page).click()
    of_lunch = "from realtime_notify.models import Event; import realtime_notify as rn;"
    of_lunch += "event = Event.objects.filter(description='In the garden.').latest('pk');"

    person.site.manage("shell", "-c", f"{of_lunch} rn.edit(event, message='Lunch is at two')")
    expect(item(page, "Lunch is at two")).to_contain_text("In the garden.")
    expect(panel(page).get_by_role("listitem").last).to_contain_text("Lunch is at two")
    expect_unread(page, 2)

    person.site.manage("shell", "-c", f"{of_lunch} rn.withdraw(event)")
    expect(item(page, "Lunch")).to_have_count(0)
    expect_unread(page, 1)


def test_two_tabs_and_another_browser_follow_a_mark_read(
    person: Person, open_browser: OpenBrowser
) -> None:
    laptop, phone = open_browser(), open_browser()
    first = person.sign_in(laptop)
    pages = [first, person.open_tab(laptop), person.sign_in(phone)]
    person.tell("One")
    person.tell("Two")
    for page in pages:
        expect_unread(page, 2)

    trigger(first).click()
    first.get_by_role("button", name="Mark as read: One").click()
    for page in pages:
        expect_unread(page, 1)

    first.get_by_role("button", name="Mark as unread: One").click()
    for page in pages:
        expect_unread(page, 2)

    first.get_by_role("button", name="Mark all read").click()
    for page in pages:
        expect_unread(page, 0)


def test_what_is_archived_in_one_browser_leaves_the_other(
    person: Person, open_browser: OpenBrowser
) -> None:
    pages = [person.sign_in(open_browser()), person.sign_in(open_browser())]
    person.tell("Keep me")
    person.tell("Archive me")
    for page in pages:
        trigger(page).click()
        expect(panel(page).get_by_role("listitem")).to_have_count(2)

    pages[0].get_by_role("button", name="Archive: Archive me").click()

    for page in pages:
        expect(panel(page).get_by_role("listitem")).to_have_count(1)
        expect_unread(page, 1)


def test_a_browser_comes_back_after_a_deployment(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)

    person.site.servers[0].restart()
    person.tell("After the restart")

    expect_unread(page, 1, timeout=40_000)


def test_a_browser_that_was_offline_catches_up(person: Person, context: BrowserContext) -> None:
    context.clock.install()
    page = person.sign_in(context)
    status = page.locator("notify-bell .status")
    trigger(page).hover()
    expect(status).to_be_attached()  # the panel is loaded when somebody turns to the bell
    context.set_offline(True)
    expect(bell(page)).to_have_attribute("data-status", "offline")

    person.tell("Missed #", times=3)
    trigger(page).click()
    expect(panel(page)).to_be_visible()
    context.clock.fast_forward(6_000)  # shorter interruptions are not worth a notice
    expect(status).to_contain_text("offline")
    context.set_offline(False)

    expect_unread(page, 3)
    expect(status).to_have_text("")


def test_a_click_while_offline_leaves_nobody_without_their_page(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    page.evaluate("document.title = 'What somebody has typed'")
    context.set_offline(True)
    expect(bell(page)).to_have_attribute("data-status", "offline")

    with page.expect_event("requestfailed", lambda request: "notify-panel" in request.url):
        trigger(page).click()
    context.set_offline(False)
    expect(bell(page)).to_have_attribute("data-status", "open")

    expect(page).to_have_title("What somebody has typed")
    trigger(page).click()
    expect(panel(page)).to_be_visible()


def test_signing_out_ends_every_tab_of_that_browser_and_no_other(
    person: Person, open_browser: OpenBrowser
) -> None:
    here, elsewhere = open_browser(), open_browser()
    left = person.sign_in(here)
    other = person.sign_in(elsewhere)

    here.new_page().goto(f"{person.site.url}/sign-out/")

    expect(bell(left)).to_have_attribute("data-status", "closed")
    trigger(left).click()
    expect(left.locator("notify-bell .status")).to_contain_text("You are signed out.")
    person.tell("Still here")
    expect_unread(other, 1)
    expect_unread(left, 0)


def test_a_click_leads_to_the_address_and_marks_read(
    person: Person, open_browser: OpenBrowser
) -> None:
    page = person.sign_in(open_browser())
    other = person.sign_in(open_browser())
    person.tell("Read the post", url="/posts/42/")
    expect_unread(page, 1)

    trigger(page).click()
    panel(page).get_by_role("link", name="Read the post").click()

    page.wait_for_url("**/posts/42/")
    expect_unread(other, 0)


def test_the_bell_speaks_the_language_of_its_page(
    person: Person, open_browser: OpenBrowser
) -> None:
    german, english = open_browser(locale="de-DE"), open_browser()
    pages = {
        "vor Ann": person.sign_in(german),
        "Ann ago": person.sign_in(english),
    }

    person.tell("%(age)s ago", params={"age": "Ann"})

    for message, page in pages.items():
        expect(page.locator("notify-bell .badge")).to_have_text("1")
        trigger(page).click()
        expect(page.get_by_role("listitem").filter(has_text=message)).to_be_visible()
        # What is asked for after a reload is in that language as well.
        page.reload()
        trigger(page).click()
        expect(page.get_by_role("listitem").filter(has_text=message)).to_be_visible()
