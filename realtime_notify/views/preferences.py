"""The preferences page: opt-outs by type and medium, when to interrupt, and subscriptions."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings as django_settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from realtime_notify import commands
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.subscriptions import listing, preferences, self_service
from realtime_notify.views import profile_form
from realtime_notify.views.api import SUBSCRIPTION_COMMANDS
from realtime_notify.views.json import int_or_text
from realtime_notify.views.pages import tabs
from realtime_notify.wire.commands import validate
from realtime_notify.wire.protocol import ProtocolError

ALL, GROUP, TYPE = "all", "group:", "type:"
"""The names, or prefixes of names, of the form's rows: everything, a group, a type."""


class Box(TypedDict):
    """A checkbox of the form."""

    name: str
    medium: str
    label: str
    checked: bool
    overridden: bool


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest) -> HttpResponseBase:
    """Show the preferences; POST saves them and carries out the command of a button."""
    if request.method == "POST":
        try:
            _save(request)
        except (ProtocolError, InvalidRequest, NotAllowed) as error:
            return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
        return redirect(f"{reverse('realtime_notify:preferences')}?saved=1")
    return _shown(request)


def _shown(request: HttpRequest) -> HttpResponse:
    before = int_or_text(request.GET.get("before", ""))
    mine = listing.listed(request.user, before=before if isinstance(before, int) else None)
    chosen = preferences.preferences_of(request.user)
    labels = {medium["name"]: medium["label"] for medium in chosen["media"]}
    off = set(chosen["opted_out"])
    context = {
        "tabs": tabs("preferences"),
        "media": chosen["media"],
        "everything": _boxes(ALL, chosen["opted_out"], chosen, set()),
        "groups": [
            {
                **group,
                "boxes": _boxes(f"{GROUP}{group['name']}", group["opted_out"], chosen, off),
                "types": [
                    {
                        **entry,
                        "boxes": _boxes(
                            f"{TYPE}{entry['key']}",
                            entry["opted_out"],
                            chosen,
                            set() if entry["required"] else off | set(group["opted_out"]),
                        ),
                    }
                    for entry in group["types"]
                ],
            }
            for group in chosen["groups"]
        ],
        "subscriptions": [
            {**row, "media": [labels.get(name, name) for name in row["media"]]}
            for row in mine["subscriptions"]
        ],
        "newest": before != "",
        "older": mine["next"],
        "rows": profile_form.rows(chosen),
        "site_time_zone": django_settings.TIME_ZONE,
        "saved": "saved" in request.GET,
    }
    return render(request, "realtime_notify/preferences.html", context)


def _boxes(
    name: str, opted_out: list[str], chosen: preferences.Preferences, off: set[str]
) -> list[Box]:
    """Return the checkboxes of a row, one per medium.

    Args:
        name: the name of the row.
        opted_out: the media that the row itself opts out of.
        chosen: the preferences.
        off: the media that a broader opt-out overrides.
    """
    return [
        {
            "name": name,
            "medium": medium["name"],
            "label": medium["label"],
            "checked": medium["name"] not in opted_out,
            "overridden": medium["name"] in off,
        }
        for medium in chosen["media"]
    ]


def _save(request: HttpRequest) -> None:
    """Save the checkboxes, whichever button was pressed, and carry out the button's command."""
    form = request.POST
    if "leave" in form:
        pk = int_or_text(form["leave"])
        if not isinstance(pk, int):
            raise InvalidRequest("There is no such subscription.")
        self_service.leave(request.user, pk)
        return
    profile_form.save(request.user, form)
    on_the_page = form.getlist("media")
    for (key, group), before in preferences.scopes(
        preferences.preferences_of(request.user)
    ).items():
        name = f"{TYPE}{key}" if key else f"{GROUP}{group}" if group else ALL
        if name not in form.getlist("row"):
            continue  # created after the page was rendered
        checked = form.getlist(name)
        after = [medium for medium in on_the_page if medium not in checked]
        after += [medium for medium in before if medium not in on_the_page]
        if set(after) != set(before):
            preferences.save_opt_outs(request.user, key=key, group=group, opted_out=after)
    for command in SUBSCRIPTION_COMMANDS:
        if command in form:
            commands.perform(request.user, command, validate(command, {"key": form[command]}))
