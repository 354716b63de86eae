"""Who follows whom: a policy that a project can replace.

A subscription with `only_following` matches only events whose actor the subscriber follows. By
default users follow themselves and their groups. The setting ``FOLLOWING`` names another class,
whose two methods must be the inverse of each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.module_loading import import_string

from realtime_notify.audience.groups import Membership, group_kind_of, memberships_of
from realtime_notify.conf import settings

ObjectRef = tuple[int, str]
"""The primary key of a content type, and an object's primary key as text."""


class Following:
    """The default policy: users follow themselves and the groups they are in."""

    def followed_by(self, user_id: Any) -> list[ObjectRef]:
        """Return the users, groups and other objects that a user follows."""
        return oneself_and(user_id, memberships_of(user_id))

    def followers_of(self, actors: Iterable[ObjectRef]) -> Q:
        """Q: users who follow at least one of these actors."""
        by_type: dict[int, list[str]] = {}
        for type_id, pk in actors:
            by_type.setdefault(type_id, []).append(pk)
        condition = Q(pk__in=())
        for type_id, pks in by_type.items():
            model = ContentType.objects.get_for_id(type_id).model_class()
            if model is get_user_model():
                condition |= Q(pk__in=pks)
            elif model is not None and (group_kind := group_kind_of(model)):
                inside = get_user_model()._base_manager.filter(group_kind.users(pks)).values("pk")
                condition |= Q(pk__in=inside)
        return condition


def oneself_and(user_id: Any, memberships: Iterable[Membership]) -> list[ObjectRef]:
    """Return references to a user and to their groups."""
    own = (ContentType.objects.get_for_model(get_user_model()).pk, str(user_id))
    return [own, *((membership.type_id, membership.group_id) for membership in memberships)]


def policy() -> Following:
    """Return an instance of the class that the setting ``FOLLOWING`` names."""
    chosen: type[Following] = import_string(settings.FOLLOWING)
    return chosen()
