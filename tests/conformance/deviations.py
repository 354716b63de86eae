"""Which cases of the Autobahn test suite a server is known to fail, and why.

A case that is listed must fail and every other must pass, so the list is what is true today.
"""

from __future__ import annotations

CLOSE_AMID = "websockets, which uvicorn uses, takes a close between two fragments for an error."
EMPTY = "Daphne sends no empty message: it looks for content that is true."

DEVIATIONS: dict[str, dict[str, str]] = {
    "uvicorn": {"7.1.5": CLOSE_AMID},
    "uvicorn-raw": {"7.1.5": CLOSE_AMID},
    "daphne": dict.fromkeys(["1.1.1", "1.2.1", "6.1.1", "6.1.2", "9.7.1", "9.8.1"], EMPTY),
    # A raw writer writes empty text. Bytes go through ASGI there too.
    "daphne-raw": dict.fromkeys(["1.2.1", "9.8.1"], EMPTY),
}
"""The reasons, by the name of the server and the number of the case."""
