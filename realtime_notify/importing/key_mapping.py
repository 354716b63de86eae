"""Which key an old name for a type gets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from realtime_notify.exceptions import InvalidKey
from realtime_notify.keys import MAX_KEY_LENGTH, validate_key

_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.:/@+~=-]+", re.ASCII)


class KeyMapping:
    """Maps the old system's names for types to keys."""

    def __init__(self, chosen: Mapping[str, str], default: str = "") -> None:
        """Check the keys that the caller chose.

        Args:
            chosen: keys by old name.
            default: the key of every other name; "" derives each key from its name.

        Raises:
            InvalidKey: a chosen key is not valid.
        """
        self.chosen = {name: validate_key(key) for name, key in chosen.items()}
        self._default = default

    def key(self, name: str) -> str:
        """Return the key for an old name.

        A name that is not a valid key loses the characters that keys cannot have, and gets a
        digest, so that two names never become one key.
        """
        if name in self.chosen:
            return self.chosen[name]
        if self._default:
            return self._default
        try:
            return validate_key(name)
        except InvalidKey:
            digest = hashlib.sha256(name.encode()).hexdigest()[:6]
            plain = _NOT_IN_KEYS.sub("-", name).strip("-")[: MAX_KEY_LENGTH - len(digest) - 1]
            return f"{plain}~{digest}" if plain else f"~{digest}"
