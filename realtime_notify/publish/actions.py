"""Row actions: the buttons that an event offers, in its `data["actions"]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime_notify.exceptions import InvalidNotification
from realtime_notify.links import is_safe_url

MAX_ACTIONS = 4
MAX_LABEL = 60
METHODS = ("GET", "POST")
STYLES = ("primary", "danger")
FIELDS = ("label", "url", "method", "style")


def check_actions(data: Any) -> None:
    """Check the actions in an event's data, if there are any.

    Raises:
        InvalidNotification: they are not a list of actions as docs/how-to/send.md describes.
    """
    if not isinstance(data, Mapping) or "actions" not in data:
        return
    actions = data["actions"]
    if not isinstance(actions, list) or len(actions) > MAX_ACTIONS:
        _bad(f"must be a list of at most {MAX_ACTIONS} actions, not {actions!r}")
    for action in actions:
        _check(action)


def _check(action: Any) -> None:
    if not isinstance(action, Mapping):
        _bad(f"holds {action!r}; an action is {{'label': 'Approve', 'url': '/orders/7/approve/'}}")
    if unknown := sorted(action.keys() - set(FIELDS)):
        _bad(f"has an action with {unknown[0]!r}; an action has: {', '.join(FIELDS)}")
    label, url = action.get("label"), action.get("url")
    if not isinstance(label, str) or not label.strip() or len(label) > MAX_LABEL:
        _bad(f"has the label {label!r}; a label is a text of 1 to {MAX_LABEL} characters")
    if not isinstance(url, str) or not url or not is_safe_url(url):
        _bad(f"has the url {url!r}; it must be a path of this site or an http(s) URL")
    method, style = action.get("method", "GET"), action.get("style")
    if method not in METHODS:
        _bad(f"has the method {method!r}; there are: {', '.join(METHODS)}")
    if method == "POST" and not url.startswith("/"):
        _bad(f"would POST to {url!r}; only a path of this site such as '/orders/7/approve/' may be")
    if style not in (None, *STYLES):
        _bad(f"has the style {style!r}; there are: {', '.join(STYLES)}")


def _bad(flaw: str) -> Any:
    raise InvalidNotification(f'data["actions"] {flaw}.')
