"""The browsers that somebody has registered for pushes: add, list, remove, and sign out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.db import IntegrityError
from django.utils.crypto import constant_time_compare

from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.media.outgoing import Forbidden, check_url
from realtime_notify.media.webpush import vapid
from realtime_notify.models import PushSubscription
from realtime_notify.models.push_subscriptions import digest_of
from realtime_notify.models.transactions import retried, writing

POINT_BYTES, AUTH_BYTES = 65, 16
MAX_USER_AGENT = 255
MAX_MILLISECONDS = 253_402_300_799_000  # the end of the year 9999
TRIES = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """What a browser says of its subscription, checked.

    Attributes:
        endpoint: the URL at its push service.
        p256dh: its public key, in base64url.
        auth: its secret, in base64url.
        expires_at: when it ends; None if the push service does not say.
    """

    endpoint: str
    p256dh: str
    auth: str
    expires_at: datetime | None = None


class Browser(TypedDict):
    """A registered browser, as its owner sees it.

    Attributes:
        id: the primary key.
        digest: the SHA-256 of its endpoint, by which the browser finds itself in a list.
        user_agent: what it calls itself.
        created: when it was registered, in ISO 8601.
        last_used: on which day it last got a message, in ISO 8601; None if it never did.
    """

    id: int
    digest: str
    user_agent: str
    created: str
    last_used: str | None


def checked(given: dict[str, Any]) -> Offer:
    """Check what `PushSubscription.toJSON()` gives in a browser.

    Raises:
        InvalidRequest: it is no subscription, or leads to an address that is not public.
    """
    endpoint, keys, expires = given.get("endpoint"), given.get("keys"), given.get("expirationTime")
    try:
        check_url(endpoint)
    except Forbidden as error:
        raise InvalidRequest(f'"endpoint" cannot be a push service: {error}.') from None
    keys = keys if isinstance(keys, dict) else {}
    point = _key(keys, "p256dh", POINT_BYTES)
    auth = _key(keys, "auth", AUTH_BYTES)
    _check_point(point)
    return Offer(str(endpoint), vapid.encoded(point), vapid.encoded(auth), _moment(expires))


def register(user: Any, offer: Offer, user_agent: str = "") -> Browser:
    """Let a browser get the pushes of a user, and nobody else's any more.

    Args:
        user: the user's primary key.
        offer: what the browser says.
        user_agent: what the browser calls itself.

    Raises:
        NotAllowed: the endpoint is another user's, and whoever asks does not hold its keys.
    """
    return retried(
        lambda: _register(user, offer, user_agent),
        "The registration of a browser",
        tries=TRIES,
        errors=(IntegrityError,),  # the same browser, in two tabs
    )


def listed(user: Any) -> list[Browser]:
    """Return the browsers of a user, by primary key, the newest first."""
    return [_shown(row) for row in PushSubscription.objects.filter(user=user).order_by("-pk")]


def remove(user: Any, pk: int) -> bool:
    """Remove a browser of a user; False if it is not theirs."""
    return bool(PushSubscription.objects.filter(user=user, pk=pk).delete()[0])


def sign_out(digest: str, but: Any = None) -> None:
    """Remove the browser with this digest, unless it belongs to a user.

    Args:
        digest: the digest of its endpoint.
        but: the primary key of a user who may keep it; None for nobody.
    """
    rows = PushSubscription.objects.filter(endpoint_digest=digest)
    (rows if but is None else rows.exclude(user=but)).delete()


def _register(user: Any, offer: Offer, user_agent: str) -> Browser:
    digest = digest_of(offer.endpoint)
    with writing(PushSubscription):
        row = PushSubscription.objects.select_for_update().filter(endpoint_digest=digest).first()
        if row is None:
            row = PushSubscription(endpoint=offer.endpoint, endpoint_digest=digest)
        elif row.user_id != user and not constant_time_compare(row.auth, offer.auth):
            raise NotAllowed("This browser is registered by somebody else.")
        row.user_id = user
        row.p256dh, row.auth, row.expires_at = offer.p256dh, offer.auth, offer.expires_at
        row.user_agent = user_agent[:MAX_USER_AGENT]
        row.save()
        _make_room(user, row.pk)
    return _shown(row)


def _make_room(user: Any, but: int) -> None:
    """Remove the browsers above the limit: those not used or registered for the longest time."""
    rows = PushSubscription.objects.filter(user=user).exclude(pk=but)
    others = rows.values_list("pk", "modified", "last_used")
    newest_first = sorted(others, key=lambda row: max(filter(None, row[1:])), reverse=True)
    surplus = [pk for pk, *_ in newest_first[settings.MAX_PUSH_SUBSCRIPTIONS_PER_USER - 1 :]]
    if surplus:
        PushSubscription.objects.filter(pk__in=surplus).delete()


def _shown(row: PushSubscription) -> Browser:
    return {
        "id": row.pk,
        "digest": row.endpoint_digest,
        "user_agent": row.user_agent,
        "created": row.created.isoformat(),
        "last_used": row.last_used.isoformat() if row.last_used else None,
    }


def _key(keys: dict[str, Any], name: str, size: int) -> bytes:
    value = keys.get(name)
    try:
        raw = vapid.decoded(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise InvalidRequest(f'"keys"."{name}" must be {size} bytes in base64url.')
    return raw


def _check_point(point: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise InvalidRequest('"keys"."p256dh" is no point of the curve P-256.') from None


def _moment(value: object) -> datetime | None:
    """Return a moment that a browser gives in milliseconds."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest('"expirationTime" must be a number of milliseconds, or null.')
    if not 0 <= value <= MAX_MILLISECONDS:
        raise InvalidRequest('"expirationTime" is no moment of our calendar.')
    return datetime.fromtimestamp(value / 1000, UTC)
