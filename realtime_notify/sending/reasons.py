"""Why a message, or an event in it, does not leave; the tables keep it."""

from __future__ import annotations

# Of the event
WITHDRAWN = "withdrawn"
EXPIRED = "expired"

# Of its notification
DELETED = "deleted"
ARCHIVED = "archived"
READ = "read"
SNOOZED = "snoozed"
SEEN = "seen"
TOLD = "told already"

# Of the recipient
INACTIVE = "inactive"
NOT_CONCERNED = "opted out or unsubscribed"
NEVER = "never"
RESTING = "address rests"
UNREACHABLE = "not reachable"

# Of the moment
QUIET = "quiet hours"

# Of the message
EMPTY = "empty"
REFUSED = "refused"
BY_HAND = "by hand"
