"""Two accounts in one browser: nothing of anybody is left for the other."""

from __future__ import annotations

from urllib.request import urlopen

from tests.browser.journeys.bell import Bell
from tests.browser.people import Person

LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def test_a_tab_left_open_empties_at_sign_out_and_never_mixes_two_accounts(
    person: Person, bell: Bell
) -> None:
    bert = Person(person.site, f"{person.name}-bert")
    urlopen(f"{bert.site.url}/sign-in/{bert.name}/", timeout=30).close()
    bert.tell("For Bert #", times=5)
    person.tell("For Anna #", times=3)
    bell.wait_for_unread(3)
    bell.open()
    bell.wait_for_titles("For Anna 3", "For Anna 2", "For Anna 1")
    bell.run(
        """window.mixtures = 0;
        new MutationObserver(() => {
          const text = bell.shadowRoot.textContent;
          if (text.includes("For Anna") && text.includes("For Bert")) mixtures += 1;
        }).observe(bell.shadowRoot, { subtree: true, childList: true, characterData: true });"""
    )

    elsewhere = bell.tab.open_tab()
    elsewhere.go(f"{person.site.url}/sign-out/")
    bell.wait_for_status("closed")
    bell.wait_for_unread(0)
    assert "For Anna" not in bell.held()
    assert "You are signed out." in bell.held()
    assert bell.run("return bell.client.state.items.length") == 0

    Bell(elsewhere).sign_in(bert).wait_for_unread(5)
    elsewhere.close()
    bell.tab.run(LOOK_AGAIN)
    bell.wait_for_unread(5)
    bell.wait_for("rows().length === 5")
    assert "For Anna" not in bell.held()
    assert bell.tab.run("return mixtures") == 0
    bert.tell("For Bert, later")
    bell.wait_for("row('For Bert, later')")


def test_two_tabs_follow_each_other(person: Person, bell: Bell) -> None:
    other = Bell(bell.tab.open_tab()).visit(person)
    person.tell("One")
    bell.wait_for_unread(1)
    other.wait_for_unread(1)

    other.run("return bell.client.markAllRead().then(() => null)")

    bell.wait_for_unread(0)
    other.wait_for_unread(0)
    other.tab.close()
