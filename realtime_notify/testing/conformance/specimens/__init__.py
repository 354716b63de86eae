"""The specimens: sequences of frames with what a client has to make of them, as JSON files.

They come with the package, so that the tests of a client can read them from an installed one; the
command ``python -m realtime_notify.testing.conformance specimens`` writes them to a directory.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from realtime_notify.testing.session import Frame

View = dict[str, Any]
"""What a client shows, in the form of `realtime_notify.wire.store.Store.snapshot`."""


class Step(NamedTuple):
    """One frame that a client takes.

    Attributes:
        kind: "page" for the answer to the command `page`, else "frame".
        frame: the frame.
        outcome: what the client has to make of it: applied, ignored, stale or sync.
        view: what it has to show then; None if the specimen does not say.
    """

    kind: Literal["frame", "page"]
    frame: Frame
    outcome: str
    view: View | None


class Specimen(NamedTuple):
    """A story of one client.

    Attributes:
        name: of its file.
        title: what it is about, in a sentence.
        steps: what comes, in order. The last one has a view.
    """

    name: str
    title: str
    steps: list[Step]


def texts() -> dict[str, str]:
    """Return the files of all specimens by name, as they stand."""
    return {
        file.name.removesuffix(".json"): file.read_text()
        for file in sorted(files(__name__).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    }


def specimens() -> list[Specimen]:
    """Return all specimens, by name."""
    return [_read(name, json.loads(text)) for name, text in texts().items()]


def _read(name: str, stored: dict[str, Any]) -> Specimen:
    steps = [
        Step("page" if "page" in step else "frame", *_played(step)) for step in stored["steps"]
    ]
    steps[-1] = steps[-1]._replace(view=stored["view"])
    return Specimen(name, stored["name"], steps)


def _played(step: dict[str, Any]) -> tuple[Frame, str, View | None]:
    return step.get("page") or step["frame"], step["outcome"], step.get("view")
