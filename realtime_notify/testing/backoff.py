"""How long a client waits before it comes back, by the rules of the client that ships.

`frontend/src/connection/backoff.ts` and `socket.ts` have the same rules, and
`tests/testing/test_backoff.py` holds both to the same numbers.
"""

from __future__ import annotations

# Seconds.
FIRST_CEILING = 0.5
"""Below it is the first wait. The ceiling doubles with each attempt."""
LAST_CEILING = 30.0
LONGEST_HINT = 300.0
"""Nobody waits for longer than this, whatever the server asks for."""
WORKS_AFTER = 5.0
"""After a connection that has lasted so long, the next attempt is a first one."""


def wait(attempt: int, chance: float, retry: tuple[float, float] | None = None) -> float:
    """Return the seconds until the next attempt.

    Args:
        attempt: how many attempts have failed one after the other; 0 for the first wait.
        chance: a random number from 0 to 1, evenly distributed.
        retry: between which seconds the server asked for the client's return, if it has.
    """
    if retry is not None:
        low, high = retry
        return min(LONGEST_HINT, low + chance * (high - low))
    # A ceiling that is out of reach; 2**attempt itself grows for ever.
    doublings = min(attempt, 16)
    return chance * min(LAST_CEILING, FIRST_CEILING * 2.0**doublings)
