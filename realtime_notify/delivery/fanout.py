"""From the promise to the inboxes: chunks of set-based SQL, each a short transaction.

A chunk claims the event row, locks its inboxes in the order of their users, adds 1 to each `rev`,
and inserts one notification a person, or collapses it into an unread one that says the same. The
cursor moves in the same transaction, so a crash repeats nothing and skips nothing, and a second
process that works on the same event finds the cursor moved and lets go.

The number of statements does not depend on how many people a chunk holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.contrib.auth import get_user_model
from django.db import (
    IntegrityError,
    OperationalError,
    connections,
    models,
    router,
    transaction,
)
from django.db.models import Case, Exists, F, OuterRef, Subquery, Value, When
from django.db.models.constants import OnConflict
from django.utils import timezone

from realtime_notify import audience
from realtime_notify.conf import settings
from realtime_notify.inbox import items
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.signals import delivered
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Recipient

logger = logging.getLogger(__name__)

_LONGEST_WAIT = timedelta(hours=1)


def deliver(
    event: Event, limit: int | None = None, should_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Deliver a promised event to its audience, chunk by chunk.

    Delivering again is harmless: what was delivered is not delivered twice.

    Args:
        event: the event; its `cursor` moves along.
        limit: stop after this many recipients and leave the rest to the next call.
        should_stop: asked before each chunk.

    Returns:
        True when nobody is left to deliver to, False when there is more to do, or when another
        process is at it.

    Raises:
        DatabaseError: the database failed more than once; the promise stands, and a sweep will
            try again.
    """
    left = limit
    while (left is None or left > 0) and not should_stop():
        size = settings.CHUNK_SIZE if left is None else min(settings.CHUNK_SIZE, left)
        chunk, written = _persist(event, size)
        if written is None:
            return False
        if written:
            _push(event, written)
            _announce(event, written)
        if chunk.cursor is None:
            return True
        event.cursor = chunk.cursor
        left = left and left - size
    return False


def deliver_now(event: Event) -> None:
    """Deliver what the caller of `notify()` delivers itself; never raise.

    What fails here, or is too much, stays promised, and a sweep delivers it.
    """
    if not settings.INLINE_RECIPIENTS:
        return
    try:
        deliver(event, limit=settings.INLINE_RECIPIENTS)
    except Exception:
        logger.exception("Event %s was not delivered at once; a sweep will do it.", event.pk)


