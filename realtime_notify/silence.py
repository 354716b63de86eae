"""Suppressing notifications temporarily: in an import, a repair, a test.

`notifications_disabled()` is a context manager and a decorator of functions and coroutines::

    with notifications_disabled():
        import_all_orders()


    @notifications_disabled()
    async def repair(): ...

It applies to the code inside only, not to other threads or to other requests on the same event
loop. Tasks that are created inside, and calls by `sync_to_async()`, inherit it.
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

    `notify()` still validates its arguments, and returns an event that is not saved: its `pk` is
    None. Events that were saved before are still delivered.

    Raises:
        TypeError: it decorates a generator.
    """
    return Silence() if function is None else Silence()(function)


class Silence:
    """The context manager and decorator that `notifications_disabled()` returns."""

    # A counter rather than a token of the context variable, because one object may be entered
    # several times, also in several threads and tasks at once.

    def __enter__(self) -> None:
        _depth.set(_depth.get() + 1)

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _depth.set(_depth.get() - 1)

    def __call__(self, function: Function) -> Function:
        """Return a version of a function that does not notify.

        Raises:
            TypeError: it is a generator, which would suppress the notifications of its consumer.
        """
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__}() is a generator, whose body runs interleaved with its "
                "caller; put notifications_disabled() around the loop over it."
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
