"""Delivery profiles: how often a user wants to be reached by a medium that interrupts.

A user who has profiles has exactly one default. `save()` and `delete()` ensure this under a lock
on the user rather than by a constraint, because MariaDB has no partial unique indexes. `update()`,
`bulk_create()` and fixtures bypass it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self
from zoneinfo import available_timezones

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connections, models, router, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from model_utils.models import TimeStampedModel

from realtime_notify.exceptions import InvalidProfile
from realtime_notify.models.objects import user_pk
from realtime_notify.models.primary import PrimaryManager, PrimaryModel
from realtime_notify.models.transactions import writing

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
ONE_END = _("Quiet hours need both a beginning and an end.")
_LAST = _("The only profile must be the default. Make another profile the default first.")


def label_of(minutes: int) -> str:
    """Return an interval in words, such as "daily" or "every 3 hours"."""
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


def check_time_zone(name: str) -> None:
    """Validate the name of a time zone.

    Raises:
        ValidationError: there is no time zone of this name.
    """
    if name not in available_timezones():
        raise ValidationError(
            _("There is no time zone %(name)s; one is written Europe/Berlin."),
            code="invalid",
            params={"name": name},
        )


def check_language(code: str) -> None:
    """Validate the code of a language that the site has.

    Raises:
        ValidationError: the setting ``LANGUAGES`` does not list it.
    """
    known = [code for code, _name in django_settings.LANGUAGES]
    if code not in known:
        raise ValidationError(
            _("There is no language %(code)s; there are: %(known)s."),
            code="invalid",
            params={"code": code, "known": ", ".join(known)},
        )


class DeliveryProfileQuerySet(models.QuerySet["DeliveryProfile"]):
    """Delivery profiles, with one default per user."""

    def default_of(self, user: Any) -> DeliveryProfile:
        """Return the default profile of a user, creating it if necessary.

        Args:
            user: a saved user, or their primary key.
        """
        owner = user_pk(user)
        mine = self.filter(user=owner).order_by("-is_default", "pk")
        found = mine.first()
        if found is not None and found.is_default:
            return found
        using = router.db_for_write(self.model)
        with transaction.atomic(using=using):
            lock_profiles_of([owner], using)
            found = mine.using(using).select_for_update().first()
            if found is None:
                found = self.model(user_id=owner, is_default=True)
                found.save(using=using)
            elif not found.is_default:  # written without save()
                found.is_default = True
                found.save(using=using, update_fields=["is_default"])
        return found

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete these, and make another profile the default of each user who lost theirs."""
        with writing(self.model) as using:
            user_ids = list(self.order_by().values_list("user_id", flat=True).distinct())
            lock_profiles_of(user_ids, using)
            deleted = super().delete()
            for user_id in user_ids:
                ensure_default(user_id, using)
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


DeliveryProfileManager = PrimaryManager.from_queryset(DeliveryProfileQuerySet)


class DeliveryProfile(PrimaryModel, TimeStampedModel):
    """How often a user may be reached: at once, daily, weekly, never."""

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
        help_text=_("Applies to subscriptions that have no profile of their own."),
    )
    hour = models.PositiveSmallIntegerField(
        _("hour"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(23)],
        help_text=_("Of daily and longer digests, in the person's time zone. Empty: the site's."),
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"),
        default=0,
        validators=[MaxValueValidator(6)],
        help_text=_("Of weekly digests. 0: Monday."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[check_time_zone],
        help_text=_("Empty: the site's."),
    )
    language = models.CharField(
        _("language"),
        max_length=16,
        blank=True,
        validators=[check_language],
        help_text=_("Empty: the site's."),
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    objects: ClassVar = DeliveryProfileManager()

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
        """Validate that the user still has a default profile, and that quiet hours end.

        Raises:
            ValidationError: this is the user's only profile, and not the default; or quiet hours
                have a beginning or an end alone.
        """
        super().clean()
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValidationError(ONE_END, code="one_end")
        if self._is_last(router.db_for_write(type(self), instance=self)):
            raise ValidationError(_LAST, code="last_default")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and ensure that the user has exactly one default.

        A user's first profile always becomes the default. A profile saved as the default replaces
        the previous one. When the default is saved as no longer the default, the user's oldest
        other profile succeeds it.

        Raises:
            InvalidProfile: this is the user's only profile and not the default, or the profile
                would move to another user.
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
        """Delete; if this was the default, the user's oldest other profile succeeds it.

        Its subscriptions stay, and use the user's default from now on.
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
        """Tell whether saving this would leave its user without a default."""
        if self.is_default or self._state.adding:
            return False
        return not self._others(using).exists()

    def _refuse_another_owner(self, using: str) -> None:
        """Refuse a change of user: subscriptions of the first would use the other's profile."""
        stored = type(self)._base_manager.using(using).filter(pk=self.pk)
        if stored.exclude(user_id=self.user_id).exists():
            raise InvalidProfile(
                f"The profile {self} belongs to another user; create a new profile instead."
            )


def lock_profiles_of(user_ids: Iterable[Any], using: str) -> None:
    """Lock the profiles of these users until the transaction ends.

    The lock is on the users' own rows, since a user may have no profile yet. Where the database
    supports it, their keys stay unlocked, so that rows which refer to a user can still be written.
    """
    features = connections[using].features
    ids = [user_id for user_id in user_ids if user_id is not None]
    if not features.has_select_for_update:
        # SQLite has a single lock, and a transaction that reads first may fail to get it later.
        rows = DeliveryProfile._base_manager.using(using).filter(user_id__in=ids)
        rows.update(interval=F("interval"))
        return
    users = get_user_model()._base_manager.using(using).filter(pk__in=ids).order_by("pk")
    locked = users.select_for_update(no_key=features.has_select_for_no_key_update)
    list(locked.values_list("pk", flat=True))


def ensure_default(user_id: Any, using: str, but: Any = None) -> None:
    """Make a user's oldest profile the default, unless one is.

    Args:
        user_id: the user's primary key, locked by `lock_profiles_of()`.
        using: the alias of the database.
        but: the primary key of a profile that must not become the default.
    """
    mine = DeliveryProfile._base_manager.using(using).filter(user_id=user_id)
    if mine.filter(is_default=True).exists():
        return
    successor = mine.exclude(pk=but).order_by("pk").values_list("pk", flat=True).first()
    if successor is not None:
        mine.filter(pk=successor).update(is_default=True)
