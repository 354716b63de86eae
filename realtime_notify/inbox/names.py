"""The names of inboxes: whose number a rev is, and in which epoch of the database.

Two inboxes may be at the same rev, and a database that was restored comes to the same rev a second
time with other notifications. So a rev goes to the client with a text that is different for each
user and each epoch, and comes back with it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Any

from realtime_notify.exceptions import OtherInbox
from realtime_notify.models import Epoch
from realtime_notify.models.primary import all_users

SIZE = 12  # bytes; too many for two users to share a text by chance


def name_of(user_id: Any, epoch: str) -> str:
    """Return the text that names a user's inbox in an epoch of the database.

    It authorises nothing, so it needs no secret: a client that invents one gets a reset.

    Args:
        user_id: the primary key of the owner.
        epoch: the epoch, as `Epoch.objects.present()` reads it.
    """
    digest = blake2b(f"{user_id}\n{epoch}".encode(), digest_size=SIZE, person=b"rn.inbox")
    return urlsafe_b64encode(digest.digest()).decode()


def require(user_id: Any, name: str) -> None:
    """Require that a client means this user's inbox, as it is now; one query.

    Args:
        user_id: the primary key of the owner.
        name: the text that came with what the client shows.

    Raises:
        OtherInbox: the client shows another inbox.
    """
    if name != present_name(user_id):
        raise OtherInbox("You show another inbox than yours. Say hello or sync, and begin anew.")


def present_name(user_id: Any) -> str:
    """Return the text that names a user's inbox now; one query.

    Args:
        user_id: the primary key of the owner.
    """
    user = all_users().filter(pk=user_id)
    epoch = user.values_list(Epoch.objects.present(), flat=True).first()
    return name_of(user_id, epoch or "")
