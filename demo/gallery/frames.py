"""The frames of the gallery: which element shows which inbox, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

THEMES = ("light", "dark")
DIRECTIONS = ("ltr", "rtl")
DENSITIES = ("", "compact")
LANGUAGES = ("en", "ar", "da", "de", "fi", "id", "ja", "ru")

SIGNED_OUT = "signed-out"
"""The inbox of somebody who has signed out since the page was loaded."""


@dataclass(frozen=True)
class Frame:
    """One frame."""

    name: str
    title: str
    inbox: str
    element: str = "bell"
    """Of `bell`, `toasts`, `inbox`, `alerts` and `push`."""
    open: bool = True
    """Whether the panel of the bell is open."""
    press: tuple[str, ...] = ()
    """What is clicked in the panel once it is open, the name of a part, or the key `?`."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Of the element."""
    browser: str = ""
    """A browser that it acts: one where pushes are `blocked` or `unsupported`, or which wants the
    site to `install` first."""


FRAMES = {
    frame.name: frame
    for frame in (
        Frame("closed", "Closed, nothing unread", "empty", open=False),
        Frame("badge", "One unread", "one", open=False),
        Frame("hundred", "More than a hundred unread", "many", open=False),
        Frame("day", "Pictures, levels, actions, repeats, days", "day"),
        Frame("empty", "All caught up", "empty"),
        Frame("menu", "The menu of a row", "day", press=("menu",)),
        Frame("keys", "The keys", "day", press=("?",)),
        Frame("preferences", "Preferences", "day", press=("settings",)),
        Frame("compact", "Compact", "day", attributes={"density": "compact"}),
        Frame("many", "A long inbox", "many"),
        Frame("words", "Words without end", "words"),
        Frame("arabic", "Arabic", "arabic"),
        Frame("without-socket", "No socket", "day", attributes={"socket": "off"}),
        Frame("signed-out", "Signed out in another tab", SIGNED_OUT),
        Frame("toasts", "Toasts", "toasts", element="toasts", attributes={"duration": "0"}),
        Frame(
            "toasts-more",
            "More toasts than there is room for",
            "toasts-more",
            element="toasts",
            attributes={"duration": "0", "max": "1"},
        ),
        Frame("inbox", "The inbox in a page", "day", element="inbox"),
        Frame(
            "alerts",
            "Desktop and sound",
            "one",
            element="alerts",
            attributes={"desktop": True, "sound": ""},
        ),
        Frame("push", "Pushes to this browser", "one", element="push"),
        *(
            Frame(f"push-{browser}", title, "one", element="push", browser=browser)
            for browser, title in (
                ("blocked", "Pushes, blocked by the browser"),
                ("unsupported", "Pushes, in a browser without them"),
                ("install", "Pushes, on an iPhone"),
            )
        ),
    )
}