def sweep(limit: int = 100, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Keep the promises that are due: of processes that died, and what was left to a worker.

    Safe to run in many processes at once. An event that fails is tried again later and later, up
    to once an hour, and holds up no other.

    Args:
        limit: look at this many events at the most.
        should_stop: asked before each chunk of each event.

    Returns:
        How many events were delivered wholly.
    """
    kept = 0
    for event in list(Event.objects.due()[:limit]):
        if should_stop():
            break
        try:
            kept += deliver(event, should_stop=should_stop)
        except Exception as error:
            # Whatever is wrong with one event must not keep the others waiting.
            logger.exception("Event %s could not be delivered; it will be tried again.", event.pk)
            _postpone(event, error)
    return kept


def _persist(event: Event, size: int) -> tuple[audience.Chunk, list[Recipient] | None]:
    """Commit the next chunk, once more when the database asks for it.

    Somebody unsubscribing or being deleted at this moment breaks a foreign key, and a deadlock
    with a stranger's transaction is theirs to lose or ours: both are gone on the second try.
    """
    for tries_left in (2, 1, 0):
        expired = event.expires_at is not None and event.expires_at <= timezone.now()
        chunk = audience.Chunk([], None) if expired else audience.next_chunk(event, size)
        try:
            return chunk, _deliver_chunk(event, chunk)
        except (IntegrityError, OperationalError) as error:
            logger.warning("A chunk of event %s was rolled back: %s", event.pk, error)
            if not tries_left or connections[router.db_for_write(Event)].in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _deliver_chunk(event: Event, chunk: audience.Chunk) -> list[Recipient] | None:
    """Commit one chunk; None when another process was faster."""
    users = chunk.people
    if users:
        _ensure_inboxes(users)
    with transaction.atomic(using=router.db_for_write(Event)):
        # The claim comes first: it is the lock of the event, and on SQLite, where a transaction
        # that began by reading may not write when another has written, the lock of everything.
        if not _claim(event, chunk.cursor):
            return None
        if not users:
            return []
        advance(users, arrived=1)
        repeated = _repeated(event, users)
        new = [user for user in users if user not in repeated]
        if new:
            _insert(event, new)
        if repeated:
            _collapse(event, repeated)
        return _read_back(event, users)


def _claim(event: Event, cursor: str | None) -> bool:
    """Move the event's cursor, unless somebody else has moved it meanwhile."""
    unmoved = Event.objects.filter(pk=event.pk, delivered_at=None, cursor=event.cursor)
    if cursor is not None:
        return bool(unmoved.update(cursor=cursor))
    return bool(unmoved.update(cursor="", delivered_at=timezone.now(), due_at=None))


def _ensure_inboxes(users: list[Any]) -> None:
    """Make the inboxes that are missing, in a statement (and commit) of its own."""
    user_model = get_user_model()
    missing = user_model._base_manager.filter(
        ~Exists(Inbox.objects.filter(pk=OuterRef("pk"))), pk__in=users
    ).order_by("pk")
    zeros = {name: Value(0) for name in ("rev", "unread", "unseen", "seen", "floor")}
    _insert_select(Inbox, {"user": F("pk"), **zeros}, missing, OnConflict.IGNORE)


@dataclass(frozen=True, slots=True)
class _Repeat:
    """An unread notification that says the same, and whether its owner has seen it."""

    pk: int
    seen: bool


def _repeated(event: Event, users: list[Any]) -> dict[Any, _Repeat]:
    rows = (
        Notification.objects.unread()
        .filter(user__in=users, fingerprint=event.fingerprint, event__type=event.type_id)
        .order_by("seq")
        .values_list("user_id", "pk", "seq", "user__notify_inbox__seen")
    )
    return {user: _Repeat(pk, seq <= seen) for user, pk, seq, seen in rows}


def advance(users: list[Any], arrived: int = 0) -> None:
    """Lock these inboxes by adding 1 to their `rev`, and count what has arrived as unread.

    They are locked in the order of their keys, so that fan-outs never wait in a circle. An UPDATE
    visits its rows in whatever order the plan likes, so PostgreSQL is made to lock them first, in
    a subquery; MariaDB updates in the order it is told; SQLite has one lock for everything.
    """
    inboxes = Inbox.objects.filter(pk__in=users).order_by("pk")
    if connections[inboxes.db].features.has_select_for_update_of:
        inboxes = Inbox.objects.filter(pk__in=inboxes.select_for_update().values("pk"))
    inboxes.update(rev=F("rev") + 1, unread=F("unread") + arrived, unseen=F("unseen") + arrived)


def _insert(event: Event, users: list[Any]) -> None:
    inboxes = Inbox.objects.filter(pk__in=users).order_by("pk")
    _insert_select(
        Notification,
        {
            "event": Value(event.pk, models.BigIntegerField()),
            "user": F("pk"),
            "subscription": _subscription_of(event),
            "seq": F("rev"),
            "rev": F("rev"),
            "occurrences": Value(1),
            "fingerprint": Value(event.fingerprint, models.BigIntegerField()),
        },
        inboxes,
    )


def _subscription_of(event: Event) -> Any:
    """The person's own subscription that reaches them, as an expression over inboxes."""
    if "to" in event.audience:
        return Value(None, models.BigIntegerField())
    own = audience.subscriptions(event).filter(user=OuterRef("pk"))
    return Subquery(own.order_by("only_following", "pk").values("pk")[:1])


def _collapse(event: Event, repeated: dict[Any, _Repeat]) -> None:
    """Move unread repeats to the top: the newest event, one occurrence more, none more unread."""
    not_seen = [user for user, row in repeated.items() if not row.seen]
    unseen_already = Case(When(pk__in=not_seen, then=1), default=0) if not_seen else Value(0)
    Inbox.objects.filter(pk__in=list(repeated)).update(
        unread=F("unread") - 1, unseen=F("unseen") - unseen_already
    )
    rev = Subquery(Inbox.objects.filter(pk=OuterRef("user_id")).values("rev")[:1])
    Notification.objects.filter(pk__in=[row.pk for row in repeated.values()]).update(
        event=event, occurrences=F("occurrences") + 1, seq=rev, rev=rev, emailed_at=None
    )


def _read_back(event: Event, users: list[Any]) -> list[Recipient]:
    """Read what was written, while the locks still hold it: pushes tell just this."""
    rows = (
        Notification.objects.filter(event=event, user__in=users)
        .order_by()
        .values_list(
            "user_id",
            "pk",
            "rev",
            "seq",
            "occurrences",
            "user__notify_inbox__unread",
            "user__notify_inbox__unseen",
        )
    )
    return [Recipient(str(user), *numbers) for user, *numbers in rows]


def _push(event: Event, rows: list[Recipient]) -> None:
    via: Literal["key", "users", "everyone"]
    if len(rows) <= settings.SMALL_AUDIENCE:
        via = "users"
    else:
        # Who is named outright, or subscribed to another type, may not be in the key's group.
        via = "everyone" if event.audience.keys() & {"to", "also"} else "key"
    push.put(event.type_id, items.event_body(event), rows, via=via)


def _announce(event: Event, rows: list[Recipient]) -> None:
    """Send the signal `delivered`; a receiver that raises is logged by Django."""
    if delivered.has_listeners(Event):
        key = get_user_model()._meta.pk
        delivered.send_robust(
            Event,
            event=event,
            user_ids=[key.to_python(row.user) for row in rows],
            notification_ids=[row.id for row in rows],
        )


def _postpone(event: Event, error: Exception) -> None:
    wait = min(_LONGEST_WAIT, timedelta(seconds=2 ** min(event.attempts + 1, 12)))
    Event.objects.filter(pk=event.pk, delivered_at=None).update(
        attempts=F("attempts") + 1,
        last_error=f"{type(error).__name__}: {error}",
        due_at=timezone.now() + wait,
    )


def _insert_select(
    model: type[models.Model],
    columns: dict[str, Any],
    source: models.QuerySet[Any, Any],
    on_conflict: OnConflict | None = None,
) -> None:
    """Run `INSERT INTO model (columns) SELECT ... FROM source`, which the ORM has no verb for."""
    using = router.db_for_write(model)
    connection = connections[using]
    quote = connection.ops.quote_name
    aliased = {f"rn_{name}": expression for name, expression in columns.items()}
    selected = source.using(using).annotate(**aliased).values_list(*aliased)
    select, parameters = selected.query.get_compiler(using=using).as_sql()
    column_of = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    names = [quote(column_of[name]) for name in columns]
    insert = connection.ops.insert_statement(on_conflict=on_conflict)
    suffix = connection.ops.on_conflict_suffix_sql([], on_conflict, [], [])
    statement = f"{insert} {quote(model._meta.db_table)} ({', '.join(names)}) {select} {suffix}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
