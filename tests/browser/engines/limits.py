"""What only some of the drivers can do.

Everything in tests/browser/journeys needs none of it and runs in every engine. The tests beside it
run in Chromium, whose driver can do all of this. CONTRIBUTING.md has this table too.
"""

from __future__ import annotations

LIMITS: dict[str, tuple[str, ...]] = {
    "several browsers at once": ("chromium", "firefox"),
    "a script before those of the page": ("chromium", "firefox"),
    "another language of the browser": ("chromium", "firefox"),
    "a viewport narrower than 450 pixels": ("chromium", "firefox"),
    "a browser without scripts": ("chromium",),
    "no network": ("chromium",),
    "a socket or a request that is intercepted": ("chromium",),
    "touch": ("chromium",),
    "dark and forced colours": ("chromium",),
    "the accessibility tree": ("chromium",),
    "push messages": ("chromium",),
    "the size of the heap": ("chromium",),
}
"""What is possible in some engines only, and in which."""
