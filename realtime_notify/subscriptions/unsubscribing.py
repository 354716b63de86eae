"""Unsubscribing by a link in a message, without signing in.

A link permits one thing: to end the subscriptions that a message was sent for, or to opt one user
out of a type, or of everything, by one medium. It works for as long as the message is kept, and
only ever says no. What it ended can be taken back for an hour, by a text that stands in the page
and in no URL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core import serializers, signing
from django.core.exceptions import ValidationError
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from realtime_notify.exceptions import InvalidMedium
from realtime_notify.models import (
    Medium,
    NotificationType,
    OptOut,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.models.media import EMAIL
from realtime_notify.models.objects import user_pk
from realtime_notify.models.primary import on_primary
from realtime_notify.models.transactions import writing
from realtime_notify.outbox import Message
from realtime_notify.subscriptions import optouts, verbs

UNDO_SECONDS = 60 * 60
SECRET_LENGTH = 32
"""Of those that we make. It tells a subscription that has ended from a link that is incomplete."""
MOST = 20
"""Secrets in one link. A header has lines of at most 998 characters."""

_SECRETS = "~"  # between two of them
_signer = signing.Signer(sep=".", salt="realtime_notify.unsubscribe")
_UNDO = "realtime_notify.undo"


def unsubscribe_url(
    subscriber: Subscription | AbstractBaseUser, key: str | None = None, *, medium: str = EMAIL
) -> str:
    """Return the URL that ends a subscription, or opts a user out of a type by a medium.

    The URL is for the subscriber's eyes only: whoever has it may unsubscribe them. GET shows a
    page and changes nothing; POST unsubscribes, without cookies, as one-click unsubscribing has it
    (RFC 8058).

    Args:
        subscriber: a subscription, which the URL ends; or a user, whose subscriptions stay as they
            are, and with them their inbox.
        key: with a user, the key of the type; None for everything by the medium.
        medium: with a user, the name of the medium.

    Returns:
        A path of this site. A message needs it absolute.
    """
    if isinstance(subscriber, Subscription):
        return _url(subscriber.secret)
    return _url(_signer.sign_object([str(user_pk(subscriber)), key or "", medium]))


def unsubscribe_url_of(message: Message) -> str:
    """Return the URL that ends what a message was sent for.

    A user is opted out of the type of its events by its medium; of everything by its medium if
    there are several types. For somebody without an account, the subscriptions end.

    Returns:
        A path of this site; "" if the recipient cannot refuse it, as it is of required types only,
        or goes to an endpoint.
    """
    if message.user is not None:
        keys = {item.event.type_id for item in message.items if not item.event.type.required}
        if not keys:
            return ""
        key = keys.pop() if len(keys) == 1 else None
        return unsubscribe_url(message.user, key, medium=message.medium)
    secrets = dict.fromkeys(
        item.subscription.secret for item in reversed(message.items) if item.subscription
    )
    return _url(_SECRETS.join([*secrets][:MOST])) if secrets else ""


def _url(token: str) -> str:
    return reverse("realtime_notify:unsubscribe", args=[token])


@dataclass(frozen=True, slots=True)
class EndSubscriptions:
    """What the link in a message to an address permits: to end subscriptions.

    Attributes:
        subscriptions: those of them that there still are.
    """

    subscriptions: Sequence[Subscription]
    is_refused: ClassVar[bool] = False

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to end."""
        return not self.subscriptions

    @property
    def others(self) -> Collection[int]:
        """The primary keys of further subscriptions of the same addresses."""
        emails = {row.email for row in self.subscriptions} - {""}
        rows = Subscription.objects.filter(email__in=emails)
        return rows.exclude(pk__in=[row.pk for row in self.subscriptions]).values_list(
            "pk", flat=True
        )

    def end(self, *, everything: bool = False) -> str:
        """End the subscriptions.

        Args:
            everything: whether to end all other subscriptions of the same address as well.

        Returns:
            What `undo()` takes; "" if nothing was left to end.
        """
        pks = [row.pk for row in self.subscriptions]
        if everything:
            pks += self.others
        with writing(Subscription):
            rows = Subscription.objects.filter(pk__in=pks)
            filters = SubscriptionFilter.objects.filter(subscription__in=pks)
            text = serializers.serialize("json", [*rows, *filters])
            ended = verbs.end(pks)
        return _sealed({"rows": text}) if ended else ""


