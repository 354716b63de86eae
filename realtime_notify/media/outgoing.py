"""Requests to addresses that people name: endpoints of webhooks, and push services of browsers.

Whoever names a URL has this server send a request, and could have it knock at doors that only this
server can reach. So a request goes to public addresses alone, and to those of the setting
`ALLOWED_PRIVATE_NETWORKS`. What counts is the address that is connected to, which is looked at
when it is: a name may lead elsewhere a moment later. No redirect is followed, and no proxy is
asked, which would connect on its own.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from select import select
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from realtime_notify.conf import settings

TIMEOUT = 10.0
"""Seconds that a request may take, from the look-up of the name to the end of the answer."""
MAX_ANSWER = 4096
"""Bytes of an answer that are read; what is longer costs the connection."""
MAX_URL = 2000
MAX_ADDRESSES = 4
"""Addresses of one name that are tried, within the time of one request."""
PORTS = {"http": 80, "https": 443}

_NAT64 = IPv6Network("64:ff9b::/96")  # stands for an address of IPv4, in its last four bytes

Address = IPv4Address | IPv6Address


class Forbidden(Exception):
    """No request may be sent to this URL. The message says why."""


class Unreachable(Exception):
    """There was no answer: no connection, none in time, or none in HTTP."""


class Answer(NamedTuple):
    """The answer to a request.

    Attributes:
        status: the HTTP status.
        headers: the headers; their names ignore case.
        body: the first bytes of the body.
    """

    status: int
    headers: Message
    body: bytes


def check_url(url: object) -> SplitResult:
    """Check a URL without asking anybody about its name.

    Args:
        url: what somebody claims to be a URL.

    Returns:
        Its parts.

    Raises:
        Forbidden: it is no https URL, or names an address that is not public.
    """
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise Forbidden("it is no URL")
    if len(url) > MAX_URL:
        raise Forbidden(f"it has more than {MAX_URL} characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Forbidden("it is no URL") from None
    if parts.scheme not in PORTS or not host or port == 0 or "@" in parts.netloc or "\\" in url:
        raise Forbidden("it is not of the form https://host/path")
    try:
        address = ip_address(host)
    except ValueError:
        is_here = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        is_fine = not is_here or bool(settings.ALLOWED_PRIVATE_NETWORKS)
    else:
        is_fine = _may_reach(address)
    if not is_fine:
        raise Forbidden(f"{host} is not public")
    if parts.scheme == "http" and not settings.ALLOWED_PRIVATE_NETWORKS:
        raise Forbidden("it does not begin with https")
    return parts


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a URL, as browsers write its origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Session:
    """Sends requests one after the other, and keeps the connections open for the next ones."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._connections: dict[tuple[str, str, int], _Connection] = {}

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a POST request.

        Args:
            url: where to.
            body: the body.
            headers: the headers besides `Host` and `Content-Length`.

        Raises:
            Forbidden: the URL leads to an address that is not public.
            Unreachable: there was no answer in time.
        """
        parts = check_url(url)
        key = (parts.scheme, str(parts.hostname), parts.port or PORTS[parts.scheme])
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connections.pop(key, None)
        if connection is None or _is_over(connection):
            connection = _CONNECTIONS[parts.scheme](key[1], key[2], timeout=self._timeout)
        # A limit of a whole request: that of a socket begins anew with each byte that comes.
        alarm = Timer(self._timeout, _cut, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.msg, response.read(MAX_ANSWER))
            is_reusable = response.isclosed() and not response.will_close
            response.close()
        except (OSError, HTTPException, ValueError, AttributeError) as error:
            # The last two: the alarm has cut the connection in the middle of a call.
            connection.close()
            raise Unreachable(f"{key[1]}: {str(error) or type(error).__name__}") from error
        except BaseException:
            connection.close()
            raise
        finally:
            alarm.cancel()
        if is_reusable:
            self._connections[key] = connection
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close the connections that are open."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()


class _Connection(HTTPConnection):
    """A connection to an address that may be reached.

    Attributes:
        opened: its socket, which `sock` forgets as soon as the last answer begins.
    """

    opened: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self.opened = _open(self.host, self.port, self.timeout, is_secure=False)


class _SecureConnection(_Connection):
    default_port = PORTS["https"]

    def connect(self) -> None:
        self.sock = self.opened = _open(self.host, self.port, self.timeout, is_secure=True)
        self.sock = self.opened = _tls().wrap_socket(self.sock, server_hostname=self.host)


_CONNECTIONS = {"http": _Connection, "https": _SecureConnection}


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _open(host: str, port: int, timeout: Any, *, is_secure: bool) -> socket.socket:
    """Connect to the first address of a name that may be reached, and that answers."""
    failure: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [one for one in found if _may_reach(ip_address(one[4][0]), is_secure=is_secure)]
    if not allowed:
        raise Forbidden(f"{host} is not public")
    for family, kind, protocol, _name, address in allowed[:MAX_ADDRESSES]:
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(timeout / min(len(allowed), MAX_ADDRESSES))
        try:
            sock.connect(address)
        except OSError as error:
            failure = error
            sock.close()
        else:
            sock.settimeout(timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise failure or OSError(f"{host} has no address")


def _may_reach(address: Address, *, is_secure: bool = True) -> bool:
    """Tell whether a request may go to an address; one without TLS stays in allowed networks."""
    address = _meant(address)
    if any(address in network for network in _networks(tuple(settings.ALLOWED_PRIVATE_NETWORKS))):
        return True
    return is_secure and address.is_global and not address.is_multicast


def _meant(address: Address) -> Address:
    """Return the address of IPv4 that one of IPv6 stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


@lru_cache(maxsize=1)
def _networks(names: tuple[str, ...]) -> list[Any]:
    return [ip_network(name) for name in names]


def _is_over(connection: HTTPConnection) -> bool:
    """Tell whether the other side has closed a connection that nobody uses, and tidy up."""
    try:
        over = connection.sock is None or bool(select([connection.sock], [], [], 0)[0])
    except (OSError, ValueError):
        over = True
    if over:
        connection.close()
    return over


def _cut(connection: _Connection) -> None:
    """End a connection that another thread waits for."""
    if (sock := connection.opened) is not None:
        with suppress(OSError):  # it has just ended
            sock.shutdown(socket.SHUT_RDWR)
