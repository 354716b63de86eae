"""Signatures of requests, as Standard Webhooks defines them.

A request is signed together with its id and its time, so that nobody can send it again later as if
it were new: receivers refuse what is older than some minutes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def headers(secrets: Iterable[str], name: str, moment: int, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request.

    Args:
        secrets: the secrets; during a rotation there are two.
        name: the id of the request, which stays the same when it is sent again.
        moment: the time of the request, in seconds since the epoch.
        body: what is sent.
    """
    signed = b".".join((name.encode(), str(moment).encode(), body))
    return {
        "webhook-id": name,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1,{_sign(secret, signed)}" for secret in secrets),
    }


def _sign(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    """Return the key of a secret; one that is no base64 is itself the key."""
    text = secret.removeprefix(PREFIX)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()
