"""The raw writers over TLS, where the transport is another, on servers that ping."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conformance.peer import Opcode, Peer, close, close_code, ping, text
from tests.conformance.servers import RAW, SERVERS, Certificate, Server


def make_certificate(directory: Path) -> Certificate:
    """Make a certificate of localhost that is signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secured(certificate: Certificate) -> Iterator[Callable[[str], Server]]:
    """Give the server of a name with TLS, which is started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        started: dict[str, Server] = {}

        def get(name: str) -> Server:
            if name not in started:
                started[name] = stack.enter_context(SERVERS[name](certificate, pings=True))
            return started[name]

        yield get


@pytest.fixture(params=RAW)
def connect(
    request: pytest.FixtureRequest, secured: Callable[[str], Server], certificate: Certificate
) -> Iterator[Callable[..., Peer]]:
    server = secured(request.param)
    tls = ssl.create_default_context(cafile=str(certificate.path))
    with contextlib.ExitStack() as stack:
        open_peer = partial(Peer, server.port, tls=tls)
        yield lambda path: stack.enter_context(open_peer(path))


@pytest.mark.parametrize("size", [125, 126, 65535, 65536, 1 << 20])
def test_a_message_comes_back_as_it_was(size, connect):
    peer = connect("/split")

    peer.write(text("x" * size))

    assert peer.read_text() == "x" * size


def test_frames_pongs_and_what_asgi_sends_keep_their_order(connect):
    peer = connect("/alternate")

    peer.write(text("3000"), ping(b"?"))
    got = [peer.read() for _ in range(3001)]

    assert [one.payload for one in got if one.opcode is Opcode.PONG] == [b"?"]
    numbers = [one.payload for one in got if one.opcode is not Opcode.PONG]
    assert numbers == [str(number).encode() for number in range(3000)]


def test_ten_thousand_small_frames_come_in_order(connect):
    peer = connect("/burst")

    peer.write(text("10000"))

    assert peer.read_texts(10_000) == [str(number) for number in range(10_000)]


def test_nothing_is_written_after_the_close_of_the_client(connect):
    peer = connect("/persist")
    peer.write(text("0 0"))
    peer.read_texts(500)

    peer.write(close(1000))
    *_, last = peer.read_to_end()

    assert last.opcode is Opcode.CLOSE
    assert close_code(last) == 1000


def test_the_pings_of_a_server_come_between_frames_and_not_within_them(connect):
    peer = connect("/persist")
    peer.write(text("0.001 0"))

    numbers = []
    while not peer.pings:
        numbers.append(int(peer.read_text()))
    numbers += map(int, peer.read_texts(20))

    assert numbers == list(range(len(numbers)))
