"""Where clients come from, and how many connections each address may have."""

from __future__ import annotations

import pytest

from realtime_notify import journal
from realtime_notify.live import addresses
from realtime_notify.live.addresses import client_of


def scope(client, *forwarded):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"client": (client, 50000) if client else None, "headers": headers}


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("198.51.99.7", "198.51.99.7"),
        ("::ffff:198.51.99.7", "198.51.99.7"),
        ("2a01:4f8:1:2:3:4:5:6", "2a01:4f8:1:2::/64"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("not an address", None),
        (None, None),
    ],
)
def test_without_proxies_the_public_address_of_the_peer_counts(client, address):
    assert client_of(scope(client, "1.1.1.1")) == address


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.1", ["8.8.8.8"], "8.8.8.8"),
        ("10.0.0.1", ["6.6.6.6, 8.8.8.8"], "8.8.8.8"),
        ("10.0.0.1", ["6.6.6.6", "8.8.8.8, 10.0.0.2"], "8.8.8.8"),
        ("10.0.0.1", ["8.8.8.8:1234"], "8.8.8.8"),
        ("10.0.0.1", ["[2a01:4f8:1:2::9]:1234"], "2a01:4f8:1:2::/64"),
        ("10.0.0.1", ["10.0.0.7, 10.0.0.2"], None),
        ("10.0.0.1", ["8.8.8.8, unknown"], None),
        ("10.0.0.1", [], None),
        (None, ["8.8.8.8"], "8.8.8.8"),
        ("9.9.9.9", ["8.8.8.8"], "9.9.9.9"),
        ("192.168.1.4", ["8.8.8.8"], "192.168.1.4"),
    ],
)
def test_what_trusted_proxies_say_is_believed_and_nothing_that_stands_before_it(
    tune, client, forwarded, address
):
    tune(TRUSTED_PROXIES=["10.0.0.0/8"])

    assert client_of(scope(client, *forwarded)) == address


async def test_an_address_may_have_only_so_many_connections(browse, alice, bob, tune, caplog):
    tune(MAX_CONNECTIONS_PER_ADDRESS=2, MAX_CONNECTIONS_PER_USER=2, TRUSTED_PROXIES=["10.0.0.0/8"])
    here = {"x-forwarded-for": "8.8.8.8"}
    kept = [await browse(alice, **here), await browse(bob, **here)]

    refused = await browse(bob, greet=False, **here)

    assert await refused.closed() == 4009
    assert refused.bye["reason"] == "too many connections from this address"
    assert refused.bye["retry"] == [30, 120]
    await browse(bob, **{"x-forwarded-for": "9.9.9.9"})
    await kept[0].disconnect()
    await browse(alice, **here)


async def test_the_log_names_an_address_that_has_too_many_connections_once_a_minute(
    tune, caplog, monkeypatch
):
    now = 1000.0
    monkeypatch.setattr(addresses._refused, "_logged", 0.0)
    monkeypatch.setattr(journal, "monotonic", lambda: now)
    tune(MAX_CONNECTIONS_PER_ADDRESS=1, MAX_CONNECTIONS_PER_USER=1)

    with addresses.connected("8.8.8.8"):
        for _ in range(3):
            assert not addresses.has_room("8.8.8.8")
        now += 61
        assert not addresses.has_room("8.8.8.8")

    first, second = caplog.messages
    assert first.startswith("Refused a WebSocket from 8.8.8.8: it has MAX_CONNECTIONS_PER_ADDRESS")
    assert "TRUSTED_PROXIES" in first
    assert second.endswith("(2 more since the last line.)")
    assert addresses.has_room("8.8.8.8")


def test_no_limit_lets_everybody_in(tune):
    tune(MAX_CONNECTIONS_PER_ADDRESS=0)

    with addresses.connected("8.8.8.8"):
        assert addresses.has_room("8.8.8.8")
