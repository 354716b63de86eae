"""Slots: places in a text that differ from one reader to the next.

Thousands of people get the same digest but for a few links. So a mail is rendered once, with a slot
in place of each link, and only the slots are filled for each reader. A slot is a random name that
nobody who writes notifications can know.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

_NAME = f"rn{secrets.token_hex(12)}"
# "=" is changed by whatever encodes a text for another place, such as `|urlencode`.
_SLOT = re.compile(f"{_NAME}=(\\d+)=")
_TRACE = _NAME[:10]


def slot(number: int) -> str:
    """Return what stands for the value with this number."""
    return f"{_NAME}={number}="


class Form:
    """A text with slots.

    Args:
        text: the text.
    """

    __slots__ = ("_numbers", "_pieces")

    def __init__(self, text: str) -> None:
        self._pieces = _SLOT.split(text)
        self._numbers = [int(number) for number in self._pieces[1::2]]

    @property
    def is_whole(self) -> bool:
        """Whether all slots are left as they were; a template may have cut or encoded one."""
        return not any(_TRACE in piece.lower() for piece in self._pieces[::2])

    def filled(self, values: Sequence[str]) -> str:
        """Return the text with values in its slots.

        Args:
            values: the values by number, escaped as the text needs it.
        """
        pieces = self._pieces.copy()
        pieces[1::2] = [values[number] for number in self._numbers]
        return "".join(pieces)
