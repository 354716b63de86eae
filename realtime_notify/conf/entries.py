"""The entries of `REALTIME_NOTIFY`: their types, their defaults and what they mean.

docs/settings.md repeats each of them, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def _setting(default: Any, doc: str, *, at_least: int = 0) -> Any:
    """Declare a setting.

    Args:
        default: its default.
        doc: its documentation, which docs/settings.md repeats.
        at_least: the smallest value of a number.
    """
    return field(default=default, metadata={"doc": doc, "at_least": at_least})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of realtime_notify, with their defaults."""

    # Delivery
    CHUNK_SIZE: int = _setting(2000, "How many recipients one transaction delivers to.", at_least=1)
    INLINE_RECIPIENTS: int = _setting(
        2000,
        "How many recipients the caller of `notify()` delivers to itself, right after the commit. "
        "The worker delivers to the rest. 0 leaves everything to the worker.",
    )
    INLINE_SECONDS: float = _setting(
        0.1,
        "How long the caller delivers after a commit, in seconds: a chunk that has begun is "
        "finished, and the rest is left to the worker.",
    )
    LAZY_ABOVE: int | None = _setting(
        None,
        "An event for more subscribers than this becomes a broadcast: one row for everybody, which "
        "each inbox takes in when it is next looked at. `None`: only where `notify()` or the type "
        "says so.",
    )
    SMALL_AUDIENCE: int = _setting(
        20, "Pushes to at most this many recipients are sent one by one instead of to a group."
    )
    SWEEP_INTERVAL: float = _setting(
        2.0,
        "Seconds between two searches for due deliveries, in the worker and in each server "
        "process. 0: server processes never search, and a worker must run.",
    )
    WAKE_UP: str = _setting(
        "",
        "The function `(when)` that has a task engine call `run_due()`: at the moment `when`, or "
        "at once if it is None. Empty: nothing is called.",
    )
    MESSAGE_MAX_LENGTH: int = _setting(
        10_000, "Maximum length of a message or a description, in characters."
    )
    DATA_MAX_BYTES: int = _setting(32_768, "Maximum size of an event's `data`, in bytes of JSON.")

    DEFAULT_KEY: str = _setting(
        "notification", "The key of notifications that the `notify` signal sends without one."
    )
    FOLLOWING: str = _setting(
        "realtime_notify.audience.following.Following",
        "The class that decides who follows whom, for subscriptions with `only_following`.",
    )
    JOINED_FIELD: str = _setting(
        "date_joined",
        "The user model's field with the time a user joined: `recipients=EVERYONE` reaches those "
        "who had joined when the event happened. A model without the field: all users.",
    )
    SELF_SERVICE: str = _setting(
        "realtime_notify.subscriptions.self_service.allows",
        "The function `(user, type, target) -> bool` that decides what users may subscribe to "
        "from the browser. `target` is None for all events of the type.",
    )
    INTERVALS: tuple[int, ...] = _setting(
        (0, 1440, 10080, 43200, -1),
        "The intervals that users can choose from, in minutes. 0: at once. -1: never.",
    )
    FREQUENCY: str = _setting(
        "realtime_notify.subscriptions.profiles.chosen",
        "The function `(subscription) -> int` that returns how often a subscription may "
        "interrupt, in minutes.",
    )

    ACTOR_IMAGE: str = _setting(
        "",
        "The function `(actor) -> str` that returns the URL of a picture of whoever did something, "
        "or an empty text. Empty: there are no pictures.",
    )
    ALLOWED_IMAGE_HOSTS: tuple[str, ...] = _setting(
        (),
        "Hosts besides the site's own that pictures may come from, such as `cdn.example.com`, or "
        "`.example.com` for it and all below it.",
    )

    # Other media
    MEDIA: tuple[str, ...] = _setting(
        (),
        "The media besides the inbox: `email`, `webpush`, `webhook`, or the path of a class of "
        "your own. Empty: nothing leaves the site.",
    )
    BASE_URL: str = _setting(
        "",
        "The address of the site, such as `https://example.com`, which links in messages begin "
        "with.",
    )
    SITE_NAME: str = _setting("", "What messages call the site. Empty: the host of `BASE_URL`.")
    READER: str = _setting(
        "realtime_notify.outbox.readers.reader_of",
        "The function `(user, profile) -> Reader` that knows in which language and time zone "
        "somebody reads, and their preferred e-mail address.",
    )
    DIGEST_HOUR: int = _setting(
        8, "The hour at which daily and longer digests are sent, in each person's time zone."
    )
    DIGEST_ONLY_UNREAD: bool = _setting(
        True, "Whether digests leave out what was read in the meantime."
    )
    SEND_ATTEMPTS: int = _setting(
        8, "How often a message is tried before it is given up.", at_least=1
    )

    # E-mail
    EMAIL_FROM: str = _setting(
        "",
        "The sender of e-mails, such as `Example <hello@example.com>`. Empty: Django's "
        "`DEFAULT_FROM_EMAIL`.",
    )
    EMAIL_BACKEND: str = _setting(
        "",
        "The e-mail backend of Django that notifications leave by; since Django 6.1 also the name "
        "of one of `MAILERS`. Empty: Django's own choice.",
    )
    EMAIL_RATE: float = _setting(
        0.0, "How many e-mails a second each worker sends at most. 0: as fast as it can."
    )
    EMAIL_SUBJECT: str = _setting(
        "",
        "A subject for all e-mails, translated for each reader if your catalogues have it. Empty: "
        "the subject says what happened.",
    )
    EMAIL_SUBJECTS: Mapping[str, str] | None = _setting(
        None,
        "Template files for the subjects of e-mails, by glob of the types' keys; the first match "
        "wins. They are used for e-mails all of whose events match the same one.",
    )
    EMAIL_TEMPLATES: Mapping[str, str] | None = _setting(
        None,
        "The same as `EMAIL_SUBJECTS`, for the e-mails themselves: a path without its ending, such "
        "as `mails/comment` for `mails/comment.txt` and `mails/comment.html`, if there is one.",
    )

    # People without an account
    SUBSCRIBE_BY_ADDRESS: str = _setting(
        "",
        "The function `(address, type, target) -> bool` that decides what anybody may subscribe to "
        "by an e-mail address. `address` is empty before there is one. Empty: nothing.",
    )
    ADDRESS_OWNER: str = _setting(
        "realtime_notify.subscriptions.requests.owner_of",
        "The function `(address) -> user` that returns whom an e-mail address belongs to, or None.",
    )
    CONFIRM_LIFETIME: float = _setting(
        259_200.0, "Seconds within which a subscription by address is confirmed.", at_least=1
    )
    CONFIRMATIONS_PER_HOUR: int = _setting(
        3, "Mails an hour that ask one e-mail address to confirm. 0: no limit."
    )
    CONFIRMATIONS_PER_SENDER: int = _setting(
        20,
        "How often an hour one network address may ask for a subscription by e-mail address. 0: no "
        "limit.",
    )

    # Web Push
    VAPID_PRIVATE_KEY: str = _setting(
        "",
        "The secret key by which push services know the site; `manage.py notify_vapid` makes one. "
        "Empty: browsers cannot subscribe.",
    )
    VAPID_SUBJECT: str = _setting(
        "",
        "How push services reach you if something is wrong: `mailto:you@example.com`, or an https "
        "URL.",
    )
    PUSH_ICON: str = _setting(
        "", "The URL of the icon of pushed notifications. Empty: the browser's own."
    )
    PUSH_DAYS: int = _setting(
        7, "Days for which a push service keeps a message for a browser that is off."
    )
    MAX_PUSH_SUBSCRIPTIONS_PER_USER: int = _setting(
        20,
        "Browsers of one user that are pushed to. One more takes the place of the one that was "
        "not used for the longest time.",
        at_least=1,
    )
    ALLOWED_PRIVATE_NETWORKS: tuple[str, ...] = _setting(
        (),
        "Networks that are not public, such as `10.0.0.0/8`, to which webhooks and Web Push may "
        "send all the same, and without TLS. Empty: none.",
    )

    # Reading
    SOFT_DELETE: bool = _setting(
        True,
        "Whether deleting a notification keeps its row, marked as deleted. False: the row is "
        "removed, and browsers that were offline reload the inbox.",
    )
    PAGE_SIZE: int = _setting(
        20, "Notifications on a page, unless a request says otherwise.", at_least=1
    )
    MAX_PAGE_SIZE: int = _setting(
        100, "Maximum number of notifications that a request may ask for.", at_least=1
    )
    SYNC_LIMIT: int = _setting(
        200,
        "A browser that missed more changes than this gets a new first page instead.",
        at_least=1,
    )

    # Retention
    RETENTION: Mapping[str, int] | None = _setting(
        None,
        "What the worker removes by itself, once a day: notifications that were `read`, "
        "`archived`, `deleted` or are `unread` after so many days, those of events that `expired` "
        "so many days ago, those above the number that each inbox may `keep`, `events` that are "
        "in no inbox after so many days, `browsers` that were not pushed to for so many days, and "
        "messages by other media that were `sent`, dropped or given up so many days ago. `None`: "
        "nothing.",
    )

    # Rendering
    RENDERING_STYLE: str = _setting(
        "", "The name of the fallback rendering style. Empty: there is no fallback."
    )
    RENDERER_ORDER: tuple[str, ...] = _setting(
        ("type", "group"),
        "Which of two renderers of one style takes precedence: that of the type or of its group.",
    )
    TEXT_TEMPLATES: Mapping[str, str] | None = _setting(
        None,
        "Template files for types without a renderer, by glob of their keys; the first match "
        "wins. `**` matches every key.",
    )
    HTML_TEMPLATES: Mapping[str, str] | None = _setting(
        None, "The same as `TEXT_TEMPLATES`, for HTML."
    )

    # Who it is
    AUTHENTICATOR: str = _setting(
        "",
        "The class or function `(headers)` that knows users by something else than Django's "
        "session cookie, such as a token. Empty: there is nothing else.",
    )
    CREDENTIALS_LIFETIME: float = _setting(
        900.0,
        "Seconds after which a socket that was not opened by a session shows its credentials "
        "again, where they do not say themselves when they expire.",
        at_least=1,
    )
    TICKET_LIFETIME: float = _setting(
        30.0, "Seconds within which a ticket opens a socket.", at_least=1
    )

    # The socket
    WEBSOCKET_PATH: str = _setting(
        "/ws/notifications/",
        "The path of the WebSocket. Empty: the site has none, and browsers ask over HTTP.",
    )
    ALLOWED_ORIGINS: tuple[str, ...] = _setting(
        (),
        "Origins that may open a socket in addition to the site's own, such as "
        "`https://app.example.com`. `CSRF_TRUSTED_ORIGINS` are allowed as well.",
    )
    PING_INTERVAL: float = _setting(25.0, "Seconds between two heartbeats of a connection.")
    HELLO_TIMEOUT: float = _setting(10.0, "Seconds a new connection has to send `hello`.")
    HEAL_INTERVAL: float | None = _setting(
        None,
        "Seconds between two heal queries, which find lost pushes. `None`: 1 if processes cannot "
        "reach each other (in-memory channel layer, or none), otherwise 5.",
    )
    PROBE_INTERVAL: float = _setting(5.0, "Seconds between two probes of the channel layer.")
    SESSION_CHECK_INTERVAL: float = _setting(
        60.0, "Seconds after which the session of a connection is checked again."
    )
    DATABASE_THREADS: int = _setting(
        4, "Threads of a server process that run inbox queries.", at_least=1
    )

    # Monitoring
    METRICS_TOKEN: str = _setting(
        "",
        "The secret that Prometheus sends as `Authorization: Bearer` to get the metrics of a "
        "process. Empty: there are no metrics.",
    )

    # Limits
    MAX_CONNECTIONS_PER_USER: int = _setting(
        50, "Maximum number of connections of one user in one process.", at_least=1
    )
    MAX_CONNECTIONS_PER_ADDRESS: int = _setting(
        2000,
        "Maximum number of connections from one public address, or from one /64 network of IPv6, "
        "in one process. 0: no limit.",
    )
    TRUSTED_PROXIES: tuple[str, ...] = _setting(
        (),
        "The networks of your own proxies, such as `10.0.0.0/8`. What these say in "
        "`X-Forwarded-For` is believed; without any, the address that the server tells counts.",
    )
    MAX_FRAME_BYTES: int = _setting(
        16_384, "Maximum size of a frame that a browser sends, in bytes."
    )
    FRAME_RATE: float = _setting(20.0, "Frames per second that a connection may send on average.")
    FRAME_BURST: int = _setting(60, "Frames that a connection may send in one burst.", at_least=1)
    FRAMES_PER_MINUTE: int = _setting(
        1200,
        "Frames a minute that one user's connections to one process may send together. 0: no "
        "limit.",
    )
    ANSWER_BYTES_PER_MINUTE: int = _setting(
        16_000_000,
        "Bytes a minute that one process answers one user with, over all connections and the HTTP "
        "API. Those of the socket are counted as characters. 0: no limit.",
    )
    REQUESTS_PER_MINUTE: int = _setting(
        600, "Requests a minute that one user may send to the HTTP API of one process. 0: no limit."
    )
    MAX_SUBSCRIPTIONS_PER_USER: int = _setting(
        1000,
        "Subscriptions above which a user cannot subscribe from the browser any more. Code may "
        "still subscribe them. 0: no limit.",
    )
    SEND_WINDOW_FRAMES: int = _setting(
        128, "Unacknowledged frames after which pushes to a connection pause.", at_least=1
    )
    SEND_WINDOW_BYTES: int = _setting(
        262_144,
        "Unacknowledged bytes, counted as characters, after which pushes to a connection pause.",
    )
