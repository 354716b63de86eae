"""Tickets: what a client shows on its socket, where it cannot send its credentials."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db import models

from realtime_notify.models.primary import PrimaryModel


class Ticket(PrimaryModel):
    """A ticket that nobody has used yet.

    Who reads the table gets no ticket from it: it has digests. The session that vouched stands here
    by its key, as in the table of sessions. Moments are seconds since the epoch, because a local
    time, as projects without time zones store it, comes twice when summer time ends.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    session_key = models.TextField(blank=True)  # of the session that vouched; signed, it is long
    expires = models.FloatField(null=True)  # when what vouched expires
    valid_until = models.FloatField(db_index=True)
    taken_by = models.CharField(max_length=32, blank=True)  # the redemption that has won it

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Ticket of {self.user_id} until {self.valid_until}"
