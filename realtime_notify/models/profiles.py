"""How often somebody wants to be reached by what interrupts, such as e-mail.

Each person has one profile that is their default, as soon as they have any. That is held here,
under a lock on the person, and not by a constraint: MariaDB has none that is about some rows only.
`update()`, `bulk_create()` and fixtures go past it, as they go past every `save()`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import connections, models, router, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from model_utils.models import TimeStampedModel

from realtime_notify.exceptions import InvalidProfile

NEVER, AT_ONCE = -1, 0
HOURLY, DAILY, WEEKLY, MONTHLY = 60, 1_440, 10_080, 43_200

_NAMED = {
    NEVER: _("never"),
    AT_ONCE: _("at once"),
    1: _("every minute"),
    HOURLY: _("hourly"),
    DAILY: _("daily"),
    WEEKLY: _("weekly"),
    MONTHLY: _("monthly"),
}
_LAST = _("This is the only profile, and so it is the default. Make another one the default first.")


def label_of(minutes: int) -> str:
    """Return an interval in words: "daily", "every 3 hours"."""
    if minutes in _NAMED:
        return str(_NAMED[minutes])
    if minutes % DAILY == 0:
        count = minutes // DAILY
        words = ngettext("every %d day", "every %d days", count)
    elif minutes % HOURLY == 0:
        count = minutes // HOURLY
        words = ngettext("every %d hour", "every %d hours", count)
    else:
        count, words = minutes, ngettext("every %d minute", "every %d minutes", minutes)
    return words % count


class DeliveryProfileQuerySet(models.QuerySet["DeliveryProfile"]):
    """Profiles, with one default a person."""

    def default_of(self, user: Any) -> DeliveryProfile:
        """Return the default profile of a user, and make one where there is none.

        Args:
            user: a saved user, or their primary key.
        """
        mine = self.filter(user=getattr(user, "pk", user)).order_by("-is_default", "pk")
        found = mine.first()
        if found is not None and found.is_default:
            return found
        using = router.db_for_write(self.model)
        with transaction.atomic(using=using):
            lock_profiles_of([getattr(user, "pk", user)], using)
            found = mine.using(using).select_for_update().first()
            if found is None:
                found = self.model(user_id=getattr(user, "pk", user), is_default=True)
                found.save(using=using)
            elif not found.is_default:  # written past save()
                found.is_default = True
                found.save(using=using, update_fields=["is_default"])
        return found

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete, and make another profile the default of whoever has lost theirs."""
        using = router.db_for_write(self.model)
        with transaction.atomic(using=using):
            people = list(self.order_by().values_list("user_id", flat=True).distinct())
            lock_profiles_of(people, using)
            deleted = super().delete()
            for user_id in people:
                ensure_default(user_id, using)
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class DeliveryProfile(TimeStampedModel):
    """How often somebody may be reached: at once, daily, weekly, never."""

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notify_profiles",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=64, blank=True)
    interval = models.IntegerField(
        _("interval"),
        default=AT_ONCE,
        validators=[MinValueValidator(NEVER)],
        help_text=_("In minutes. 0: at once. -1: never."),
    )
    is_default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("Holds for every subscription that has no profile of its own."),
    )

    objects = models.Manager.from_queryset(DeliveryProfileQuerySet)()

    class Meta:
        verbose_name = _("delivery profile")
        verbose_name_plural = _("delivery profiles")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name or self.label

    @property
    def label(self) -> str:
        """The interval in words."""
        return label_of(self.interval)

    def clean(self) -> None:
        """Refuse to leave somebody without a default.

        Raises:
            ValidationError: it is their only profile, and is to be the default no longer.
        """
        super().clean()
        if self._is_last(router.db_for_read(type(self), instance=self)):
            raise ValidationError(_LAST, code="last_default")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep exactly one default of the user.

        The first profile is the default whatever it says. One that becomes the default takes its
        place; where the default is one no longer, the oldest other one is.

        Raises:
            InvalidProfile: it is their only one and is to be the default no longer, or it was
                somebody else's.
        """
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        fields = kwargs.get("update_fields")
        with transaction.atomic(using=using):
            lock_profiles_of([self.user_id], using)
            if fields is None or "user" in fields:
                self._refuse_another_owner(using)
            if fields is not None and "is_default" not in fields:
                super().save(*args, **kwargs)
                return
            if self._is_last(using):
                raise InvalidProfile(str(_LAST))
            others = self._others(using)
            if self.is_default:
                others.filter(is_default=True).update(is_default=False)
            elif not others.exists():
                self.is_default = True
            super().save(*args, **kwargs)
            ensure_default(self.user_id, using, but=self.pk)

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete; another profile becomes the default where this one was.

        Its subscriptions stay, and have the user's default from now on.
        """
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            lock_profiles_of([self.user_id], using)
            deleted = super().delete(using=using, keep_parents=keep_parents)
            ensure_default(self.user_id, using)
        return deleted

    def _others(self, using: str) -> models.QuerySet[Self]:
        everything = type(self)._base_manager.using(using)
        return everything.filter(user_id=self.user_id).exclude(pk=self.pk)

    def _is_last(self, using: str) -> bool:
        """Tell whether this would leave its user with profiles, none of them the default."""
        if self.is_default or self._state.adding:
            return False
        return not self._others(using).exists()

    def _refuse_another_owner(self, using: str) -> None:
        """Subscriptions of the one person would follow what another chooses."""
        stored = type(self)._base_manager.using(using).filter(pk=self.pk)
        if stored.exclude(user_id=self.user_id).exists():
            raise InvalidProfile(f"{self} is somebody else's profile; make a new one instead.")


def lock_profiles_of(user_ids: Iterable[Any], using: str) -> None:
    """Let nobody else change the profiles of these users until the transaction ends.

    The users' own rows are locked, since profiles may be about to be their first. Not by their
    keys, where the database can tell: rows that refer to a user may be written meanwhile.
    """
    features = connections[using].features
    ids = [one for one in user_ids if one is not None]
    if not features.has_select_for_update:
        # SQLite has one lock for all. Whoever reads before writing may find it taken, and fail.
        rows = DeliveryProfile._base_manager.using(using).filter(user_id__in=ids)
        rows.update(interval=F("interval"))
        return
    people = get_user_model()._base_manager.using(using).filter(pk__in=ids).order_by("pk")
    locked = people.select_for_update(no_key=features.has_select_for_no_key_update)
    list(locked.values_list("pk", flat=True))


def ensure_default(user_id: Any, using: str, but: Any = None) -> None:
    """Make a profile the default of a user whose profiles include none that is.

    Args:
        user_id: whose; held by `lock_profiles_of()`.
        using: the database.
        but: the profile that has just ceased to be the default.
    """
    mine = DeliveryProfile._base_manager.using(using).filter(user_id=user_id)
    if mine.filter(is_default=True).exists():
        return
    successor = mine.exclude(pk=but).order_by("pk").values_list("pk", flat=True).first()
    if successor is not None:
        mine.filter(pk=successor).update(is_default=True)
