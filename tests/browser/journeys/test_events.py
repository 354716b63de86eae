"""What a page hears of its bells, however they came into it."""

from __future__ import annotations

from tests.browser.journeys.bell import Bell
from tests.browser.people import Person


def test_each_event_is_heard_once_from_a_bell_of_the_page_its_clone_and_none_from_one_removed(
    person: Person, bell: Bell
) -> None:
    person.tell("To the first")
    bell.wait_for_unread(1)
    assert sorted(bell.watched()["events"]) == [["received", True], ["unread-change", True]]

    bell.run(
        """watched.events.length = 0;
        window.late = [];
        for (const name of ["notify-received", "notify-unread-change", "notify-open"])
          bell.addEventListener(name, () => late.push(name));
        bell.replaceWith(bell.cloneNode(true));"""
    )
    bell.wait_for_status("open")
    person.tell("To its clone")
    bell.wait_for_unread(2)
    bell.wait_for("watched.events.some(([name]) => name === 'received')")

    assert [name for name, _ in bell.watched()["events"]].count("received") == 1
    assert bell.tab.run("return late") == []


def test_a_clone_of_an_open_bell_is_closed_and_marks_nothing_as_seen(
    person: Person, bell: Bell
) -> None:
    bell.open()

    bell.run("bell.replaceWith(bell.cloneNode(true))")
    bell.wait_for_status("open")
    person.tell("Unseen")
    bell.wait_for_unread(1)

    assert bell.run("return [bell.open, bell.hasAttribute('data-open')]") == [False, False]
    # It would be marked half a second later.
    bell.run("return new Promise((resolve) => setTimeout(resolve, 700))")
    assert bell.run("return bell.client.state.unseen") == 1


def test_two_bells_on_a_page_share_a_connection_and_speak_once(person: Person, bell: Bell) -> None:
    bell.visit(person, "/journey/?bells=2")
    bell.tab.run(
        """window.bells = [...document.querySelectorAll("notify-bell")];
        window.spoken = [];
        for (const { shadowRoot } of bells) {
          // The region comes with the panel, which is loaded to speak.
          new MutationObserver(() => {
            const text = shadowRoot.querySelector(".sr[role=status]")?.textContent;
            if (text) spoken.push(text);
          }).observe(shadowRoot, { subtree: true, childList: true });
        }"""
    )
    bell.wait_for("bell.client.state.speaks")

    person.tell("Deploy finished")

    bell.tab.wait_for("bells.every(({ dataset }) => dataset.unread === '1')")
    bell.tab.wait_for("spoken.length > 0")
    assert bell.tab.run("return bells[0].client === bells[1].client")
    assert bell.tab.run("return spoken") == ["New notification: Deploy finished"]
    assert [name for name, _ in bell.watched()["events"]].count("received") == 1
