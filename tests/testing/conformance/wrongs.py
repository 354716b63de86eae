"""For each check a server that is wrong there, and what the check says of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.testing.conformance.wrong_server import FAILURE, Distortion, Frame


def right(frame: Frame) -> Frame:
    return frame


@dataclass
class Wrong:
    """A wrong server.

    Attributes:
        reason: what the check says.
        distort: see `wrong_server`.
        options: of `wrong_server`.
        patience: seconds that the check waits for what never comes.
    """

    reason: str
    distort: Distortion = right
    options: dict[str, Any] = field(default_factory=dict)
    patience: float = 10.0


def without(name: str) -> Distortion:
    return lambda frame: {field: value for field, value in frame.items() if field != name}


def having(**fields: Any) -> Distortion:
    """Say something else in fields that a frame has."""
    return lambda frame: frame | {name: fields[name] for name in frame.keys() & fields}


def of_items(distort: Distortion) -> Distortion:
    return lambda frame: (
        frame | {"put": [distort(item) for item in frame["put"]]} if "put" in frame else frame
    )


def of_pushes(distort: Distortion) -> Distortion:
    return lambda frame: frame if "id" in frame or "beat" in frame else distort(frame)


def of_part(part: str, distort: Distortion) -> Distortion:
    """Distort the error, or the bye, of frames that have one."""
    return lambda frame: frame | {part: distort(frame[part])} if part in frame else frame


ANOTHER_ERROR = of_part(
    "error", lambda error: {"code": "internal", "message": "Sorry.", "temporary": True}
)
CLOSES_OTHERWISE = {"close_code": FAILURE}


def refusing(frame: Frame) -> Frame:
    error = {"code": "bad_request", "message": "No.", "temporary": False}
    return {"id": frame["id"], "error": error} if "id" in frame else frame


def another_inbox_each_time() -> Distortion:
    numbers = itertools.count()
    return lambda frame: frame | {"inbox": str(next(numbers))} if "inbox" in frame else frame


def taking_any_beat() -> dict[str, Distortion]:
    """Return what makes a server take every answer to a heartbeat for the right one."""
    last: list[str] = []

    def distort(frame: Frame) -> Frame:
        last[:] = [frame["beat"]] if "beat" in frame else last
        return frame

    def mishear(frame: Frame) -> Frame:
        return frame | {"beat": last[0]} if "beat" in frame else frame

    return {"distort": distort, "mishear": mishear}


def frozen(frame: Frame) -> Frame | None:
    """Push nothing, and say nothing new by heartbeats."""
    if "beat" in frame:
        return {**frame, "rev": 5}
    return frame if "id" in frame else None


def wrongs() -> dict[str, Wrong]:
    """Return a wrong server for each check, by its name."""
    closing = {
        name: Wrong("The close code is not", options=CLOSES_OTHERWISE)
        for name in (
            "ticket",
            "unknown_ticket",
            "another_origin",
            "no_hello",
            "ten_bad_frames",
            "unanswered_heartbeats",
        )
    }
    mistaking = {
        name: Wrong(f"The error is not {code}", ANOTHER_ERROR)
        for name, code in {
            "command_before_hello": "not_ready",
            "command_for_another_inbox": "other_inbox",
            "wrong_arguments": "bad_request",
            "two_commands": "bad_request",
            "unknown_command": "unknown_command",
            "subscription_to_nothing": "not_allowed",
            "too_large": "too_large",
        }.items()
    }
    any_beat = taking_any_beat()
    return {
        **closing,
        **mistaking,
        "subprotocol": Wrong("It selected another", options={"subprotocol": False}),
        "first_hello": Wrong("The answer to hello is no reset", without("reset")),
        "inbox_of_answers": Wrong("There is no inbox", without("inbox")),
        "unknown_fields": Wrong("An unknown field was not ignored", refusing),
        "null_fields": Wrong("null was not ignored", without("reset")),
        "second_hello": Wrong("It became somebody else", another_inbox_each_time()),
        "command_without_id": Wrong("The answer has an id", lambda frame: {"id": 0, **frame}),
        "order_of_answers": Wrong(
            "They came in another order",
            lambda frame: frame | {"id": frame["id"] ^ 1} if frame.get("id", 0) > 100 else frame,
        ),
        "nobody_signed_in": Wrong(
            "There was no bye", lambda frame: None if "bye" in frame else frame
        ),
        "too_many_connections": Wrong(
            "The bye does not say when to come back", of_part("bye", without("retry"))
        ),
        "bad_json": Wrong("id is not null", lambda frame: frame | {"id": frame.get("id") or 0}),
        "sync_of_another_inbox": Wrong("The answer is no reset", without("reset")),
        "sync_from_the_future": Wrong("The answer is no reset", without("reset")),
        "sync_of_what_changed": Wrong("from is not since", without("from")),
        "command_that_changes_nothing": Wrong("from is not rev", without("from")),
        "ids_of_nobody": Wrong(
            "They were not ignored",
            lambda frame: frame | {"read": {"ids": [1]}} if "from" in frame else frame,
        ),
        "marks_reach_every_connection": Wrong(
            "Its counters are not those of a new one", of_pushes(having(unread=77))
        ),
        "seen": Wrong("Something is left unseen", having(unseen=3)),
        "archive_and_back": Wrong("The answer is not the change", without("archive")),
        "snooze_and_back": Wrong("It did not arrive anew", of_items(having(seq=1))),
        "deletion": Wrong("It is not the change", without("delete")),
        "arrivals": Wrong("It is not new", of_items(having(read=True))),
        "subscription": Wrong("subscribe did nothing", having(subscribed=None)),
        "page": Wrong("It has counters", lambda frame: {"unread": 0, **frame}),
        "pages_to_the_end": Wrong(
            "They are not newest first",
            lambda frame: frame | {"put": frame["put"][::-1]} if "put" in frame else frame,
        ),
        "pages_of_unread": Wrong("The item is wrong there, or is missing", emptying),
        "frame_shapes": Wrong("'image' is a required property", of_items(without("image"))),
        "heartbeats": Wrong("beat is not random", having(beat="tick")),
        "wrong_beats": Wrong(
            "No frame came in time",
            any_beat["distort"],
            options={"mishear": any_beat["mishear"]},
            patience=2.0,
        ),
        "slow_reader": Wrong("Another connection does not come to rev", frozen, patience=5.0),
        "rate_limited": Wrong(
            "It does not say when to try again", of_part("error", without("retry"))
        ),
        "flood": Wrong("The bye does not say when to come back", of_part("bye", without("retry"))),
    }


def emptying(frame: Frame) -> Frame:
    """Give pages without items."""
    return frame if "unread" in frame or "put" not in frame else {**frame, "put": []}
