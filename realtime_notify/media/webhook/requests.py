"""POST requests to addresses that somebody typed into a form.

Whoever may add an endpoint must not reach what only this server can reach: the database's port, the
metadata of a cloud, an admin page in the private network. A request therefore looks the host up
once, refuses addresses that are not public, and connects to the address it has checked, so that a
second answer of the name server changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import closing, suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from realtime_notify.conf import settings
from realtime_notify.models.attempts import MAX_ANSWER

TIMEOUT = 5.0  # seconds for a step: connecting, or the next bytes of the answer
WHOLE_TIMEOUT = 15.0  # seconds for everything: a drop now and then is no answer


class ForbiddenAddress(OSError):
    """A host has no address that requests may go to."""


class Answer(NamedTuple):
    """The answer to a request.

    Attributes:
        status: the HTTP status.
        text: the beginning of the body.
    """

    status: int
    text: str


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a POST request.

    Args:
        url: an http or https URL.
        body: the body, as JSON.
        headers: further headers.

    Raises:
        ForbiddenAddress: the host has private addresses only, and WEBHOOK_NETWORKS has none of
            them.
        OSError, HTTPException, ValueError: there was no answer.
    """
    parts = urlsplit(url)
    kind = _SecureConnection if parts.scheme == "https" else _Connection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(kind(parts.hostname or "", parts.port, timeout=TIMEOUT)) as connection:
        alarm = threading.Timer(WHOLE_TIMEOUT, _cut, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            connection.request(
                "POST",
                path,
                body,
                {
                    "Content-Type": "application/json",
                    "User-Agent": "realtime-notify",
                    "Connection": "close",
                    **headers,
                },
            )
            response = connection.getresponse()
            return Answer(response.status, _beginning(response.read(MAX_ANSWER * 4)))
        finally:
            alarm.cancel()


class _Connection(http.client.HTTPConnection):
    """A connection to an address that is checked.

    Attributes:
        opened: its socket, which `sock` forgets once an answer has begun.
    """

    opened: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first address that answers and that requests may go to."""
        self.sock = self.opened = _open(self.host, self.port, self.timeout)


class _SecureConnection(_Connection):
    """The same with TLS; the certificate must be the host's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Connect, and shake hands with the host by its name."""
        super().connect()
        self.sock = self.opened = _tls().wrap_socket(self.sock, server_hostname=self.host)


@cache
def _tls() -> ssl.SSLContext:
    """Return the rules of TLS; reading the certificates of authorities takes a while."""
    return ssl.create_default_context()


def _open(host: str, port: int, timeout: float | None) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [info for info in found if is_allowed(str(info[4][0]))]
    if not allowed:
        addresses = ", ".join(sorted({str(info[4][0]) for info in found}))
        raise ForbiddenAddress(
            f"{host} is {addresses}, which is no public address. If it is one of your own "
            "servers, add its network to WEBHOOK_NETWORKS."
        )
    error: OSError | None = None
    for family, kind, protocol, _, address in allowed:
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(timeout)
            opened.connect(address)
        except OSError as failed:
            opened.close()
            error = failed
        else:
            return opened
    raise error or OSError(f"{host} has no address.")


def is_allowed(address: str) -> bool:
    """Return whether requests may go to an IP address: a public one, or one of your networks."""
    parsed = ip_address(address.partition("%")[0])
    embedded = _embedded(parsed)
    if any(parsed in ip_network(network) for network in settings.WEBHOOK_NETWORKS):
        return True
    return all(each.is_global and not each.is_multicast for each in (parsed, *embedded))


def _embedded(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]


_NAT64 = ip_network("64:ff9b::/96")  # https://www.rfc-editor.org/rfc/rfc6052


def _cut(connection: _Connection) -> None:
    """End a request that takes too long; whoever waits for its answer gets no more of it."""
    if connection.opened is not None:
        with suppress(OSError):  # it has ended by itself
            connection.opened.shutdown(socket.SHUT_RDWR)


def _beginning(body: bytes) -> str:
    return body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")[:MAX_ANSWER]
