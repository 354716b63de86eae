"""What a check is, and how it says that a server is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from realtime_notify.testing.conformance.peer import Closed, Peer, Server
from realtime_notify.testing.session import Frame
from realtime_notify.wire import vocabulary
from realtime_notify.wire.protocol import Close, ErrorCode

FLOOD = 2000
"""Frames; far beyond any burst that a server grants twice."""


class NotChecked(Exception):
    """The server, or the account, has nothing to check this on. The message says what to do."""


class Check(NamedTuple):
    """One check.

    Attributes:
        name: by which it can be chosen.
        sentence: what of ``docs/protocol.md`` it holds.
        run: raises `AssertionError` if the server does otherwise, and `NotChecked`.
        only_waits: whether it changes nothing and waits long, so that others may run meanwhile.
    """

    name: str
    sentence: str
    run: Callable[[Server], None]
    only_waits: bool = False


def check(
    sentence: str, *, only_waits: bool = False
) -> Callable[[Callable[[Server], None]], Check]:
    """Make a check of a function, by its name."""

    def make(run: Callable[[Server], None]) -> Check:
        return Check(run.__name__, sentence, run, only_waits)

    return make


def require_patience(server: Server, seconds: float, what: str) -> None:
    """Leave a check out that takes longer than the caller wants to wait.

    Raises:
        NotChecked: it does.
    """
    if seconds > server.slow_patience:
        raise NotChecked(f"{what} takes {seconds:g} s. Pass --slow with as many.")


def expect(condition: object, wrong: str, frame: object) -> None:
    """Hold a server to something.

    Raises:
        AssertionError: the condition is false. The message says what is `wrong`, with the frame.
    """
    if not condition:
        raise AssertionError(f"{wrong}: {frame}")


def expect_error(frame: Frame, code: ErrorCode, *, temporary: bool = False) -> None:
    """Hold that a frame is this error."""
    error = frame.get("error")
    expect(error, f"The answer is not the error {code}", frame)
    problem = cast("vocabulary.Problem", error)
    expect(problem.get("code") == code, f"The error is not {code}", frame)
    expect(problem.get("temporary") is temporary, f"temporary is not {temporary}", frame)


def expect_close(peer: Peer, code: Close, *, patience: float | None = None) -> Frame:
    """Hold that the server says bye and closes, whatever it sends before; return the bye.

    Args:
        peer: the connection.
        code: of the bye and of the close.
        patience: seconds for which to wait for each frame, if not as for others.
    """
    try:
        for _ in range(FLOOD):
            peer.receive(patience)
    except Closed as closed:
        return expect_code(closed, code)
    raise AssertionError(f"The server did not close with {code.value}.")


def expect_code(closed: Closed, code: Close) -> Frame:
    """Hold that a connection was closed with this code, by bye and close; return the bye."""
    expect(closed.bye, f"There was no bye before the close with {closed.code}", None)
    bye = cast("Frame", closed.bye)
    expect(bye.get("code") == code, f"The code of the bye is not {code.value}", bye)
    expect(closed.code == code, f"The close code is not {code.value}", closed.code)
    return bye


def expect_retry(bye: Frame) -> None:
    """Hold that a bye says when to come back."""
    retry = bye.get("retry")
    is_range = isinstance(retry, list) and len(retry) == 2 and 0 <= retry[0] <= retry[1]
    expect(is_range, "The bye does not say when to come back", bye)
