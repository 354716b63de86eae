"""Things to be watched, one inside the other, with three kinds of primary key."""

from __future__ import annotations

import uuid

from django.db import models

from realtime_notify.models import Watched


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
