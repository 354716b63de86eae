"""Hostile HTTP: handshakes and requests, as bytes."""

from __future__ import annotations

from random import Random
from typing import NamedTuple
from urllib.parse import quote, urlencode

from benchmarks.hostile import values

SOCKET = "/ws/notifications/"
COMMANDS = (
    *("read", "unread", "seen", "archive", "unarchive", "snooze", "delete"),
    *("subscribe", "unsubscribe", "sync", "ticket", "feed", "count", "notifications"),
    *("subscriptions", "preferences", "push"),
)
JSON_PATHS = tuple(f"api/{name}/" for name in COMMANDS)
PATHS = (
    *JSON_PATHS,
    *("", "list/", "preferences/", "subscribe/", "push-worker.js", "go/1/", "go/999999999999999/"),
    *("go/" + "9" * 30 + "/", "go/0/", "go/-1/", "api/live/", "api/ready/", "api/metrics/"),
    *(
        "api/subscriptions/1/",
        "api/subscriptions/" + "9" * 25 + "/",
        "api/push/0/",
        "api/push/9223372036854775808/",
    ),
    *(
        "api/texts/menu/de/",
        "api/texts/none/xx/",
        "api/texts/menu/%00/",
        "api/texts/panel/..%2f..%2f/",
    ),
    *(
        "unsubscribe/abc/",
        "unsubscribe/%00/",
        "unsubscribe/" + "A" * 600 + "/",
        "confirm/abc/",
        "nowhere/",
    ),
    *(
        "api/%73ync/",
        "api/sync",
        "api//sync/",
        "api/sync/%FF%FE/",
        "%",
        "%zz/",
        "api/read/?" + "a=" * 2000,
    ),
)
METHODS = (
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "DANCE",
)
TYPES = (
    *(
        "application/json",
        "application/json",
        "application/json",
        "text/plain",
        "",
        "application/JSON; charset=x",
    ),
    *(
        "application/json; charset=utf-16",
        "é",
        "a" * 300,
    ),
    "application/x-www-form-urlencoded",
)
QUERIES = (
    "before",
    "limit",
    "unread",
    "archived",
    "group",
    "inbox",
    "since",
    "after",
    "key",
    "next",
    "filter",
    "page",
)
CSRF = "a" * 32
"""As cookie and header: what Django wants, and any client may make up for its own cookie."""


class Who(NamedTuple):
    """The cookies that a hostile client may show."""

    own: tuple[str, ...]
    """Of people who are signed in."""
    stale: tuple[str, ...]
    """Of sessions that have ended."""


