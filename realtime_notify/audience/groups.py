"""Groups that can subscribe, and who is in them.

Django's own `Group` is known from the start. A project makes others known in an app's `ready()`::

    register_group(Team, members="teams")
    register_group(Company, members="employment__company", role="employment__title")

`members` is the look-up that leads from a user to the group, as in
``User.objects.filter(teams=team)``; `role` leads to what the user is in it. Look-ups, not
functions, so that both directions are SQL: who is in these groups, and which groups is she in?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldError
from django.db.models import Model, Q, QuerySet

from realtime_notify.exceptions import InvalidRecipient


@dataclass(frozen=True, slots=True)
class GroupKind:
    """How users belong to a kind of group.

    Attributes:
        model: the group's model.
        members: the look-up from a user to the groups.
        role: the look-up from a user to the role in them; "" where there are none.
    """

    model: type[Model]
    members: str
    role: str = ""

    def users(self, group_ids: Iterable[Any], role: str = "") -> Q:
        """Return the condition on users of being in one of these groups, in this role."""
        inside = {f"{self.members}__in": list(group_ids)}
        if not role:
            return Q(**inside)
        # Where roles are unknown, nobody has one.
        return Q(**inside, **{self.role: role}) if self.role else Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Membership:
    """That somebody is in a group.

    Attributes:
        type_id: the content type of the group's model.
        group_id: the group's primary key, as text.
        role: what the person is in it; "" where roles are unknown.
    """

    type_id: int
    group_id: str
    role: str


_registered: dict[type[Model], GroupKind] = {}


def register_group(model: type[Model], *, members: str, role: str = "") -> None:
    """Let groups of a model subscribe and be named as recipients.

    Args:
        model: the group's model.
        members: the look-up from a user to their groups, such as "teams".
        role: the look-up from a user to their role in the same relation, or "".

    Raises:
        InvalidRecipient: the user model has no such relation.
    """
    users = get_user_model()._default_manager.all()
    for look_up in filter(None, (members, role)):
        try:
            users.filter(**{f"{look_up}__isnull": False})
        except FieldError as error:
            raise InvalidRecipient(
                f"{users.model.__name__} cannot be looked up by {look_up!r}: {error}"
            ) from error
    _registered[model] = GroupKind(model, members, role)


def group_kind_of(model: type[Model]) -> GroupKind | None:
    """Return how users belong to groups of a model, or None where it is no group."""
    concrete = model._meta.concrete_model or model
    if concrete in _registered:
        return _registered[concrete]
    return next((one for one in group_kinds() if one.model is concrete), None)


def group_kinds() -> list[GroupKind]:
    """Return every kind of group that is known."""
    known = list(_registered.values())
    if Group not in _registered:
        relations = get_user_model()._meta.many_to_many
        known += [GroupKind(Group, one.name) for one in relations if one.related_model is Group]
    return known


def members_of(group: Model, role: str = "") -> QuerySet[Any]:
    """Return the users in a group.

    Raises:
        InvalidRecipient: nobody said how users belong to groups of this model.
    """
    kind = group_kind_of(type(group))
    if kind is None:
        raise InvalidRecipient(
            f"{group!r} is no group that is known; say how users belong to it with "
            f"register_group({type(group).__name__}, members=...)."
        )
    users = get_user_model()._default_manager
    inside = users.filter(kind.users([group.pk], role)).values("pk")
    return users.filter(pk__in=inside)


def memberships_of(user_id: Any) -> list[Membership]:
    """Return the groups a user is in, one query a kind of group."""
    found = []
    for kind in group_kinds():
        columns = [kind.members, *filter(None, [kind.role])]
        rows = get_user_model()._base_manager.filter(pk=user_id).values_list(*columns).distinct()
        type_id = ContentType.objects.get_for_model(kind.model).pk
        for group_id, *role in rows:
            if group_id is not None:
                found.append(Membership(type_id, str(group_id), str(role[0]) if role else ""))
    return found
