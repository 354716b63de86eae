"""The signals: one to send notifications with, and one that says who got them.

`notify` is for those who send signals rather than call functions::

    notify.send(bob, recipient=alice, verb="commented on", target=post)

It takes `recipient` (a user, a group, a queryset of either, or any iterable of them; nobody is told
twice), `verb`, and, if wanted, `action_object`, `target`, `level`, `description`, `public`,
`timestamp` (a moment it happened at) and `key`; see
`realtime_notify.publish.receivers.send()`. As with every signal, the answer is a list of pairs of
receiver and answer; here the answer is the event.

`delivered` is sent after each chunk of an event's delivery has been committed, with `event`,
`user_ids` (who got it) and `notification_ids` (their notifications, in the same order). A receiver
that raises is logged, and holds up nobody. Like a push it is sent once and not again: a process
that dies after the commit does not send it.
"""

from __future__ import annotations

from django.dispatch import Signal

notify = Signal()
delivered = Signal()
