"""Requests to addresses that people name reach what is public, and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from realtime_notify.media.outgoing import Forbidden, Session, Unreachable, check_url

BYTES_UNTIL_LATE = 1000


@pytest.fixture
def allow(settings: Any) -> Callable[..., None]:
    def allow(*networks: str) -> None:
        settings.REALTIME_NOTIFY = {"ALLOWED_PRIVATE_NETWORKS": networks}

    return allow


def take_request(connection: socket.socket) -> None:
    """Read a whole request: who hangs up on unread bytes resets the connection."""
    with connection.makefile("rb") as file:
        size = 0
        for line in iter(file.readline, b"\r\n"):
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        file.read(size)


@pytest.fixture
def serve() -> Iterator[Callable[[list[bytes]], str]]:
    """Serve answers, one for each connection, and return the URL: serve([b"HTTP/1.1 ..."])."""
    listeners = []

    def serve(answers: list[bytes], pause: float = 0.0) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            for said in answers:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    take_request(connection)
                    for position in range(0, len(said), 1 if pause else len(said)):
                        try:
                            connection.sendall(said[position : position + (1 if pause else 65536)])
                        except OSError:
                            break
                        time.sleep(pause)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serve
    for listener in listeners:
        listener.close()


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://localhost/",
        "https://printer.local/",
        "https://user:secret@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/a b",
        "https://exämple.com/",
        "https:///path",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://example.com/" + "a" * 2000,
        "",
        None,
        7,
    ],
)
def test_a_url_that_leads_inside_is_refused_before_anybody_is_asked(url: object) -> None:
    with pytest.raises(Forbidden):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/push/1?a=b", "https://example.com:8443/", "https://9.9.9.9/"]
)
def test_a_public_https_url_is_fine(url: str) -> None:
    assert check_url(url).geturl() == url


# The odd ways to write an address are names like any other, until the resolver has read them.
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001"])
def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(host: str) -> None:
    with pytest.raises(Forbidden, match="not public"):
        Session().post(f"https://{host}/", b"", {})


def test_a_network_that_is_allowed_is_reached_without_tls(
    allow: Callable[..., None], serve: Callable[..., str], session: Session
) -> None:
    allow("127.0.0.0/8")
    url = serve([b"HTTP/1.1 204 No Content\r\nRetry-After: 3\r\n\r\n"])

    answer = session.post(url, b"{}", {"X-Some": "header"})

    assert (answer.status, answer.headers["retry-after"], answer.body) == (204, "3", b"")


def test_what_is_public_is_not_reached_without_tls(allow: Callable[..., None]) -> None:
    allow("10.0.0.0/8")

    with pytest.raises(Forbidden, match="not public"):
        Session().post("http://9.9.9.9/", b"", {})


def test_a_redirect_is_not_followed(
    allow: Callable[..., None], serve: Callable[..., str], session: Session
) -> None:
    allow("127.0.0.0/8")
    away = b"HTTP/1.1 307 Away\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"

    assert session.post(serve([away]), b"", {}).status == 307


def test_a_connection_that_the_other_side_has_closed_is_opened_again(
    allow: Callable[..., None], serve: Callable[..., str], session: Session
) -> None:
    allow("127.0.0.0/8")
    url = serve([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"] * 2)
    assert session.post(url, b"", {}).body == b"ok"
    time.sleep(0.05)  # the server hangs up after each answer
    assert session.post(url, b"", {}).body == b"ok"


def test_an_answer_that_trickles_is_cut_off(
    allow: Callable[..., None], serve: Callable[..., str], session: Session
) -> None:
    allow("127.0.0.0/8")
    url = serve([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * BYTES_UNTIL_LATE], pause=0.05)
    began = time.monotonic()

    with pytest.raises(Unreachable):
        Session(timeout=0.5).post(url, b"", {})

    assert time.monotonic() - began < 2


def test_an_answer_without_an_end_is_read_no_further_than_needed(
    allow: Callable[..., None], serve: Callable[..., str], session: Session
) -> None:
    allow("127.0.0.0/8")
    url = serve([b"HTTP/1.1 500 Oops\r\n\r\n" + b"x" * 100_000])

    assert len(session.post(url, b"", {}).body) == 4096


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 2"])
def test_what_is_no_answer_in_http_is_none(
    allow: Callable[..., None], serve: Callable[..., str], said: bytes
) -> None:
    allow("127.0.0.0/8")
    url = serve([said or b"\n"])

    with pytest.raises(Unreachable):
        Session(timeout=2).post(url, b"", {})


def test_a_body_that_drips_without_an_end_is_cut(
    serve: Callable[..., str], allow: Callable[..., None]
) -> None:
    allow("127.0.0.0/8")
    head = b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"
    url = serve([head + b"." * BYTES_UNTIL_LATE], pause=0.02)
    session = Session(timeout=3.0)  # a busy machine lets the head drip for a while
    began = time.monotonic()

    session.post(url, b"{}", {})

    assert time.monotonic() - began < BYTES_UNTIL_LATE * 0.02 / 2