@dataclass(frozen=True, slots=True)
class OptOutOf:
    """What the link in a message to a user permits: to opt out of a type by a medium.

    Attributes:
        user: the user.
        type: the type; None for everything by the medium.
        medium: the name of the medium.
    """

    user: Any
    type: NotificationType | None
    medium: str

    @property
    def is_refused(self) -> bool:
        """Whether nobody may switch the type off, which may be newer than the link."""
        return self.type is not None and self.type.required

    @property
    def is_over(self) -> bool:
        """Whether the user has opted out already, of this or of more."""
        scope = Q(type=None, type_group=None)
        if self.type is not None:
            scope |= Q(type=self.type)
            if self.type.group_id is not None:
                scope |= Q(type_group=self.type.group_id)
        own = OptOut.objects.filter(scope, user=self.user, target_type=None)
        return own.filter(Q(medium=self.medium) | Q(medium=None)).exists()

    def end(self, *, everything: bool = False) -> str:
        """Opt the user out.

        Args:
            everything: whether to opt out of every type by the medium.

        Returns:
            What `undo()` takes; "" if the user had opted out already.
        """
        key = None if everything or self.type is None else self.type.key
        if optouts.is_opted_out(self.user, key, medium=self.medium):
            return ""
        optouts.opt_out(self.user, key, medium=self.medium)
        return _sealed({"user": str(self.user.pk), "key": key, "medium": self.medium})


def permitted(token: str) -> EndSubscriptions | OptOutOf | None:
    """Return what the link with a token permits.

    Returns:
        None if it is no token of ours, such as one of which the end is missing.
    """
    if "\0" in token:
        return None  # PostgreSQL would refuse to look for it
    return _opt_out(token) if _signer.sep in token else _ending(token)


def undo(text: str) -> bool:
    """Take back what `end()` has done, if it is not longer ago than an hour.

    Returns:
        Whether it was taken back.
    """
    try:
        done = signing.loads(text, salt=_UNDO, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        return False
    if "rows" in done:
        return _restored(done["rows"])
    user = _user(done["user"])
    return user is not None and bool(optouts.opt_in(user, done["key"], medium=done["medium"]))


def _sealed(done: dict[str, Any]) -> str:
    return signing.dumps(done, salt=_UNDO, compress=True)


def _restored(text: str) -> bool:
    """Write rows as they were, and let open browsers hear of their types again."""
    found = list(serializers.deserialize("json", text))
    rows = [one.object for one in found if isinstance(one.object, Subscription)]
    active = [row.pk for row in rows if row.active]
    for row in rows:
        row.active = False
    try:
        with writing(Subscription):
            for one in found:
                one.save(force_insert=True)
            verbs.set_active(active, True)
    except (IntegrityError, DeserializationError):
        return False  # subscribed again, or taken back already; or its type is gone
    return True


def _ending(token: str) -> EndSubscriptions | None:
    secrets = token.split(_SECRETS)
    rows = Subscription.objects.filter(secret__in=secrets).exclude(secret="")
    # The comparison of a database may ignore case.
    found = [
        row
        for row in rows.select_related("type", "target_type").order_by("pk")
        if any(constant_time_compare(row.secret, secret) for secret in secrets)
    ]
    if any(row.group_type_id for row in found):
        return None  # no member ends the subscription of all
    is_complete = all(len(secret) == SECRET_LENGTH for secret in secrets)
    return EndSubscriptions(found) if found or is_complete else None


def _opt_out(token: str) -> OptOutOf | None:
    try:
        pk, key, medium = _signer.unsign_object(token)
    except signing.BadSignature:
        return None
    try:
        Medium.objects.named(medium)
    except InvalidMedium:
        return None  # the project has given it up
    user = _user(pk)
    found = NotificationType.objects.filter(key=key).select_related("group").first()
    if user is None or (key and found is None):
        return None
    return OptOutOf(user, found, medium)


def _user(pk: str) -> Any:
    try:
        return on_primary(get_user_model()._default_manager.filter(pk=pk)).first()
    except (ValueError, ValidationError):
        return None  # the project has changed its user model
