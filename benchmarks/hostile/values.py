"""Hostile values: what no well-behaved client puts into a field."""

from __future__ import annotations

import json
from random import Random
from typing import Any

NUMBERS: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 7, -0.0, 1.5, 1e308, -1e-308, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64),
    *(-(2**63), 10**40, True, False),
)
NO_JSON = (float("nan"), float("inf"), float("-inf"))
TEXTS = (
    *(
        "",
        " ",
        "a",
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\uffff",
        "\u202e",
        "é" * 90,
        "😀" * 40,
    ),
    *(
        "' OR 1=1 --",
        '"; DROP TABLE auth_user; --',
        "%s%n%x",
        "{0.__class__}",
        "<script>1</script>",
    ),
    *("../../etc/passwd", "\r\nSet-Cookie: a=b", "x" * 128, "x" * 129, "x" * 401, "x" * 5000),
    *(
        "0",
        "-1",
        "1e9",
        "NaN",
        "\u0663",
        "\u00b2",
        "\uff11\uff12",
        "1_000",
        "0x10",
        "9" * 25,
        "None",
        "null",
        "undefined",
    ),
)
MOMENTS = (
    *(
        "2030-01-02T09:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "8999-12-31",
    ),
    *("2030-02-30T00:00:00Z", "2030-W01-1", "20300102T090000", "2030-01-02T24:00:00Z", "now", "+1"),
    *("2030-01-02T09:00:00.123456789Z", "2030-03-31T02:30:00", "1969-12-31T23:59:59Z"),
)
TARGETS = (
    *("blog.post:1", "blog.post:", ":1", "blog.post:\0", "blog.post:" + "9" * 30, "auth.user:1"),
    *(
        "no.model:1",
        "blog.Post:1",
        "BLOG.POST:x",
        "a.b.c:1",
        "blog.post:1:2",
        "blog.post:-1",
        "..:..",
    ),
    *("sessions.session:1", "contenttypes.contenttype:1", "blog.post:\ud800", "é.é:é"),
)
KEYS = (
    "blog/new",
    "blog/comment",
    "hostile/news",
    "no/such",
    "/",
    "blog/new\0",
    "é",
    "*",
    "a" * 128,
)
CURSORS = ("1", "0", "-1", "9" * 19, "9" * 40, "1.5", "1,2", "abc", "MTI=", "\0")


def text(random: Random) -> str:
    """Return a text that is hostile in some way."""
    kind = random.random()
    if kind < 0.7:
        return random.choice(TEXTS + MOMENTS + TARGETS + KEYS + CURSORS)
    size = random.choice((1, 3, 20, 200))
    return "".join(
        chr(random.choice((random.randrange(0x80), random.randrange(0xD800)))) for _ in range(size)
    )


def value(random: Random, depth: int = 3) -> Any:
    """Return any value that JSON can say, and a few that it should not."""
    kind = random.randrange(12)
    if kind < 3:
        return random.choice(NUMBERS)
    if kind < 7:
        return text(random)
    if kind == 7:
        return None
    if kind == 8:
        return random.choice(NO_JSON) if random.random() < 0.1 else 0.1
    if depth == 0:
        return []
    if kind < 11:
        return [value(random, depth - 1) for _ in range(random.randrange(5))]
    return {text(random): value(random, depth - 1) for _ in range(random.randrange(4))}


def ids(random: Random) -> Any:
    """Return what stands for the ids of notifications: most of them are those of others."""
    kind = random.randrange(6)
    if kind == 0:
        return value(random)
    if kind == 1:
        return [value(random) for _ in range(3)]
    if kind == 2:
        return list(range(random.choice((0, 1000, 1001, 1500))))
    return [random.choice((1, 2, 3, 10, 10**6, 2**53 - 1)) for _ in range(random.randrange(1, 6))]


FIELDS = {
    "ids": ids,
    "upto": lambda random: random.choice(NUMBERS),
    "since": lambda random: random.choice(NUMBERS),
    "limit": lambda random: random.choice(NUMBERS),
    "rev": lambda random: random.choice(NUMBERS),
    "before": lambda random: random.choice(CURSORS),
    "after": lambda random: random.choice(NUMBERS),
    "until": lambda random: random.choice(MOMENTS),
    "key": lambda random: random.choice(KEYS),
    "target": lambda random: random.choice(TARGETS),
    "group": text,
    "inbox": text,
    "ticket": text,
    "beat": text,
    "unread": lambda random: random.choice((True, False, 1, "yes", None)),
    "archived": lambda random: random.choice((True, False, 0, [])),
    "opted_out": lambda random: [text(random) for _ in range(random.randrange(4))],
    "interval": lambda random: random.choice(NUMBERS),
    "profile": lambda random: {
        name: value(random)
        for name in ("hour", "weekday", "time_zone", "language", "quiet_from", "quiet_until")
        if random.random() < 0.5
    },
    "endpoint": lambda random: random.choice(
        ("https://127.0.0.1/x", "ftp://x", "https://[", text(random))
    ),
    "keys": value,
}
"""Fields of commands and requests, each with what makes it look right now and then."""


def arguments(random: Random, names: tuple[str, ...]) -> Any:
    """Return the arguments of a command: often nearly right, sometimes nothing like it."""
    if random.random() < 0.06:
        return value(random)
    found = {}
    for name in names:
        if random.random() < 0.85:
            found[name] = value(random) if random.random() < 0.25 else FIELDS[name](random)
    if random.random() < 0.1:
        found[text(random)] = value(random)
    return found


def as_json(random: Random, what: Any) -> bytes:
    """Return a value as JSON; sometimes broken, with doubled names, or deeper than any stack."""
    kind = random.random()
    if kind < 0.004:
        return random.choice((b"[", b'{"a":', b'{"id":1,"sync":')) * random.randrange(1, 5000)
    if kind < 0.008:
        return b'{"id":1,"read":{"upto":' + b"9" * random.randrange(20, 9000) + b"}}"
    encoded = json.dumps(what, ensure_ascii=random.random() < 0.9).encode("utf-8", "surrogatepass")
    if kind < 0.016:
        place = random.randrange(len(encoded) + 1)
        return (
            encoded[:place]
            + random.choice((b"", b"}", b"\0", b"\xff", b",,"))
            + encoded[place + 1 :]
        )
    if kind < 0.02:
        return encoded[: random.randrange(len(encoded))]
    return encoded
