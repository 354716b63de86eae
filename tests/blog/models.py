"""Things to be notified about, one with an integer and one with a UUID as primary key."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.urls import reverse


class Post(models.Model):
    """A post with the usual integer key."""

    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.pk])


class Document(models.Model):
    """A document known by a UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("document", args=[self.pk])


class Company(models.Model):
    """A group with roles, known by a UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Employment(models.Model):
    """What somebody is in a company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.user}: {self.title} of {self.company}"


class Draft(Post):
    """A post that is found elsewhere, depending on who asks."""

    class Meta:
        proxy = True

    def get_url_for_notifications(self, notification: Any, request: HttpRequest) -> str:
        return f"/for/{notification.user}/{request.GET['tab']}/"


class Invitation(models.Model):
    """What invitations say beyond their notification."""

    event = models.OneToOneField(
        "realtime_notify.Event", on_delete=models.CASCADE, related_name="invitation"
    )
    seats = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.seats} seats"


class Answer(models.Model):
    """What each person who was invited answers."""

    notification = models.OneToOneField(
        "realtime_notify.Notification", on_delete=models.CASCADE, related_name="answer"
    )
    coming = models.BooleanField(null=True)

    def __str__(self) -> str:
        return f"{self.notification_id}: {self.coming}"
