"""Not notifying for a while: in an import, a repair, a test.

It works as a context manager and as a decorator, of functions and of coroutine functions::

    with notifications_disabled():
        import_all_orders()


    @notifications_disabled()
    async def repair(): ...

It holds for what runs inside and nothing else: not for other threads, nor for other requests on
the same loop. Tasks that are started inside, and what goes to a thread by `sync_to_async()`, take
it along.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction

Function = TypeVar("Function", bound=Callable[..., Any])

_depth: ContextVar[int] = ContextVar("realtime_notify.silence", default=0)


@overload
def notifications_disabled() -> Silence: ...
@overload
def notifications_disabled(function: Function) -> Function: ...
def notifications_disabled(function: Function | None = None) -> Silence | Function:
    """Make `notify()` write nothing: in a `with` block, or in a function, sync or async.

    Arguments are checked as ever, and an event is returned that is not saved: its `pk` is None.
    What was promised before is still delivered.

    Raises:
        TypeError: it decorates a generator.
    """
    return Silence() if function is None else Silence()(function)


class Silence:
    """What `notifications_disabled()` returns."""

    # A counter and no token of the context variable: one object may be entered many times, in
    # several threads and tasks at once.

    def __enter__(self) -> None:
        _depth.set(_depth.get() + 1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _depth.set(_depth.get() - 1)

    def __call__(self, function: Function) -> Function:
        """Return a function that runs without notifying.

        Raises:
            TypeError: it is a generator, which would carry the silence to whoever iterates.
        """
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__}() is a generator, whose body runs in pieces between "
                "those of its caller; put notifications_disabled() around the loop over it."
            )
        if iscoroutinefunction(function):

            @functools.wraps(function)
            async def quiet_coroutine(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return quiet_coroutine  # type: ignore[return-value]

        @functools.wraps(function)
        def quiet(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return quiet  # type: ignore[return-value]


def is_silent() -> bool:
    """Tell whether notifications are disabled here."""
    return _depth.get() > 0
