"""What somebody wants to hear of, and by which media: their opt-outs, as a page of choices.

Everybody sees the types that are offered to them, those that reach them or have lately, and those
they have opted out of; of others nobody learns here that they exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypedDict

from django.db import router, transaction
from django.utils.translation import gettext as _

from realtime_notify import audience
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.models import Medium, Notification, NotificationType, OptOut, Subscription
from realtime_notify.models.media import BUILT_IN, EMAIL, INBOX
from realtime_notify.subscriptions import optouts, profiles, self_service

LATELY = 200  # of somebody's newest notifications, the types that were sent to them outright

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
    groups: list[GroupChoice]


def media() -> dict[str, str]:
    """Return the labels of the media there are, by name; the built-in ones come first."""
    labels = {INBOX: _("Inbox"), EMAIL: _("E-mail")}
    stored = {one.name: one.label for one in Medium.objects.all()}
    return {name: stored.get(name) or labels.get(name, name) for name in [*BUILT_IN, *stored]}


def preferences_of(user: Any) -> Preferences:
    """Return what somebody chose, and what there is to choose from.

    Returns:
        `media`; `opted_out`, the media by which they want nothing at all; and `groups` with their
        `types`, each with an `opted_out` of its own. Types outside of any group come first, in a
        group without a name. Besides, `interval`, that of their default delivery profile, and
        `intervals`, those to choose from.
    """
    known = media()
    chosen = _opted_out(user, known)
    own, reaching = _subscribed(user)
    offered = {one.key for one in self_service.offered(user)}
    interval = profiles.default_interval(user)
    groups: dict[str, GroupChoice] = {}
    for kind in _types(offered | reaching | {key for key, _group in chosen if key}):
        shelf = kind.group
        name = shelf.name if shelf else ""
        group = groups.setdefault(
            name,
            {
                "name": name,
                "label": str(shelf or ""),
                "description": shelf.description if shelf else "",
                "opted_out": chosen.get((None, name), []) if shelf else [],
                "types": [],
            },
        )
        group["types"].append(
            {
                "key": kind.key,
                "label": kind.label or kind.key,
                "description": kind.description,
                "level": kind.level,
                "self_service": kind.key in offered,
                "subscribed": kind.key in own,
                "reached": kind.key in reaching,
                "opted_out": chosen.get((kind.key, None), []),
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
        "groups": sorted(groups.values(), key=lambda one: one["label"].lower()),
    }


def save_opt_outs(
    user: Any, *, key: str | None = None, group: str | None = None, opted_out: Collection[str]
) -> None:
    """Opt out of a type, of a type group or of everything by just these media.

    All media there are means media to come as well. Opt-outs of single targets stay.

    Args:
        user: who chooses.
        key: the key of a type.
        group: instead of it, the name of a type group; with neither it is about everything.
        opted_out: the names of the media.

    Raises:
        InvalidRequest: there is no such medium.
        NotAllowed: nothing of that name is theirs to choose about.
    """
    known = media()
    if unknown := sorted(set(opted_out) - set(known)):
        raise InvalidRequest(f"There is no medium {unknown[0]!r}; there are: {', '.join(known)}.")
    if (key or group) and (key, group) not in scopes(preferences_of(user)):
        raise NotAllowed("You cannot choose about this.")
    wanted: set[str | None] = {None} if known.keys() <= set(opted_out) else {*opted_out}
    with transaction.atomic(using=router.db_for_write(OptOut)):
        rows = OptOut.objects.filter(user=user.pk, type=key, type_group=group, target_type=None)
        before: set[str | None] = {one.medium_id for one in rows}
        for name in before - wanted:
            optouts.opt_in(user, key, group=group, medium=name)
        for name in wanted - before:
            optouts.opt_out(user, key, group=group, medium=name)


def scopes(chosen: Preferences) -> dict[Scope, list[str]]:
    """Return everything that `preferences_of()` lets choose about, with the media opted out of."""
    found: dict[Scope, list[str]] = {(None, None): chosen["opted_out"]}
    for group in chosen["groups"]:
        if group["name"]:
            found[None, group["name"]] = group["opted_out"]
        for kind in group["types"]:
            found[kind["key"], None] = kind["opted_out"]
    return found


def _opted_out(user: Any, known: Iterable[str]) -> dict[Scope, list[str]]:
    found: dict[Scope, set[str]] = {}
    for one in OptOut.objects.filter(user=user.pk, target_type=None):
        names = known if one.medium_id is None else [one.medium_id]
        found.setdefault((one.type_id, one.type_group_id), set()).update(names)
    return {level: [name for name in known if name in out] for level, out in found.items()}


def _subscribed(user: Any) -> tuple[set[str], set[str]]:
    """Return the keys a user is subscribed to as a whole, and those of which anything reaches."""
    whole = Subscription.objects.filter(user=user.pk, target_type=None, filters=None, active=True)
    reaching = audience.subscriptions_of(user.pk).order_by().values_list("type", flat=True)
    received = Notification.objects.filter(user=user.pk).order_by("-seq")
    lately = received.values_list("event__type", flat=True)[:LATELY]
    return set(whole.values_list("type", flat=True)), {*reaching.distinct(), *lately}


def _types(keys: Iterable[str]) -> list[NotificationType]:
    types = NotificationType.objects.filter(pk__in=list(keys)).select_related("group")
    return sorted(types, key=lambda one: str(one).lower())
