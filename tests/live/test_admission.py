"""Who may open a socket, and for how long."""

from __future__ import annotations

import pytest

from realtime_notify.journal import LOG_EVERY
from realtime_notify.live import admission
from tests.sockets import in_db


async def test_commands_before_hello_are_refused(browse, alice):
    browser = await browse(alice, greet=False)

    assert (await browser.ask(read={"upto": 1}))["error"]["code"] == "not_ready"
    assert (await browser.hello())["reset"] is True


async def test_a_client_that_says_no_hello_in_time_is_closed(browse, alice, tune):
    tune(HELLO_TIMEOUT=0.05)

    browser = await browse(alice, greet=False)

    assert await browser.closed() == 4008


async def test_without_a_session_the_socket_opens_and_says_why_it_closes(browse):
    browser = await browse(greet=False)

    code, bye = await browser.refused(), browser.bye

    assert code == 4501
    assert bye == {"code": 4501, "reason": "sign in first"}


@pytest.mark.parametrize("cookie", ["sessionid=nonsense", "sessionid=", "other=1", "\x7f;;=;"])
async def test_an_invalid_session_cookie_is_not_signed_in(browse, cookie):
    browser = await browse(greet=False, cookie=cookie)

    assert await browser.refused() == 4501


async def test_a_deactivated_user_may_not_connect(browse, alice):
    browser = await browse(alice)
    await browser.disconnect()
    alice.is_active = False
    await in_db(alice.save)

    browser = await browse(alice, greet=False)

    assert await browser.refused() == 4501


async def test_another_site_may_not_connect_and_the_log_says_once_what_to_set(
    browse, alice, caplog, monkeypatch
):
    monkeypatch.setattr(admission._refused_origin, "_logged", -LOG_EVERY)
    browser = await browse(alice, greet=False, origin="https://evil.example")

    code, bye = await browser.closed(), browser.bye

    assert (code, bye["code"]) == (4503, 4503)
    assert "ALLOWED_ORIGINS" in bye["reason"]
    assert "from the origin 'https://evil.example' to the host 'testserver'" in caplog.text
    assert "ALLOWED_ORIGINS" in caplog.text
    await browse(alice, greet=False, origin="https://evil.example")
    assert caplog.text.count("Refused a WebSocket") == 1


async def test_a_user_may_have_only_so_many_connections(browse, alice, bob, tune):
    tune(MAX_CONNECTIONS_PER_USER=2)
    kept = [await browse(alice), await browse(alice)]

    late = await browse(alice, greet=False)

    assert await late.refused() == 4009
    assert late.bye["retry"] == [30, 120]  # it comes back when others may have gone
    await kept[0].disconnect()
    await browse(alice)
    await browse(bob)
