"""Notification types as classes, which are discovered in the `notifiers.py` of each app::

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

Its methods write the same rows as `subscribe()` and `notify()` with the key of the class.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from asgiref.sync import sync_to_async
from django.apps import apps as installed
from django.contrib.auth.models import AnonymousUser
from django.db import models

from realtime_notify import subscriptions
from realtime_notify.audience.addressing import Also
from realtime_notify.declarations import Declaration, declare
from realtime_notify.exceptions import InvalidNotifier, InvalidTarget
from realtime_notify.models import Level, Subscription
from realtime_notify.notifiers.base import BaseNotifier
from realtime_notify.subscriptions import SubscriberLike

if TYPE_CHECKING:
    from realtime_notify.declarations import Text


class Notifier(BaseNotifier):
    """A notification type, declared in code. A class without a key is a base for others.

    The attributes from `key` to `filters` declare the type; those left out can be set in the admin.
    The others are the arguments of `notify()`. Each of them may be an attribute of the class or
    the instance, a property, or a method without arguments. The same goes for the value of each
    filter, under the filter's name; with None, the event has no value for this filter.
    """

    key: ClassVar[str] = ""
    label: ClassVar[Text] = ""
    help_text: ClassVar[Text] = ""
    """The type's description, shown on the preferences page."""
    group: ClassVar[str] = ""
    """The name of the type group."""
    target_model: ClassVar[type[models.Model] | str | None] = None
    """The model of all targets, or its name, "app.Model"."""
    self_service: ClassVar[bool | None] = None
    lazy: ClassVar[bool | None] = None
    """Whether events of the type are broadcasts: one row for everybody."""
    media: ClassVar[Iterable[str] | None] = None
    """The names of the media for those who chose none of their own; empty for every medium."""
    delay: ClassVar[int | None] = None
    """Seconds before it is sent by a medium that interrupts; None for the medium's own delay."""
    required: ClassVar[bool | None] = None
    """Whether nobody may switch it off."""
    critical: ClassVar[bool | None] = None
    """Whether it is sent at once, in quiet hours too, and waits for no digest."""
    filters: ClassVar[Iterable[str]] = ()
    """The names of the filters that subscriptions may have."""

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

    def __init__(self, **attributes: Any) -> None:
        """Set attributes that the class does not define: ``Commented(target=post, actor=user)``.

        Raises:
            TypeError: there is no attribute of this name.
        """
        known = {*_NOTIFY_ARGUMENTS, "target", "recipients", "exclude", *self.filters}
        for name, value in attributes.items():
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__}() takes no {name!r}; it takes: "
                    f"{', '.join(sorted(known))}."
                )
            setattr(self, name, value)

    @classmethod
    def subscribe(
        cls,
        subscriber: SubscriberLike,
        target: models.Model | None = None,
        *,
        role: str = "",
        media: Iterable[str] | None = None,
        only_following: bool = False,
        backfill: bool | datetime | None = None,
        **filters: Any,
    ) -> Subscription:
        """Subscribe a user, a group of a registered model, or an e-mail address.

        Args:
            subscriber, target, role, only_following, backfill: see `subscriptions.subscribe()`.
            media: the names of the media; None for those of the type, whatever they will be.
            filters: the values that events must have. A filter left out matches every value.

        Raises:
            InvalidNotifier: the class has no key.
            InvalidRecipient, InvalidTarget, InvalidFilter, InvalidMedium: an argument is invalid.
                Nothing was written.
        """
        return subscriptions.subscribe(
            subscriber,
            cls._key(),
            cls._checked_target(target),
            filters=filters,
            role=role,
            media=media,
            only_following=only_following,
            backfill=backfill,
        )

    @classmethod
    def unsubscribe(
        cls,
        subscriber: SubscriberLike,
        target: models.Model | None = None,
        *,
        role: str = "",
        **filters: Any,
    ) -> int:
        """End the subscription that `subscribe()` with the same arguments created, and no other.

        Returns:
            How many subscriptions ended: 1 or 0.
        """
        on = cls._checked_target(target)
        return subscriptions.unsubscribe(subscriber, cls._key(), on, filters=filters, role=role)

    @classmethod
    def is_subscribed(
        cls,
        subscriber: SubscriberLike,
        target: models.Model | None = None,
        *,
        role: str = "",
        **filters: Any,
    ) -> bool:
        """Tell whether exactly this subscription exists; False for an anonymous user."""
        if isinstance(subscriber, AnonymousUser):
            return False
        on = cls._checked_target(target)
        return subscriptions.is_subscribed(subscriber, cls._key(), on, filters=filters, role=role)

    @classmethod
    async def asubscribe(
        cls, subscriber: SubscriberLike, target: models.Model | None = None, **how: Any
    ) -> Subscription:
        """Async version of `subscribe()`."""
        return await sync_to_async(cls.subscribe)(subscriber, target, **how)

    @classmethod
    async def aunsubscribe(
        cls, subscriber: SubscriberLike, target: models.Model | None = None, **how: Any
    ) -> int:
        """Async version of `unsubscribe()`."""
        return await sync_to_async(cls.unsubscribe)(subscriber, target, **how)

    @classmethod
    async def ais_subscribed(
        cls, subscriber: SubscriberLike, target: models.Model | None = None, **how: Any
    ) -> bool:
        """Async version of `is_subscribed()`."""
        return await sync_to_async(cls.is_subscribed)(subscriber, target, **how)

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return the keyword arguments that `fire()` passes to `notify()`."""
        topic = self.also()
        excluded = (self._value("exclude"), exclude)
        return {
            **{name: self._value(name) for name in _NOTIFY_ARGUMENTS},
            "key": topic.key,
            "target_object": topic.target,
            "filters": topic.filters,
            "recipients": self._value("recipients") if recipients is None else recipients,
            "exclude": [people for people in excluded if people is not None],
        }

    def also(self) -> Also:
        """Return the notifier's type, target and filters as an item of `notify(also=...)`.

        Raises:
            InvalidNotifier: a filter has no value.
        """
        missing = [name for name in self.filters if not hasattr(self, name)]
        if missing:
            raise InvalidNotifier(
                f"{type(self).__name__} has no values for its filters {', '.join(missing)}; give "
                "it an attribute or method of each name, which may be None."
            )
        values = {name: self._value(name) for name in self.filters}
        given = {name: value for name, value in values.items() if value is not None}
        return Also(self._key(), self._checked_target(self._value("target")), given)

    def _value(self, name: str) -> Any:
        value = getattr(self, name)
        return value() if inspect.isroutine(value) else value

    @classmethod
    def _key(cls) -> str:
        if not cls.key:
            raise InvalidNotifier(f"{cls.__name__} has no key; give it one such as 'wiki/edited'.")
        return cls.key

    @classmethod
    def _checked_target(cls, target: Any) -> models.Model | None:
        """Return a target, or None, after a check that it is of the declared model."""
        wanted = cls.target_model
        if target is not None and wanted is not None:
            model = installed.get_model(wanted) if isinstance(wanted, str) else wanted
            of_model = isinstance(target, models.Model) and target._meta.concrete_model
            if of_model is not model._meta.concrete_model:
                raise InvalidTarget(
                    f"The target of {cls.__name__} must be a {model.__name__}, not {target!r}."
                )
        checked: models.Model | None = target  # subscribe() and notify() refuse anything else
        return checked


class InstanceNotifier(Notifier):
    """A notifier whose subscriptions always have a target: ``Cls.subscribe(user, document)``.

    It is fired for one object: ``Cls(document).fire()``.
    """

    def __init__(self, target: models.Model, **attributes: Any) -> None:
        super().__init__(target=target, **attributes)

    @classmethod
    def _checked_target(cls, target: Any) -> models.Model | None:
        if target is None:
            raise InvalidTarget(f"{cls.__name__} needs a target; pass the object it is about.")
        return super()._checked_target(target)


_NOTIFY_ARGUMENTS = (
    "message",
    "description",
    "url",
    "level",
    "verb",
    "actor",
    "actors",
    "action_object",
    "public",
    "data",
    "collapse_key",
    "dedupe_key",
    "deliver_at",
    "expires_at",
)
_NO_FILTERS = frozenset(
    {*dir(InstanceNotifier), "subscriber", "role", "only_following", "backfill"}
)
