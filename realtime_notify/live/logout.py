"""The receiver of Django's `user_logged_out`: it closes the sockets of the session, in any process.

`AppConfig.ready` imports this module.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends import signed_cookies
from django.db import router, transaction
from django.dispatch import receiver

from realtime_notify.credentials import ask_again
from realtime_notify.models.objects import user_pk
from realtime_notify.wire import push


@receiver(user_logged_out, dispatch_uid="realtime_notify.logout")
def close_sockets(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Close the sockets of a session that is about to end.

    Without a request it is unknown which session that is; the next session check closes them. A
    session that is kept in a cookie has another key whenever it changes, so that its sockets cannot
    be told from the user's others: all come back, by the cookies that they have then.
    """
    session = getattr(request, "session", None)
    session_key = getattr(session, "session_key", None)
    if user is None or session is None or not session_key:
        return
    if isinstance(session, signed_cookies.SessionStore):
        ask_again(user, "signed out somewhere")
        return
    # Django ends the session after its signal. A page that its socket tells of the end may reload
    # before that, and would be signed in.
    session.delete(session_key)
    digest = push.session_digest(session_key)
    transaction.on_commit(
        lambda: push.disconnect(str(user_pk(user)), digest, "signed out"),
        using=router.db_for_write(type(user)),
    )
