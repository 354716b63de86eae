"""Why somebody got an event, or didn't: what the rules say, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from realtime_notify import audience
from realtime_notify.audience import Reason, Verdict
from realtime_notify.models import (
    Dispatch,
    DispatchItem,
    DispatchState,
    Event,
    Notification,
    OptOut,
    Subscription,
)
from realtime_notify.models.media import INBOX, label_of
from realtime_notify.models.objects import user_pk
from realtime_notify.models.profiles import NEVER
from realtime_notify.outbox import backends, rhythms_of
from realtime_notify.outbox.writing import rhythm_for


class Answer(NamedTuple):
    """Why somebody got an event by a medium, or didn't.

    Attributes:
        medium: the name of the medium.
        label: what people call it.
        reason: the rule that keeps the event from them today; None if it reaches them.
        outcome: sentences: what became of it.
        rules: sentences: what the rules say today.
    """

    medium: str
    label: str
    reason: Reason | None
    outcome: list[str]
    rules: list[str]

    def __str__(self) -> str:
        return f"{self.label}: {' '.join([*self.outcome, *self.rules])}"


def why(event: Event, user: Any) -> list[Answer]:
    """Return why a user got an event or not, for the inbox and each medium of ``MEDIA``.

    Args:
        event: a saved event.
        user: a saved user.
    """
    return [
        Answer(
            verdict.medium,
            label_of(verdict.medium),
            verdict.reason,
            _in_inbox(event, user) if verdict.medium == INBOX else _sent(event, user, verdict),
            list(_rules(verdict)),
        )
        for verdict in audience.explain(event, user)
    ]


def _in_inbox(event: Event, user: Any) -> list[str]:
    """Return what became of an event in somebody's inbox."""
    found = Notification.objects.filter(event=event, user=user_pk(user)).first()
    if found is None:
        return [_nothing(event)]
    if found.deleted_at is not None:
        return [_("They deleted it on %(moment)s.") % {"moment": _date(found.deleted_at)}]
    if found.archived_at is not None:
        return [_("It is in their archive.")]
    if found.snoozed_until is not None:
        moment = _date(found.snoozed_until)
        return [_("It is in their inbox, snoozed until %(moment)s.") % {"moment": moment}]
    if found.read_at is not None:
        moment = _date(found.read_at)
        return [_("It is in their inbox, read on %(moment)s.") % {"moment": moment}]
    return [_("It is in their inbox, unread.")]


def _sent(event: Event, user: Any, verdict: Verdict) -> list[str]:
    """Return what became of an event that was to be sent to somebody."""
    items = DispatchItem.objects.filter(
        event=event, dispatch__user=user_pk(user), dispatch__medium=verdict.medium
    )
    found = [_state(item) for item in items.select_related("dispatch").order_by("pk")]
    return found or [_obstacle(event, user, verdict) or _nothing(event)]


def _state(item: DispatchItem) -> str:
    """Return what became of an event in a dispatch."""
    dispatch: Dispatch = item.dispatch
    said = {
        "moment": _date(dispatch.finished_at or dispatch.due_at),
        "count": dispatch.attempts,
        "error": dispatch.last_error,
    }
    if item.reason:
        return _("It was not sent: %(reason)s.") % {"reason": item.reason}
    match dispatch.state:
        case DispatchState.SENT:
            return _("It was sent on %(moment)s.") % said
        case DispatchState.DROPPED:
            return _("It was not sent: %(reason)s.") % {"reason": dispatch.reason}
        case DispatchState.DEAD:
            given_up = ngettext(
                "It was given up after %(count)d attempt: %(error)s",
                "It was given up after %(count)d attempts: %(error)s",
                dispatch.attempts,
            )
            return given_up % said
    if dispatch.attempts:
        failed = ngettext(
            "It failed %(count)d time, and is tried again on %(moment)s: %(error)s",
            "It failed %(count)d times, and is tried again on %(moment)s: %(error)s",
            dispatch.attempts,
        )
        return failed % said
    return _("It is to be sent on %(moment)s.") % said


def _obstacle(event: Event, user: Any, verdict: Verdict) -> str:
    """Return why nothing is sent though the rules allow it; "" if nothing is in the way."""
    if verdict.reason is not None:
        return ""
    backend = backends()[verdict.medium]
    subscription = verdict.subscription
    own = subscription.pk if subscription is not None and subscription.user_id else None
    pair = (user_pk(user), own)
    if rhythm_for(rhythms_of([pair])[pair], backend, event.type).interval == NEVER:
        return _("They want it never, by their delivery profile.")
    if user_pk(user) not in backend().reachable([user_pk(user)]):
        return _("The medium cannot reach them: it knows no address, or no browser, of theirs.")
    return ""


def _nothing(event: Event) -> str:
    """Return why there is no trace of an event."""
    if event.withdrawn_at is not None:
        return _("It was withdrawn.")
    if event.expires_at is not None and event.expires_at <= timezone.now():
        return _("It has expired.")
    if event.delivered_at is None:
        return _("It is not delivered to everybody yet.")
    if event.number is not None:
        return _("It is a broadcast, which they get when their inbox is next looked at.")
    return _("There is nothing of it.")


def _rules(verdict: Verdict) -> Iterator[str]:
    """Yield what the rules say today."""
    if verdict.reason is not None:
        yield str(verdict.reason.label)
    elif verdict.subscription is None:
        yield _("They are among the recipients.")
    elif verdict.subscription.user_id is not None:
        yield _("They subscribe.")
    else:
        group = verdict.subscription.group
        yield _("A group of theirs subscribes: %(group)s.") % {"group": group}
    if verdict.subscription is not None:
        yield _subscription(verdict.subscription)
    if verdict.opt_out is not None:
        yield _opt_out(verdict.opt_out)


def _subscription(found: Subscription) -> str:
    said = {"pk": found.pk, "type": found.type_id, "target": found.target or found.target_id}
    if found.target_id:
        return _("It is subscription %(pk)s, to %(type)s about %(target)s.") % said
    return _("It is subscription %(pk)s, to %(type)s.") % said


def _opt_out(found: OptOut) -> str:
    said = {
        "pk": found.pk,
        "what": found.type_id or found.type_group_id or _("everything"),
        "medium": label_of(found.medium_id) if found.medium_id else _("every medium"),
        "target": found.target or found.target_id,
    }
    if found.target_id:
        return _("It is opt-out %(pk)s, from %(what)s about %(target)s, by %(medium)s.") % said
    return _("It is opt-out %(pk)s, from %(what)s by %(medium)s.") % said


def _date(moment: Any) -> str:
    # In English it ends in "a.m.", and the sentence has a full stop of its own.
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT").rstrip(".")
