"""Claiming: the subscriptions of an address become those of the user who has shown it is theirs."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from realtime_notify.audience.subscribers import Subscriber, digest, model_label
from realtime_notify.models import Subscription
from realtime_notify.models.transactions import writing
from realtime_notify.subscriptions import verbs


def claim(user: AbstractBaseUser, address: str = "") -> int:
    """Transfer the subscriptions of an e-mail address to a user.

    Call it when you know that the address is the user's, such as when they have confirmed it.
    Nothing calls it by itself: Django stores any address that somebody signs up with, and whoever
    claimed with another's would take their subscriptions.

    A subscription that the user already has ends instead.

    Args:
        user: a saved user.
        address: the e-mail address, in any case; "" for that of the user.

    Returns:
        How many subscriptions were transferred.

    Raises:
        InvalidRecipient: this is no saved user.
    """
    who = Subscriber.of(user)
    claimed = 0
    with writing(Subscription):
        email = (address or str(getattr(user, user.get_email_field_name(), "") or "")).lower()
        found = Subscription.objects.filter(email=email).exclude(email="")
        for row in found.prefetch_related("filters").select_for_update():
            values = {filter_row.name: filter_row.value for filter_row in row.filters.all()}
            target = (model_label(row.target_type), row.target_id)
            identity = digest(who.label(), row.type_id, *target, values)
            if Subscription.objects.filter(identity=identity).exists():
                row.delete()
                continue
            row.user_id, row.email, row.identity = who.user_id, "", identity
            row.save(update_fields=["user", "email", "identity"])
            verbs.push_keys(who.user_id, add=row.type_id)
            claimed += 1
    return claimed
