"""VAPID (RFC 8292): the key by which push services know this site, and its signature."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from realtime_notify.conf import settings

if TYPE_CHECKING:
    from py_vapid import Vapid02

LIFETIME = 12 * 60 * 60
"""Seconds for which a signature is good; push services take no more than a day."""
KEY_BYTES = 32
INSTALL = "Run: pip install 'realtime-notify[webpush]'."

_SUBJECT = re.compile(r"mailto:[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+|https://[^\s/]+\.[^\s]+")


@cache
def is_installed() -> bool:
    """Tell whether the packages of the extra `webpush` are there."""
    return find_spec("pywebpush") is not None and find_spec("py_vapid") is not None


def generate() -> str:
    """Return a new private key, as `VAPID_PRIVATE_KEY` holds it."""
    from py_vapid import Vapid02

    vapid = Vapid02()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value
    return encoded(number.to_bytes(KEY_BYTES, "big"))


def public_key() -> str:
    """Return the public half of `VAPID_PRIVATE_KEY`, as browsers take it.

    Raises:
        ValueError: the setting is no key.
    """
    return _public_key(settings.VAPID_PRIVATE_KEY)


def authorization(origin: str) -> str:
    """Return the header `Authorization` of a message.

    Args:
        origin: the push service, such as "https://fcm.googleapis.com".
    """
    expires = int(time.time()) + LIFETIME
    claims = {"aud": origin, "exp": expires, "sub": settings.VAPID_SUBJECT}
    signed: dict[str, str] = _loaded(settings.VAPID_PRIVATE_KEY).sign(claims)
    return signed["Authorization"]


def problem_of_key(key: str) -> str:
    """Return why a text is no private key, as the end of a sentence; "" if it is one."""
    try:
        _loaded(key)
    except ValueError as error:
        return str(error)
    return ""


def is_subject(text: str) -> bool:
    """Tell whether push services can reach somebody there: "mailto:..." or "https://..."."""
    return _SUBJECT.fullmatch(text) is not None


def encoded(raw: bytes) -> str:
    """Return bytes as base64url without padding, the form of all keys in Web Push."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes that base64url stands for, with or without padding.

    Raises:
        ValueError: it is no base64url.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]*=*", text):
        raise ValueError("is not written in base64url")
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


@lru_cache(maxsize=2)
def _loaded(key: str) -> Vapid02:
    from py_vapid import Vapid02

    raw = decoded(key)
    if len(raw) != KEY_BYTES:
        raise ValueError(f"has {len(raw)} bytes instead of {KEY_BYTES}")
    try:
        return Vapid02.from_raw(key.rstrip("=").encode())
    except Exception:
        raise ValueError("is not a number on the curve P-256") from None


@lru_cache(maxsize=2)
def _public_key(key: str) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _loaded(key).public_key
    return encoded(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
