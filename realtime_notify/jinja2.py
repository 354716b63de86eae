"""The template tags for Jinja2, as functions: an extension for Django's Jinja2 backend.

Name it in `TEMPLATES`, in the options of that backend:
`"extensions": ["realtime_notify.jinja2.NotifyExtension"]`.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from realtime_notify import elements, inbox


@pass_context
def notify_scripts(context: Context) -> SafeString:
    """Return the script of the bell: `{{ notify_scripts() }}`, once, in the head of the page."""
    return elements.scripts(context.get("request"))


@pass_context
def notify_bell(context: Context, **attributes: Any) -> SafeString:
    """Return the bell: `{{ notify_bell(label="Post") }}`."""
    return elements.bell(_request(context, "notify_bell"), **attributes)


@pass_context
def notify_inbox(context: Context, amount: int = 10, **attributes: Any) -> SafeString:
    """Return the newest notifications with their buttons: `{{ notify_inbox(10) }}`."""
    return elements.inbox_list(_request(context, "notify_inbox"), amount, **attributes)


@pass_context
def notify_toasts(context: Context, **attributes: Any) -> SafeString:
    """Return cards for what arrives, with their script: `{{ notify_toasts() }}`, once."""
    return elements.toasts(_request(context, "notify_toasts"), **attributes)


@pass_context
def notify_alerts(context: Context, **attributes: Any) -> SafeString:
    """Return what tells of arrivals outside of the page: `{{ notify_alerts(sound=True) }}`."""
    return elements.alerts(_request(context, "notify_alerts"), **attributes)


@pass_context
def notify_push(context: Context, **attributes: Any) -> SafeString:
    """Return the switch for pushes to this browser, with its script: `{{ notify_push() }}`."""
    return elements.push(_request(context, "notify_push"), **attributes)


@pass_context
def unread_count(context: Context) -> int | str:
    """Return the number of unread notifications; "" if no user is signed in."""
    user = getattr(_request(context, "unread_count"), "user", None)
    return inbox.unread_count(user) if user is not None and user.is_authenticated else ""


FUNCTIONS = (
    notify_scripts,
    notify_bell,
    notify_inbox,
    notify_toasts,
    notify_alerts,
    notify_push,
    unread_count,
)


class NotifyExtension(Extension):
    """Makes the functions of this module known to all templates."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update({function.__name__: function for function in FUNCTIONS})


def _request(context: Context, name: str) -> HttpRequest:
    request: HttpRequest | None = context.get("request")
    if request is None:
        raise LookupError(
            f"{name}() needs the request in the template's context. Render with "
            "render(request, ..., using='jinja2'); in a template that is imported, write "
            "{% import ... with context %}."
        )
    return request
