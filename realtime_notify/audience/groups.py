"""Groups that can subscribe, and their members.

Django's own `Group` is registered from the start. Register other models in an app's `ready()`::

    register_group(Team, members="teams")
    register_group(Company, members="employment__company", role="employment__title")

`members` is the look-up that leads from a user to the group, as in
``User.objects.filter(teams=team)``; `role` is the look-up for the user's role in it. They are
look-ups rather than functions so that both questions are answered in SQL: which users are in a
group, and which groups a user is in.
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
from realtime_notify.models.primary import all_users, on_primary


@dataclass(frozen=True, slots=True)
class GroupKind:
    """A model whose instances are groups, and how users belong to them.

    Attributes:
        model: the group's model.
        members: the look-up from a user to the groups.
        role: the look-up from a user to their role in the group; "" if there are no roles.
    """

    model: type[Model]
    members: str
    role: str = ""

    def users(self, group_ids: Iterable[Any], role: str = "") -> Q:
        """Q: users who are in one of these groups, in this role (any role if "")."""
        inside = {f"{self.members}__in": list(group_ids)}
        if not role:
            return Q(**inside)
        # Without a look-up for roles, no user has one.
        return Q(**inside, **{self.role: role}) if self.role else Q(pk__in=())

    def members_table(self) -> MembersTable:
        """Return the table that the first relation of the look-up `members` leads to."""
        first, _, rest = self.members.partition("__")
        model, user, path = _first_relation(first)
        if model is None or (self.role and not self.role.startswith(f"{first}__")):
            return MembersTable(get_user_model(), "pk", f"{self.members}__pk", self.role)
        role = self.role and _joined(path, self.role.removeprefix(f"{first}__"))
        return MembersTable(model, f"{user}__pk", _joined(path, rest, "pk"), role)


@dataclass(frozen=True, slots=True)
class MembersTable:
    """The table that holds who is in which group.

    Attributes:
        model: its model.
        user: the look-up from a row to the user's primary key.
        group: the look-up from a row to the group's primary key.
        role: the look-up from a row to the user's role in the group; "" if there are no roles.
    """

    model: type[Model]
    user: str
    group: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """One user's membership in one group.

    Attributes:
        type_id: the primary key of the content type of the group's model.
        group_id: the group's primary key, as text.
        role: the user's role in the group; "" if there are no roles.
    """

    type_id: int
    group_id: str
    role: str


_registered: dict[type[Model], GroupKind] = {}


def register_group(model: type[Model], *, members: str, role: str = "") -> None:
    """Let the instances of a model subscribe as groups and be named as recipients.

    Args:
        model: the group's model.
        members: the look-up from a user to their groups, such as "teams".
        role: the look-up from a user to their role in the same relation; "" if there are no
            roles.

    Raises:
        InvalidRecipient: the user model cannot be looked up by `members` or `role`.
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
    """Return the registered kind of group of a model, or None if it is not a group."""
    concrete = model._meta.concrete_model or model
    if concrete in _registered:
        return _registered[concrete]
    return next((kind for kind in group_kinds() if kind.model is concrete), None)


def group_kind_of_type(type_id: int) -> GroupKind | None:
    """Return the kind of group of a content type, or None if no longer registered or installed."""
    model = ContentType.objects.get_for_id(type_id).model_class()
    return group_kind_of(model) if model else None


def group_kinds() -> list[GroupKind]:
    """Return all registered kinds of group."""
    known = list(_registered.values())
    if Group not in _registered:
        relations = get_user_model()._meta.many_to_many
        known += [
            GroupKind(Group, field.name) for field in relations if field.related_model is Group
        ]
    return known


def _joined(*lookups: str) -> str:
    return "__".join(filter(None, lookups))


def _first_relation(name: str) -> tuple[type[Model] | None, str, str]:
    """Return the model behind a relation of the user model, the way back, and the way on.

    The model is None if its rows don't refer to a user by primary key.
    """
    relation: Any = get_user_model()._meta.get_field(name)
    if relation.many_to_many and relation.concrete:
        model, back = relation.remote_field.through, relation.m2m_field_name()
        on = relation.m2m_reverse_field_name()
    elif relation.many_to_many:
        model, back = relation.through, relation.field.m2m_reverse_field_name()
        on = relation.field.m2m_field_name()
    elif relation.auto_created:
        model, back, on = relation.related_model, relation.field.name, ""
    else:
        return None, "", ""
    return (
        (model, back, on)
        if model._meta.get_field(back).target_field.primary_key
        else (None, "", "")
    )


def members_of(group: Model, role: str = "") -> QuerySet[Any]:
    """Return the users in a group.

    Args:
        group: an instance of a registered model.
        role: only members in this role; "" for all members.

    Raises:
        InvalidRecipient: the model is not registered.
    """
    kind = group_kind_of(type(group))
    if kind is None:
        raise InvalidRecipient(
            f"{group!r} is not a user, and not a registered group either. Register its model "
            f"with register_group({type(group).__name__}, members=...)."
        )
    users = get_user_model()._default_manager
    inside = users.filter(kind.users([group.pk], role)).values("pk")
    return on_primary(users.filter(pk__in=inside))


def memberships_of(user_id: Any) -> list[Membership]:
    """Return a user's memberships; one query per kind of group."""
    found = []
    for kind in group_kinds():
        columns = [kind.members, *filter(None, [kind.role])]
        rows = all_users().filter(pk=user_id)
        rows = rows.values_list(*columns).distinct()
        type_id = ContentType.objects.get_for_model(kind.model).pk
        for group_id, *role in rows:
            if group_id is not None:
                found.append(Membership(type_id, str(group_id), str(role[0]) if role else ""))
    return found
