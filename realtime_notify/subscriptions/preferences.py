"""Preferences: a user's opt-outs by type and medium, as a page presents them.

Users see the types that they may subscribe to, the types of their subscriptions and of their newest
notifications, and the types that they have opted out of. The existence of other types is not
disclosed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypedDict

from realtime_notify import audience
from realtime_notify.conf.media import for_people
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.models import Medium, Notification, NotificationType, OptOut, Subscription
from realtime_notify.models.media import INBOX, label_of
from realtime_notify.models.objects import user_pk
from realtime_notify.models.transactions import writing
from realtime_notify.subscriptions import optouts, profiles, self_service

RECENT = 10_000
"""How many of a user's newest notifications are searched for types sent without subscription.

That is all of nearly every inbox. In the largest it takes some hundredths of a second: no index
leads from a user to the types of their events, so each row's event is read.
"""

Scope = tuple[str | None, str | None]
"""The key of a type, or the name of a type group, or neither: everything."""


class MediumName(TypedDict):
    """A medium, and what the user calls it."""

    name: str
    label: str


class IntervalName(TypedDict):
    """An interval of delivery, and what the user calls it."""

    minutes: int
    label: str


class TypeChoice(TypedDict):
    """What somebody chose about a type."""

    key: str
    label: str
    description: str
    level: str
    self_service: bool
    subscribed: bool
    reached: bool
    required: bool
    opted_out: list[str]


class GroupChoice(TypedDict):
    """What somebody chose about a type group and its types."""

    name: str
    label: str
    description: str
    opted_out: list[str]
    types: list[TypeChoice]


class Preferences(TypedDict):
    """What somebody chose, and what there is to choose from."""

    media: list[MediumName]
    opted_out: list[str]
    interval: int
    intervals: list[IntervalName]
    profile: profiles.Chosen
    groups: list[GroupChoice]


def media() -> dict[str, str]:
    """Return the labels of the media that reach people, by name: the inbox, and those of ``MEDIA``.

    Media of feeds are none of them: what is in a feed interrupts nobody.
    """
    names = [INBOX, *for_people()]
    stored = dict(Medium.objects.filter(pk__in=names).values_list("name", "label"))
    return {name: stored.get(name) or label_of(name) for name in names}


def preferences_of(user: Any) -> Preferences:
    """Return a user's preferences, with everything they can choose from.

    Returns:
        `media`, each with `name` and `label`; `opted_out`, the names of the media the user has
        opted out of entirely; and `groups` with their `types`, each with an `opted_out` of its
        own, which is empty for one that is `required`. Types without a group come first, in a
        group without a name. `interval` is that of the default delivery profile, in minutes;
        `intervals` are those that can be chosen, and `profile` is what else that profile says.
    """
    known = media()
    chosen = _opted_out(user, known)
    own, reaching = _subscribed(user)
    offered = {notification_type.key for notification_type in self_service.offered(user)}
    interval, profile = profiles.chosen_by(user)
    groups: dict[str, GroupChoice] = {}
    for notification_type in _types(offered | reaching | {key for key, _group in chosen if key}):
        type_group = notification_type.group
        name = type_group.name if type_group else ""
        group = groups.setdefault(
            name,
            {
                "name": name,
                "label": str(type_group or ""),
                "description": type_group.description if type_group else "",
                "opted_out": chosen.get((None, name), []) if type_group else [],
                "types": [],
            },
        )
        group["types"].append(
            {
                "key": notification_type.key,
                "label": notification_type.label or notification_type.key,
                "description": notification_type.description,
                "level": notification_type.level,
                "self_service": notification_type.key in offered,
                "subscribed": notification_type.key in own,
                "reached": notification_type.key in reaching,
                "required": notification_type.required,
                "opted_out": (
                    []
                    if notification_type.required
                    else chosen.get((notification_type.key, None), [])
                ),
            }
        )
    return {
        "media": [{"name": name, "label": label} for name, label in known.items()],
        "opted_out": chosen.get((None, None), []),
        "interval": interval,
        "intervals": [
            {"minutes": minutes, "label": label}
            for minutes, label in profiles.interval_choices(interval)
        ],
        "profile": profile,
        "groups": sorted(groups.values(), key=lambda group: group["label"].lower()),
    }


def save_opt_outs(
    user: Any, *, key: str | None = None, group: str | None = None, opted_out: Collection[str]
) -> None:
    """Opt a user out of a type, a type group or everything by exactly these media.

    To opt out of all existing media is to opt out of future ones as well. Opt-outs of single
    targets are left as they are, and so are those of media that are off.

    Args:
        user: the user.
        key: the key of a type.
        group: instead of `key`, the name of a type group; with neither, everything.
        opted_out: the names of the media; others are opted in.

    Raises:
        InvalidRequest: there is no such medium.
        NotAllowed: the user's preferences have no such type or group, or the type is required.
    """
    known = media()
    if unknown := sorted(set(opted_out) - set(known)):
        raise InvalidRequest(f"There is no medium {unknown[0]!r}; there are: {', '.join(known)}.")
    if (key or group) and (key, group) not in scopes(preferences_of(user)):
        raise NotAllowed("There is no such preference for this user.")
    wanted: set[str | None] = {None} if known.keys() <= set(opted_out) else {*opted_out}
    with writing(OptOut):
        own = OptOut.objects.filter(user=user_pk(user))
        rows = own.filter(type=key, type_group=group, target_type=None)
        before: set[str | None] = {
            row.medium_id for row in rows if row.medium_id is None or row.medium_id in known
        }
        for name in before - wanted:
            optouts.opt_in(user, key, group=group, medium=name)
        for name in wanted - before:
            optouts.opt_out(user, key, group=group, medium=name)


def scopes(chosen: Preferences) -> dict[Scope, list[str]]:
    """Return the scopes in `preferences_of()`, each with the media opted out of."""
    found: dict[Scope, list[str]] = {(None, None): chosen["opted_out"]}
    for group in chosen["groups"]:
        if group["name"]:
            found[None, group["name"]] = group["opted_out"]
        for entry in group["types"]:
            found[entry["key"], None] = entry["opted_out"]
    return found


def _opted_out(user: Any, known: Iterable[str]) -> dict[Scope, list[str]]:
    found: dict[Scope, set[str]] = {}
    for row in OptOut.objects.filter(user=user_pk(user), target_type=None):
        names = known if row.medium_id is None else [row.medium_id]
        found.setdefault((row.type_id, row.type_group_id), set()).update(names)
    return {scope: [name for name in known if name in out] for scope, out in found.items()}


def _subscribed(user: Any) -> tuple[set[str], set[str]]:
    """Return the keys of types a user subscribes to as a whole, and of types that reach them."""
    pk = user_pk(user)
    whole = Subscription.objects.filter(user=pk, target_type=None, filters=None, active=True)
    reaching = audience.subscriptions_of(pk).order_by().values_list("type", flat=True)
    received = Notification.objects.filter(user=pk).order_by("-rev")
    recent = received.values_list("event__type", flat=True)[:RECENT]
    return set(whole.values_list("type", flat=True)), {*reaching.distinct(), *recent}


def _types(keys: Iterable[str]) -> list[NotificationType]:
    types = NotificationType.objects.filter(pk__in=list(keys)).select_related("group")
    return sorted(types, key=lambda notification_type: str(notification_type).lower())
