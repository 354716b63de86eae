from __future__ import annotations

import pytest

from realtime_notify.testing import assert_frames_reproduce
from realtime_notify.testing.session import Store

FRAMES = [
    {"rev": 0, "unread": 0, "unseen": 0, "reset": True, "put": [], "next": None, "inbox": "a"},
    {"rev": 1, "from": 1, "unread": 0, "unseen": 0},
    {"rev": 1, "unread": 0, "unseen": 0, "seen": {"upto": 1}},
]


def store_after(frames):
    store = Store()
    for frame in frames:
        store.apply(frame)
    return store


def test_frames_that_lead_from_one_view_to_the_other_pass():
    before = store_after(FRAMES[:1])

    assert_frames_reproduce(before, FRAMES[2:], store_after([FRAMES[0], FRAMES[2]]))

    assert before.rev == 0


def test_frames_that_lead_elsewhere_fail_and_say_where():
    with pytest.raises(AssertionError, match="rev: 0, not 1"):
        assert_frames_reproduce(Store(), FRAMES[:1], store_after([FRAMES[0], FRAMES[2]]))


def test_a_frame_that_is_missing_fails_and_is_named():
    with pytest.raises(AssertionError, match="Frame 1 does not follow on rev 0"):
        assert_frames_reproduce(Store(), FRAMES[:2], Store())
