"""Where clients come from: their addresses, and how many connections each of them has."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from realtime_notify.conf import settings
from realtime_notify.journal import Throttled
from realtime_notify.live.asgi import Scope
from realtime_notify.wire.counters import counters

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address

CUSTOMER = 64  # the bits of IPv6 that a provider gives one customer, who may use all the others


def client_of(scope: Scope) -> str | None:
    """Return the address that a socket comes from, or its network of IPv6.

    It is the address that the server tells, unless that is one of `TRUSTED_PROXIES`: then the last
    one in ``X-Forwarded-For`` that is none of them.

    Returns:
        None if it says nothing about the client: it is missing, or it is that of a proxy. An
        address that is not public counts as a proxy's, unless proxies are named.
    """
    peer = scope.get("client")
    address = _parse(peer[0]) if peer else None
    if not settings.TRUSTED_PROXIES:
        return _named(address) if address is not None and address.is_global else None
    # A peer without an address is at the other end of a Unix socket.
    if address is None or _is_trusted(address):
        address = _forwarded(scope)
    return None if address is None else _named(address)


def has_room(address: str | None) -> bool:
    """Tell whether one more connection may come from an address, and warn if not."""
    most = settings.MAX_CONNECTIONS_PER_ADDRESS
    if address is None or not most or _connected[address] < most:
        return True
    counters.limited["MAX_CONNECTIONS_PER_ADDRESS"] += 1
    _refused.warn(address, most)
    return False


class connected:  # noqa: N801 - a context; a class, as a suspended generator takes 300 bytes more
    """Counts a connection from an address for as long as it lasts."""

    __slots__ = ("_address",)

    def __init__(self, address: str | None) -> None:
        self._address = address

    def __enter__(self) -> None:
        if self._address is not None:
            _connected[self._address] += 1

    def __exit__(self, *error: object) -> None:
        if self._address is not None:
            _connected[self._address] -= 1
            if not _connected[self._address]:
                del _connected[self._address]


_connected: Counter[str] = Counter()
_refused = Throttled(
    logger,
    "Refused a WebSocket from %s: it has MAX_CONNECTIONS_PER_ADDRESS (%d) to this process. "
    "If it is a proxy of yours, add it to REALTIME_NOTIFY['TRUSTED_PROXIES'].",
)


def _forwarded(scope: Scope) -> Address | None:
    """Return the last address in ``X-Forwarded-For`` that is not trusted.

    What stands before it may be forged. If all are trusted, the first may be a proxy as well, such
    as a load balancer, and to count it would be to count the whole site.
    """
    values = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
    for text in reversed(b",".join(values).decode("latin1").split(",")):
        address = _parse(text.strip())
        if address is None or not _is_trusted(address):
            return address
    return None


def _parse(text: str) -> Address | None:
    """Read an address, with or without a port."""
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return mapped or address
    return None


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=1)
def _networks(names: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(name) for name in names]


def _named(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, CUSTOMER), strict=False))
    return str(address)
