"""The preferences as a page: what to hear of, by which media, and one's subscriptions."""

from __future__ import annotations

from typing import TypedDict

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from realtime_notify import dispatch
from realtime_notify.exceptions import InvalidRequest, NotAllowed
from realtime_notify.subscriptions import preferences, profiles, self_service
from realtime_notify.views.json import int_or_text
from realtime_notify.views.pages import tabs
from realtime_notify.wire.protocol import ProtocolError, validate

ALL, GROUP, TYPE = "all", "group:", "type:"
"""How the form names what its boxes are about."""


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
    """Show what there is to choose from, or do what a button of the page says."""
    if request.method == "POST":
        try:
            _save(request)
        except (ProtocolError, InvalidRequest, NotAllowed) as error:
            return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
        return redirect(f"{reverse('realtime_notify:preferences')}?saved=1")
    return _shown(request)


def _shown(request: HttpRequest) -> HttpResponse:
    before = int_or_text(request.GET.get("before", ""))
    mine = self_service.listed(request.user, before=before if isinstance(before, int) else None)
    chosen = preferences.preferences_of(request.user)
    names = {one["name"]: one["label"] for one in chosen["media"]}
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
                        **kind,
                        "boxes": _boxes(
                            f"{TYPE}{kind['key']}",
                            kind["opted_out"],
                            chosen,
                            off | set(group["opted_out"]),
                        ),
                    }
                    for kind in group["types"]
                ],
            }
            for group in chosen["groups"]
        ],
        "subscriptions": [
            {**one, "media": [names.get(name, name) for name in one["media"]]}
            for one in mine["subscriptions"]
        ],
        "newest": before != "",
        "older": mine["next"],
        "interval": chosen["interval"],
        "intervals": chosen["intervals"],
        "saved": "saved" in request.GET,
    }
    return render(request, "realtime_notify/preferences.html", context)


def _boxes(
    name: str, opted_out: list[str], chosen: preferences.Preferences, off: set[str]
) -> list[Box]:
    """Return a row of boxes, one a medium; those under a wider opt-out change nothing now."""
    return [
        {
            "name": name,
            "medium": one["name"],
            "label": one["label"],
            "checked": one["name"] not in opted_out,
            "overridden": one["name"] in off,
        }
        for one in chosen["media"]
    ]


def _save(request: HttpRequest) -> None:
    """Save the boxes, whichever button was pressed, and do what the button says besides."""
    sent = request.POST
    if "leave" in sent:
        pk = int_or_text(sent["leave"])
        if not isinstance(pk, int):
            raise InvalidRequest("There is no such subscription.")
        self_service.leave(request.user, pk)
        return
    if "interval" in sent:
        _save_interval(request.user, sent["interval"])
    on_the_page = sent.getlist("media")
    for (key, group), before in preferences.scopes(
        preferences.preferences_of(request.user)
    ).items():
        name = f"{TYPE}{key}" if key else f"{GROUP}{group}" if group else ALL
        if name not in sent.getlist("row"):
            continue  # it has come to be since the page was made
        checked = sent.getlist(name)
        after = [one for one in on_the_page if one not in checked]
        after += [one for one in before if one not in on_the_page]
        if set(after) != set(before):
            preferences.save_opt_outs(request.user, key=key, group=group, opted_out=after)
    for verb in ("subscribe", "unsubscribe"):
        if verb in sent:
            dispatch.perform(request.user, verb, validate(verb, {"key": sent[verb]}))


def _save_interval(user: object, text: str) -> None:
    """Save what was chosen from the list, if it is something else than before."""
    before = profiles.default_interval(user)
    offered = {str(minutes): minutes for minutes, _label in profiles.interval_choices(before)}
    if text not in offered:
        raise InvalidRequest("There is no such interval.")
    if offered[text] != before:
        profiles.choose_interval(user, offered[text])
