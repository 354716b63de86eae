"""What every database stores."""

from __future__ import annotations


def flaw_of(text: str) -> str:
    """Return what keeps a text from being stored, as the end of a sentence; "" if nothing does.

    PostgreSQL stores no NUL character. Half a surrogate pair has no encoding in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"holds half a surrogate pair (at {error.start}), which is not a character"
    return "holds a NUL character, which not every database stores" if "\x00" in text else ""