def handshake(random: Random, port: int, who: Who) -> bytes:
    """Return the upgrade of a connection to a WebSocket: mostly right, with somebody's cookie."""
    lines = [f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    path = SOCKET
    if random.random() < 0.1:
        lines[random.randrange(5)] = random.choice(
            (
                *(
                    "Host: evil.example",
                    "Connection: close",
                    "Upgrade: h2c",
                    "Sec-WebSocket-Version: 8",
                ),
                *("Sec-WebSocket-Key: short", "X: " + "x" * 9000, "no colon", "Content-Length: 12"),
                *("Sec-WebSocket-Protocol: rn.1, \t,,", "Transfer-Encoding: chunked", "X:\0"),
            )
        )
        path = random.choice(
            (SOCKET, "/ws/", "/ws/notifications", "/" + "a" * 3000 + "/", f"{SOCKET}?%FF=%00")
        )
    if random.random() < 0.3:
        lines.append("Sec-WebSocket-Protocol: rn.1")
    if random.random() < 0.15:
        lines.append(f"Origin: {_origin(random)}")
    lines.append(f"Cookie: {cookie(random, who)}")
    if random.random() < 0.2:
        lines.append(f"Accept-Language: {random.choice(('de', '*', 'xx;q=a', 'x' * 3000, 'é'))}")
    if random.random() < 0.1:
        lines.append(
            f"X-Forwarded-For: {random.choice(('1.2.3.4', '::', 'x', ',,,', '1.2.3.4.5, é'))}"
        )
    whole = _bytes(f"GET {path} HTTP/1.1", *lines, "", "")
    return whole[: random.randrange(len(whole))] if random.random() < 0.02 else whole


def request(random: Random, port: int, who: Who) -> tuple[bytes, bool]:
    """Return a request, and whether its method is HEAD."""
    method, place = random.choice(METHODS), random.choice(PATHS)
    host = "evil.example" if random.random() < 0.01 else f"127.0.0.1:{port}"
    content = random.choice(TYPES)
    # Elsewhere Django answers this by a page of an error, which reads the body, and raises.
    if place in JSON_PATHS and host != "evil.example" and random.random() < 0.05:
        content = random.choice(("multipart/form-data", "multipart/form-data; boundary=x"))
    path = f"/notifications/{place}"
    if random.random() < 0.5:
        queried = random.choices(QUERIES, k=random.randrange(1, 4))
        asked = urlencode([(name, str(values.value(random))) for name in queried], errors="replace")
        path += f"?{asked}"
    names = tuple(random.sample(tuple(values.FIELDS), random.randrange(1, 5)))
    body = b"" if method in ("GET", "HEAD") else _body(random, names)
    lines = [f"Host: {host}", f"Cookie: {cookie(random, who)}; csrftoken={CSRF}"]
    if random.random() < 0.9:
        lines.append(f"X-CSRFToken: {CSRF}")
    if method != "GET":
        lines += [f"Content-Type: {content}", f"Content-Length: {len(body)}"]
    for name, odd in _HEADERS:
        if random.random() < 0.04:
            lines.append(f"{name}: {random.choice(odd)}")
    return _bytes(f"{method} {path} HTTP/1.1", *lines, "", "") + body, method == "HEAD"


def broken(random: Random, port: int) -> bytes:
    """Return what is no HTTP, or not whole: the connection is over after it."""
    host = f"Host: 127.0.0.1:{port}\r\n"
    post = f"POST /notifications/api/read/ HTTP/1.1\r\n{host}"
    return random.choice(
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(100),  # TLS
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            f"GET /\xff\x00 HTTP/1.1\r\n{host}\r\n".encode("latin1"),
            f"{post}Content-Length: 900\r\n\r\n{{".encode(),
            f"{post}Content-Length: -1\r\n\r\n".encode(),
            f"{post}Transfer-Encoding: chunked\r\n\r\nZZ\r\n".encode(),
            f"GET / HTTP/1.1\r\n{host}".encode() + b"A: " + b"x" * 100_000,
            random.randbytes(300),
        )
    )


def cookie(random: Random, who: Who) -> str:
    """Return somebody's session, or one that is nobody's."""
    if random.random() < 0.8:
        return random.choice(who.own)
    strange = ("", "sessionid=", "sessionid=\xff", "=;=;", "sessionid=" + "x" * 3000, "a" * 2000)
    return random.choice(
        (*who.stale, *strange, f"sessionid={quote(values.text(random), errors='replace')}")
    )


_HEADERS = (
    ("Origin", ("null", "https://evil.example", "http://[", "é")),
    ("Referer", ("https://evil.example/", "\xff", "/")),
    ("Accept-Language", ("de", "xx-" * 500, "*;q=9")),
    ("Authorization", ("Bearer x", "Basic !!!", "Bearer of the benchmark", "Token \xff", "")),
    ("If-None-Match", ("*", '"' * 50, "W/x")),
    ("If-Modified-Since", ("yesterday", "\xff")),
    ("Range", ("bytes=0-", "bytes=9-1")),
    ("Expect", ("100-continue", "200-ok")),
    ("X-Forwarded-For", ("1.1.1.1, ::1", "x")),
    ("X-Requested-With", ("XMLHttpRequest",)),
    ("Accept", ("application/json", "*/*;q=é", "text/html")),
    ("Content-Encoding", ("gzip", "br")),
)


def _origin(random: Random) -> str:
    return random.choice(
        (
            "null",
            "https://evil.example",
            "http://[",
            "://",
            "http://127.0.0.1:99999",
            "é",
            "x" * 3000,
        )
    )


def _body(random: Random, names: tuple[str, ...]) -> bytes:
    kind = random.random()
    if kind < 0.8:
        return values.as_json(random, values.arguments(random, names))
    if kind < 0.9:
        return urlencode([(name, values.text(random)) for name in names], errors="replace").encode()
    return random.randbytes(random.choice((0, 10, 20_000)))


def _bytes(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")
