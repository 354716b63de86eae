"""A notifier for the tests of notifiers."""

from __future__ import annotations

import pytest

from realtime_notify.notifiers import Notifier


@pytest.fixture
def edited():
    """A notifier with a filter: edits in a language."""

    class Edited(Notifier):
        key = "wiki/edited"
        filters = ["language"]

        def __init__(self, language, document=None):
            self.language = language
            self.document = document

        def message(self):
            return f"Somebody edited in {self.language}."

    return Edited
