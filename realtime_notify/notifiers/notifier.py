"""Notification types as classes, declared in an app's `notifiers.py` and found there::

    class DocumentEdited(Notifier):
        key = "wiki/edited"
        label = "Edits in a language"
        filters = ["language"]

        def __init__(self, revision):
            self.revision = revision

        def language(self):
            return self.revision.document.language

        def message(self):
            return f"{self.revision.document} was edited."


    DocumentEdited.subscribe(user, language="de")
    DocumentEdited(revision).fire()

A class writes the same rows as `subscribe()` and `notify()` with its key.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from asgiref.sync import sync_to_async
from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.models import AnonymousUser
from django.db import models, router

from realtime_notify import subscriptions
from realtime_notify.audience.addressing import Also
from realtime_notify.declarations import Declaration, declarations, declare
from realtime_notify.exceptions import InvalidNotifier, InvalidTarget
from realtime_notify.models import Level, NotificationType, Subscription
from realtime_notify.notifiers.base import BaseNotifier
from realtime_notify.subscriptions import Who

if TYPE_CHECKING:
    from realtime_notify.declarations import Text


class Notifier(BaseNotifier):
    """A notification type in code. A class without a key of its own is a base for others.

    The first attributes declare the type; what is left out is left to the admin. The others are
    the arguments of `notify()`: each may be an attribute of the class or of the instance, a
    property, or a method without arguments. So may the value of each filter, by the filter's name;
    when it is None, the event says nothing of it.
    """

    key: ClassVar[str] = ""
    label: ClassVar[Text] = ""
    help_text: ClassVar[Text] = ""
    """What people read where they choose: the type's description."""
    group: ClassVar[str] = ""
    """The name of the type group."""
    target_model: ClassVar[type[models.Model] | str | None] = None
    """The model that every target is of, or its name, "app.Model"."""
    self_service: ClassVar[bool | None] = None
    filters: ClassVar[Iterable[str]] = ()
    """The names that subscriptions may be narrowed by."""
    media: ClassVar[Iterable[str] | None] = None
    """The media that new subscriptions are by; None for every one."""

    message: Any = ""
    target: Any = None
    url: Any = None
    description: Any = ""
    level: Any = None
    verb: Any = ""
    actor: Any = None
    actors: Any = ()
    action_object: Any = None
    public: Any = True
    data: Any = None
    collapse_key: Any = None
    dedupe_key: Any = None
    deliver_at: Any = None
    expires_at: Any = None
    recipients: Any = None
    exclude: Any = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.key:
            return
        declaration = Declaration.of(cls, _NO_FILTERS)
        if declaration.level is not None and declaration.level not in Level.values:
            raise InvalidNotifier(
                f"{declaration.source}: there is no level {cls.level!r}; there are: "
                f"{', '.join(Level.values)}."
            )
        declare(declaration)

    def __init__(self, **said: Any) -> None:
        """Say of an event what the class does not: ``Commented(target=post, actor=user)``.

        Raises:
            TypeError: there is nothing of that name to say.
        """
        known = {*_SAID, "target", "recipients", "exclude", *self.filters}
        for name, value in said.items():
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__}() takes no {name!r}; it takes: "
                    f"{', '.join(sorted(known))}."
                )
            setattr(self, name, value)

    @classmethod
    def subscribe(
        cls,
        subscriber: Who,
        target: models.Model | None = None,
        *,
        role: str = "",
        media: Iterable[str] | None = None,
        only_following: bool = False,
        backfill: bool | datetime | None = None,
        **filters: Any,
    ) -> Subscription:
        """Make somebody hear of it: a user, a group of a registered model, an e-mail address.

        Args:
            subscriber, target, role, only_following, backfill: as `subscriptions.subscribe()` has
                them.
            media: as there; those that the class declares when left out.
            filters: values that events must have. A filter that is left out lets every value in.

        Raises:
            InvalidNotifier: the class has no key.
            InvalidRecipient, InvalidTarget, InvalidFilter, InvalidMedium: an argument is not what
                it should be. Nothing was written.
        """
        return subscriptions.subscribe(
            *(subscriber, cls._key(), cls._on(target)),
            filters=filters,
            role=role,
            media=cls.media if media is None else media,
            only_following=only_following,
            backfill=backfill,
        )

    @classmethod
    def unsubscribe(
        cls, subscriber: Who, target: models.Model | None = None, *, role: str = "", **filters: Any
    ) -> int:
        """End the subscription that `subscribe()` with the same arguments made, and no other.

        Returns:
            How many subscriptions ended: 1 or 0.
        """
        interest = (subscriber, cls._key(), cls._on(target))
        return subscriptions.unsubscribe(*interest, filters=filters, role=role)

    @classmethod
    def is_subscribed(
        cls, subscriber: Who, target: models.Model | None = None, *, role: str = "", **filters: Any
    ) -> bool:
        """Tell whether exactly this subscription exists. Who is not signed in has none."""
        if isinstance(subscriber, AnonymousUser):
            return False
        interest = (subscriber, cls._key(), cls._on(target))
        return subscriptions.is_subscribed(*interest, filters=filters, role=role)

    @classmethod
    async def asubscribe(
        cls, subscriber: Who, target: models.Model | None = None, **how: Any
    ) -> Subscription:
        """Do what `subscribe()` does."""
        return await sync_to_async(cls.subscribe)(subscriber, target, **how)

    @classmethod
    async def aunsubscribe(
        cls, subscriber: Who, target: models.Model | None = None, **how: Any
    ) -> int:
        """Do what `unsubscribe()` does."""
        return await sync_to_async(cls.unsubscribe)(subscriber, target, **how)

    @classmethod
    async def ais_subscribed(
        cls, subscriber: Who, target: models.Model | None = None, **how: Any
    ) -> bool:
        """Tell what `is_subscribed()` tells."""
        return await sync_to_async(cls.is_subscribed)(subscriber, target, **how)

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return what `fire()` passes to `notify()`."""
        also = self.also()
        return {
            **{name: self._value(name) for name in _SAID},
            "key": also.key,
            "target_object": also.target,
            "filters": also.filters,
            "recipients": self._value("recipients") if recipients is None else recipients,
            "exclude": [one for one in (self._value("exclude"), exclude) if one is not None],
        }

    def also(self) -> Also:
        """Return what the event is held against when it is one of several in a union."""
        missing = [name for name in self.filters if not hasattr(self, name)]
        if missing:
            raise InvalidNotifier(
                f"{type(self).__name__} says nothing of its filters {', '.join(missing)}; give it "
                "an attribute or method of each name, which may be None."
            )
        values = {name: self._value(name) for name in self.filters}
        said = {name: value for name, value in values.items() if value is not None}
        return Also(self._key(), self._on(self._value("target")), said)

    def _value(self, name: str) -> Any:
        value = getattr(self, name)
        return value() if inspect.isroutine(value) else value

    @classmethod
    def _key(cls) -> str:
        if not cls.key:
            raise InvalidNotifier(f"{cls.__name__} has no key; give it one such as 'wiki/edited'.")
        return cls.key

    @classmethod
    def _on(cls, target: Any) -> models.Model | None:
        """Return a target of the model that the class declares, or None."""
        wanted = cls.target_model
        if target is not None and wanted is not None:
            model = installed.get_model(wanted) if isinstance(wanted, str) else wanted
            of_model = isinstance(target, models.Model) and target._meta.concrete_model
            if of_model is not model._meta.concrete_model:
                raise InvalidTarget(
                    f"The target of {cls.__name__} is a {model.__name__}, and not {target!r}."
                )
        found: models.Model | None = target  # anything else subscribe() and notify() refuse
        return found


class InstanceNotifier(Notifier):
    """A notifier whose subscribers each watch one object: ``Cls.subscribe(user, document)``.

    It is fired for one object: ``Cls(document).fire()``.
    """

    def __init__(self, target: models.Model, **said: Any) -> None:
        super().__init__(target=target, **said)

    @classmethod
    def _on(cls, target: Any) -> models.Model | None:
        if target is None:
            raise InvalidTarget(f"{cls.__name__} is about one object; say which.")
        return super()._on(target)


class NotifierUnion(BaseNotifier):
    """Several notifiers that one thing concerns: each person is told once, by the first of them.

    A user comes before the same e-mail address. Who opted out of the first hears nothing; an
    opt-out of another keeps out only those whom nothing else reaches.
    """

    def __init__(self, first: Notifier, *others: Notifier) -> None:
        self.first = first
        self.others = others

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return what `fire()` passes to `notify()`."""
        everybody_out = [exclude, *(one._value("exclude") for one in self.others)]
        told = self.first.arguments([one for one in everybody_out if one is not None], recipients)
        if recipients is not None:
            return told
        for one in (self.first, *self.others):
            if one._value("recipients") is not None:
                raise InvalidNotifier(
                    f"{type(one).__name__} names its recipients; a union is for subscribers. "
                    "Pass recipients= to fire()."
                )
        return {**told, "also": [one.also() for one in self.others]}


def write_types(*, using: str, apps: Apps = installed, **kwargs: object) -> None:
    """Write what is declared into the types' rows, once `migrate` is through."""
    is_there = "notificationtype" in apps.all_models["realtime_notify"]  # or just undone
    if is_there and router.allow_migrate_model(using, NotificationType):
        for declaration in declarations().values():
            NotificationType.objects.db_manager(using).declare(declaration)


_SAID = (
    *("message", "description", "url", "level", "verb", "actor", "actors", "action_object"),
    *("public", "data", "collapse_key", "dedupe_key", "deliver_at", "expires_at"),
)
_NO_FILTERS = frozenset(
    {*dir(InstanceNotifier), "subscriber", "role", "only_following", "backfill"}
)
