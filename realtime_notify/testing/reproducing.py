"""The promise of the protocol, as an assertion: frames lead from one view to the next."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

from realtime_notify.testing.session import Frame, Session, Store


def assert_frames_reproduce(before: Store, frames: Iterable[Frame], after: Store) -> None:
    """Hold that a client which shows `before` and takes these frames shows `after`.

    Args:
        before: what the client shows at first. It is left as it is.
        frames: pushes, and answers to hello and sync, in the order of their arrival; answers to
            `page` are not among them, as only their `id` tells what they continue.
        after: what it has to show in the end.

    Raises:
        AssertionError: it shows something else, or a frame does not follow on those before it.
    """
    session = Session(deepcopy(before))
    for place, frame in enumerate(frames):
        shown = session.store.rev
        if session.receive(frame).outcome == "sync":
            raise AssertionError(
                f"Frame {place} does not follow on rev {shown}, so the client would ask for what "
                f"it missed: {frame}"
            )
    found, expected = session.store.snapshot(), after.snapshot()
    if different := [name for name in expected if found[name] != expected[name]]:
        lines = [f"{name}: {found[name]!r}, not {expected[name]!r}" for name in different]
        raise AssertionError("The frames lead to another view. " + "; ".join(lines) + ".")
