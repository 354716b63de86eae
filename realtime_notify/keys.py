"""Notification keys, and the channel group names made from them.

A key is a path such as ``comment/response``. Channels allows only ASCII letters, digits, hyphens,
underscores and periods in a group name, and fewer than 100 of them
(`require_valid_group_name` in https://github.com/django/channels/blob/4.3.2/channels/layers.py), so
a key cannot be used as it is. The encoding here is injective: two keys, or two user ids, never
share a group.

This module knows neither Django nor Channels.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from realtime_notify.exceptions import InvalidKey

MAX_KEY_LENGTH = 128
EVERYONE = "rn.all"
"""The group that every server process joins."""

_KEY = re.compile(r"[A-Za-z0-9_.:/@+~=-]+", re.ASCII)
_UNSAFE = re.compile(rb"[^A-Za-z0-9.-]")
_MAX_ENCODED = 80  # a group name stays under Channels' 100 characters, prefix included


def validate_key(key: object) -> str:
    """Return `key` when it is a valid notification key.

    Raises:
        InvalidKey: it is not a text, is empty, is longer than 128 characters, or holds anything
            but ASCII letters, digits and ``_ - . : / @ + ~ =``.
    """
    if not isinstance(key, str):
        raise InvalidKey(
            f"A notification key is a text such as 'comment/response', not {key!r} "
            f"({type(key).__name__})."
        )
    if not key:
        raise InvalidKey(
            "A notification key must not be empty; use one such as 'comment/response'."
        )
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidKey(
            f"The notification key {key[:40]!r}... has {len(key)} characters; "
            f"the most is {MAX_KEY_LENGTH}."
        )
    if not _KEY.fullmatch(key):
        wrong = "".join(dict.fromkeys(character for character in key if not _KEY.match(character)))
        raise InvalidKey(
            f"The notification key {key!r} contains {wrong!r}; allowed are ASCII letters, digits "
            "and _ - . : / @ + ~ ="
        )
    return key


def key_group(key: str) -> str:
    """Return the name of the channel group that carries the events of `key`."""
    return f"rn.k.{_encode(key)}"


def user_group(user_id: object) -> str:
    """Return the name of the channel group that carries what concerns one user alone."""
    return f"rn.u.{_encode(str(user_id))}"


def matches(key: str, pattern: str) -> bool:
    """Tell whether a glob describes the whole of a key.

    ``*`` stands for any run of characters within one step of the path and ``**`` for any run at
    all; ``?`` for one character of a step; ``[a-z]`` for one of these, and ``[!a-z]`` for one
    character of a step that is none of these. A ``[`` that is never closed stands for itself.
    """
    return _compile(pattern).fullmatch(key) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """Translate a glob into a regular expression."""
    parts = (_TRANSLATED.get(found[0]) or _translate(found[0]) for found in _GLOB.finditer(pattern))
    return re.compile("".join(parts), re.DOTALL)


# The pieces of a glob. A "]" right after the opening belongs to the set, as in a shell.
_GLOB = re.compile(r"\*\*+|\[(?:!|(?!!))(?:\][^\]]*|[^\]]+)\]|.", re.DOTALL)
_RANGE = re.compile(r"(.)(?:-(.))?", re.DOTALL)
_TRANSLATED = {"*": "[^/]*", "?": "[^/]"}


def _translate(piece: str) -> str:
    """Translate a piece of a glob that is neither "*" nor "?"."""
    if piece.startswith("**"):
        return ".*"
    if len(piece) == 1:
        return re.escape(piece)
    negated = piece.startswith("[!")
    ranges = [
        f"{re.escape(first)}-{re.escape(last)}" if last else re.escape(first)
        for first, last in _RANGE.findall(piece[2 if negated else 1 : -1])
        if not last or first <= last  # a range that runs backwards holds nothing
    ]
    one_of = f"[{''.join(ranges)}]" if ranges else "(?!)"
    return f"(?!{one_of})[^/]" if negated else one_of


def _encode(text: str) -> str:
    """Escape what a group name may not hold; digest what would become too long."""
    escaped = _UNSAFE.sub(lambda found: b"_%02x" % found[0][0], text.encode()).decode()
    if len(escaped) <= _MAX_ENCODED:
        return escaped
    # "__" begins no escape, so a digest never equals an escaped text.
    return "__" + hashlib.sha256(text.encode()).hexdigest()
