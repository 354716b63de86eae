"""Things to be watched, one inside the other, with three kinds of primary key; and their staff."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from realtime_notify.models import Watched

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser as User
else:
    User = get_user_model()


class Forum(Watched):
    """What holds threads; known by a name."""

    name = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return self.name


class Thread(Watched):
    """What holds posts; known by a number."""

    forum = models.ForeignKey(Forum, on_delete=models.CASCADE, related_name="threads")
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class Post(Watched):
    """What somebody wrote; known by a UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


class Moderator(User):
    """A user with a number of their own: a child of the user model with another primary key."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, parent_link=True, related_name="+"
    )
    number = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"Moderator {self.number}"
