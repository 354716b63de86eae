"""The signals: one that sends notifications, and one that reports their delivery.

`notify` sends a notification, for code that prefers a signal to a function call::

    notify.send(bob, recipient=alice, verb="commented on", target=post)

It takes `recipient` (a user, a group, a queryset of either, or any iterable of them; duplicates
are ignored), `verb` and, optionally, `action_object`, `target`, `level`, `description`, `public`,
`timestamp` and `key`; see `realtime_notify.publish.receivers.send()`. Like every signal it returns
a list of pairs of receiver and response; the response is the event.

`delivered` is sent after the commit of each chunk of an event's delivery, with `event`, `user_ids`
(the recipients) and `notification_ids` (their notifications, in the same order). Of a broadcast it
is sent whenever inboxes have taken it in, with those people. An exception in
a receiver is logged and does not affect the delivery. Like a push, the signal is sent at most
once: a process that dies right after the commit does not send it.
"""

from __future__ import annotations

from django.dispatch import Signal

notify = Signal()
delivered = Signal()
