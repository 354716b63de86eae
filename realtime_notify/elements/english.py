"""The texts of the elements, marked for translators.

The elements hold their English texts themselves, in `frontend/src`: a page in English needs no
others. Here are the same texts under the same names, one dictionary for each of those files, so
that gettext finds them; a test holds the two equal. A gap is written `{count}`. A text with a
plural is a function from the number to the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

Text = str | Promise | Callable[[int], str]
Texts = Mapping[str, Text]

BELL: Texts = {
    "label": gettext_lazy("Notifications"),
    "trigger": gettext_lazy("{label}, {count} unread"),
    "triggerNone": gettext_lazy("{label}, none unread"),
}
"""bell-messages.ts: what the bell says without its panel."""

PANEL: Texts = {
    "unread": gettext_lazy("Unread"),
    "markAll": gettext_lazy("Mark all read"),
    "close": gettext_lazy("Close"),
    "markRead": gettext_lazy("Mark as read"),
    "markUnread": gettext_lazy("Mark as unread"),
    "archive": gettext_lazy("Archive"),
    "doTo": gettext_lazy("{action}: {title}"),
    "latest": gettext_lazy("Latest of {count}"),
    "success": gettext_lazy("Success"),
    "warning": gettext_lazy("Warning"),
    "error": gettext_lazy("Error"),
    "more": gettext_lazy("Show more"),
    "retry": gettext_lazy("Try again"),
    "newItems": lambda n: ngettext("{count} new", "{count} new", n),
    "earlier": gettext_lazy("earlier"),
    "tabAll": gettext_lazy("All"),
    "tabArchived": gettext_lazy("Archived"),
    "emptyList": gettext_lazy("Nothing here"),
    "unarchive": gettext_lazy("Move to the inbox"),
    "menu": gettext_lazy("More"),
    "answered": gettext_lazy("Done: {action}"),
    "preferences": gettext_lazy("Preferences"),
    "all": gettext_lazy("See all notifications"),
    "untitled": gettext_lazy("Notification"),
    "arrivedOne": gettext_lazy("New notification: {title}"),
    "arrived": lambda n: ngettext("{count} new notification", "{count} new notifications", n),
    "emptyTitle": gettext_lazy("You are all caught up"),
    "emptyText": gettext_lazy("What is new appears here by itself."),
    "reconnecting": gettext_lazy("Reconnecting…"),
    "polling": gettext_lazy("Live updates are off. Checked every few minutes."),
    "stale": gettext_lazy("This list may be out of date."),
    "offline": gettext_lazy("You are offline. This list may be out of date."),
    "signedOut": gettext_lazy("You are signed out. Sign in again."),
    "stopped": gettext_lazy("Live updates are off. Reload the page."),
    "archived": gettext_lazy("Archived."),
    "deleted": gettext_lazy("Deleted."),
    "allRead": gettext_lazy("All marked as read."),
    "undo": gettext_lazy("Undo"),
    "failed": gettext_lazy("That did not work. Please try again."),
}
"""panel-messages.ts: what the panel says as well."""

MENU: Texts = {
    "delete": gettext_lazy("Delete"),
    "keys": gettext_lazy("Keys"),
    "keyMove": gettext_lazy("Next or previous"),
    "keyEnds": gettext_lazy("First or last"),
    "keyOpen": gettext_lazy("Open"),
    "keyHelp": gettext_lazy("Show or hide this help"),
    "snooze": gettext_lazy("Snooze until"),
    "snoozeHour": gettext_lazy("In an hour"),
    "snoozeEvening": gettext_lazy("This evening"),
    "snoozeTomorrow": gettext_lazy("Tomorrow morning"),
    "snoozeWeek": gettext_lazy("Next week"),
    "snoozed": gettext_lazy("Snoozed until {time}"),
    "mute": gettext_lazy("Mute this type"),
    "muted": gettext_lazy("You get no more of: {type}"),
    "allPreferences": gettext_lazy("All preferences"),
    "back": gettext_lazy("Back"),
    "alwaysOn": gettext_lazy("Always on"),
    "offElsewhere": gettext_lazy("Switched off as a whole under “All preferences”"),
}
"""menu-messages.ts: what is said in the panel by what is loaded when it is first wanted."""

PUSH: Texts = {
    "title": gettext_lazy("Notifications on this device"),
    "off": gettext_lazy(
        "Hear of what is new while no page of this site is open. "
        "Your browser will ask for permission first."
    ),
    "on": gettext_lazy(
        "This browser shows new notifications, even while the site is closed. Signing out ends it."
    ),
    "blocked": gettext_lazy(
        "Your browser blocks notifications from this site. "
        "Allow them in its settings for this site to turn them on here."
    ),
    "unsupported": gettext_lazy("This browser cannot show notifications while the site is closed."),
    "install": gettext_lazy(
        "On iPhone and iPad, put this site on your Home Screen first: "
        "tap Share, then “Add to Home Screen”, and open it from there."
    ),
    "turnOn": gettext_lazy("Turn on"),
    "turnOff": gettext_lazy("Turn off"),
    "failed": gettext_lazy("That did not work. Please try again."),
}
"""push-messages.ts: what the switch for pushes says."""

ALERTS: Texts = {
    "label": gettext_lazy("How this browser tells what is new"),
    "desktop": gettext_lazy("Desktop notifications"),
    "desktopText": gettext_lazy("While you look at another window or tab."),
    "blocked": gettext_lazy(
        "Your browser blocks notifications from this site. Allow them in its settings."
    ),
    "sound": gettext_lazy("Sound"),
    "soundText": gettext_lazy("When something arrives."),
    "untitled": gettext_lazy("Notification"),
    "arrived": lambda n: ngettext("{count} new notification", "{count} new notifications", n),
}
"""alerts-messages.ts: what the switches say."""

TOASTS: Texts = {
    "region": gettext_lazy("New notifications"),
    "untitled": gettext_lazy("Notification"),
    "markRead": gettext_lazy("Mark as read"),
    "close": gettext_lazy("Close"),
    "doTo": gettext_lazy("{action}: {title}"),
    "success": gettext_lazy("Success"),
    "warning": gettext_lazy("Warning"),
    "error": gettext_lazy("Error"),
    "rest": lambda n: ngettext("{count} more", "{count} more", n),
    "away": lambda n: ngettext(
        "{count} new notification while you were away",
        "{count} new notifications while you were away",
        n,
    ),
    "arrivedOne": gettext_lazy("New notification: {title}"),
    "arrived": lambda n: ngettext("{count} new notification", "{count} new notifications", n),
}
"""toasts-messages.ts: what the cards say."""
