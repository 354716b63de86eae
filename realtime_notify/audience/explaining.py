"""Why an event reaches somebody, or why it doesn't: the rules that deliver, asked for a reason."""

from __future__ import annotations

from typing import Any, NamedTuple

from realtime_notify.audience.facts import active_users, fetch_facts, when_joined
from realtime_notify.audience.reach import make_cases
from realtime_notify.audience.reasons import Reason
from realtime_notify.audience.rules import Case, Rules
from realtime_notify.conf.media import for_people
from realtime_notify.models import Event, OptOut, Subscription
from realtime_notify.models.media import INBOX
from realtime_notify.models.objects import user_pk

ORDER = list(Reason)


class Verdict(NamedTuple):
    """What the rules say today of an event, a user and a medium.

    Attributes:
        medium: the name of the medium.
        reason: the rule that keeps the event from the user; None if it reaches them.
        subscription: the subscription that reaches them, their own or a group's; or else the one
            that came nearest to it, if any.
        opt_out: the opt-out that keeps it from them.
    """

    medium: str
    reason: Reason | None
    subscription: Subscription | None = None
    opt_out: OptOut | None = None


def explain(event: Event, user: Any) -> list[Verdict]:
    """Return why an event reaches a user or not: for the inbox, and each medium of ``MEDIA``.

    The rules are asked as delivery asks them, but with what is there now.

    Args:
        event: a saved event.
        user: a saved user.
    """
    person, media = user_pk(user), (INBOX, *for_people())
    joined = when_joined(active_users([person]), [event])
    facts = fetch_facts([event], joined, media=media, thoroughly=True)
    (case,) = make_cases(Rules(facts), [event])
    return [_verdict(case, person, medium) for medium in media]


def _verdict(case: Case, user: Any, medium: str) -> Verdict:
    reached = case.reached(medium, [user])
    reason = case.bar_to_person(user, medium)
    if reason is Reason.OPTED_OUT:
        return Verdict(medium, reason, opt_out=_opt_out(case, user, 0, medium))
    if reason is not None:
        return Verdict(medium, reason)
    if not case.stored.addresses_subscribers():
        return Verdict(medium, case.bar_to_named(user, medium))
    return _by_subscription(case, user, medium, reached.get(user))


def _by_subscription(case: Case, user: Any, medium: str, own: int | None) -> Verdict:
    """Return the verdict on somebody whom only their subscriptions can let an event reach."""
    found = [
        (case.bar_to_way(user, row, number, medium), row, number)
        for user, row, number in case.ways([user])
    ]
    if not found:
        return Verdict(medium, Reason.NOT_SUBSCRIBED)
    # The one that counts, or any that reaches them, or the one that passed the most rules.
    reason, row, number = max(
        found,
        key=lambda way: (way[1].pk == own, len(ORDER) if way[0] is None else ORDER.index(way[0])),
    )
    opt_out = None
    if reason is Reason.OPTED_OUT_OF_TOPIC:
        opt_out = _opt_out(case, user, number, medium)
    return Verdict(medium, reason, Subscription.objects.get(pk=row.pk), opt_out)


def _opt_out(case: Case, user: Any, number: int, medium: str) -> OptOut | None:
    row = case.rules.opt_out(user, case.topics[number], medium)
    return row and OptOut.objects.get(pk=row.pk)
