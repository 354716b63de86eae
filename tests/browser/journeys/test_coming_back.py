"""A server that goes away."""

from __future__ import annotations

from tests.browser.journeys.bell import Bell
from tests.browser.people import Person


def test_after_a_restart_of_the_server_the_bell_is_live_again_and_nothing_is_lost(
    person: Person, bell: Bell
) -> None:
    person.tell("Before")
    bell.wait_for_unread(1)
    (server,) = person.site.servers

    server.kill()
    bell.wait_for("bell.dataset.status !== 'open'")
    server.start()
    person.tell("Meanwhile")

    bell.wait_for_status("open")
    bell.wait_for_unread(2)
    bell.open()
    bell.wait_for_titles("Meanwhile", "Before")


def test_a_panel_that_could_not_be_loaded_is_loaded_at_the_next_try(
    person: Person, bell: Bell
) -> None:
    """Engines remember for good that a module could not be loaded from a URL."""
    (server,) = person.site.servers
    server.kill()
    bell.wait_for("bell.dataset.status !== 'open'")
    bell.point(".trigger")
    bell.run(
        "import(bell.getAttribute('panel-url')).catch(() => { bell.dataset.failed = 'failed'; });"
    )
    bell.wait_for("bell.dataset.failed")

    server.start()
    bell.wait_for_status("open")

    bell.open()
