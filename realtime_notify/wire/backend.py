"""The database as the hub sees it: a few functions, which it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from realtime_notify.wire.heal import Positions


class Backend(NamedTuple):
    """What the hub asks of the database. It blocks, and runs in threads."""

    positions: Callable[[list[str]], Positions]
    """Where the inboxes of these users are."""
    keys: Callable[[list[str]], Mapping[str, Iterable[str]]]
    """The keys that each of these users is subscribed to."""
    take_in: Callable[[list[str]], object]
    """Take in the broadcasts that the inboxes of these users lack."""
    signed_out: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]
    """Of these pairs of user id and session key, those that are no longer signed in."""
    translate: Callable[[str, str, str], str]
    """The body of a push in a language, of the body as it was sent, the texts that came with it,
    and the language. The one function that does not block: the hub calls it in its loop."""
    run_due: Callable[[Callable[[], bool]], object]
    """Deliver, wake, remove and edit what is due, until the given function says to stop."""
