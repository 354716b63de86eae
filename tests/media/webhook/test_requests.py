"""Requests reach public servers and nothing else, and end."""

from __future__ import annotations

import socket
import time

import pytest

from realtime_notify.media.webhook import requests
from realtime_notify.media.webhook.requests import ForbiddenAddress, is_allowed, post


@pytest.fixture
def only_public(settings):
    settings.REALTIME_NOTIFY = {}


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0"),
        *("fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    ],
)
def test_an_address_that_is_not_public_is_refused(only_public, address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_allowed(only_public, address):
    assert is_allowed(address)


def test_one_of_your_own_networks_is_allowed(settings):
    settings.REALTIME_NOTIFY = {"WEBHOOK_NETWORKS": ["10.1.0.0/16"]}

    assert is_allowed("10.1.2.3")
    assert not is_allowed("10.2.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1"])
def test_no_way_of_writing_this_machine_reaches_it(receiver, settings, host):
    port = receiver.url.split(":")[2].split("/")[0]
    settings.REALTIME_NOTIFY = {}

    with pytest.raises(OSError):
        post(f"http://{host}:{port}/", b"{}", {})

    assert receiver.requests == []


def test_the_error_names_the_address_and_the_setting(only_public):
    with pytest.raises(ForbiddenAddress, match=r"localhost is .*127\.0\.0\.1.*WEBHOOK_NETWORKS"):
        post("http://localhost:1/", b"{}", {})


def test_a_redirect_is_not_followed(receiver):
    receiver.statuses = [302]
    receiver.headers = {"Location": "http://169.254.169.254/"}

    assert post(receiver.url, b"{}", {}).status == 302
    assert len(receiver.requests) == 1


def test_the_beginning_of_a_long_answer_is_kept(receiver):
    receiver.answer = b"x" * 1_000_000

    assert post(receiver.url, b"{}", {}).text == "x" * 1000


def test_an_answer_that_drips_is_cut(receiver, monkeypatch):
    monkeypatch.setattr(requests, "WHOLE_TIMEOUT", 0.5)
    receiver.drip = 0.05
    began = time.monotonic()

    post(receiver.url, b"{}", {})

    assert time.monotonic() - began < 5


def test_a_server_that_is_silent_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(requests, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(TimeoutError):
        post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", b"{}", {})
