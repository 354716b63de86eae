"""The send window, alone."""

from __future__ import annotations

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime_notify.wire.window import Advice, SendWindow

FRAMES, SIZE = 8, 100


def test_a_window_advises_to_ping_at_half_its_frames_and_to_hold_at_all_of_them():
    window = SendWindow(max_frames=4, max_size=1000)

    assert [window.sent(1) for _ in range(4)] == [
        Advice.SEND,
        Advice.PING,
        Advice.PING,
        Advice.HOLD,
    ]


def test_a_window_advises_to_ping_at_half_its_size_and_to_hold_at_all_of_it():
    window = SendWindow(max_frames=1000, max_size=100)

    assert window.sent(49) is Advice.SEND
    assert window.sent(1) is Advice.PING
    assert window.sent(50) is Advice.HOLD


def test_one_ping_at_a_time_is_awaited():
    window = SendWindow(max_frames=8, max_size=1000)
    for _ in range(4):
        window.sent(1)

    window.pinged(1, "a")

    assert window.awaits_answer
    assert window.sent(1) is Advice.SEND


def test_the_answer_to_a_ping_releases_what_was_sent_before_it_and_no_more():
    window = SendWindow(max_frames=4, max_size=1000)
    window.sent(1)
    window.pinged(1, "a")
    window.sent(1)
    assert window.sent(1) is Advice.HOLD

    assert window.acknowledged("a")

    assert window.advice is Advice.PING  # two frames are left of four
    assert window.sent(1) is Advice.PING


@pytest.mark.parametrize("beat", ["b", "", None])
def test_an_answer_that_no_ping_asked_for_releases_nothing(beat):
    window = SendWindow(max_frames=4, max_size=1000)
    window.sent(1)
    assert not window.acknowledged(beat)
    window.pinged(1, "a")
    window.sent(1)
    window.sent(1)

    assert not window.acknowledged(beat)

    assert window.advice is Advice.HOLD
    assert window.awaits_answer


def test_a_ping_is_answered_once():
    window = SendWindow(max_frames=4, max_size=1000)
    window.pinged(1, "a")

    assert window.acknowledged("a")
    assert not window.acknowledged("a")


def test_the_answer_to_a_later_ping_answers_those_before_it_too():
    window = SendWindow(max_frames=4, max_size=1000)
    window.sent(1)
    for beat in "abc":
        window.pinged(1, beat)
    assert window.advice is Advice.HOLD

    assert window.acknowledged("b")

    assert not window.acknowledged("a")
    assert window.advice is Advice.PING  # released up to the first ping, which was awaited
    assert window.acknowledged("c")


class PlainWindow(RuleBasedStateMachine):
    """Holds a window against a list of all that was sent since the last release."""

    def __init__(self) -> None:
        super().__init__()
        self.window = SendWindow(FRAMES, SIZE)
        self.log: list[int] = []  # the size of each frame that counts
        self.unanswered: list[int] = []  # of each ping, how many frames it was sent after
        self.total = self.released = 0  # frames
        self.awaited: int | None = None

    def advice(self) -> Advice:
        """Read the rule off the list."""
        if len(self.log) >= FRAMES or sum(self.log) >= SIZE:
            return Advice.HOLD
        half = 2 * len(self.log) >= FRAMES or 2 * sum(self.log) >= SIZE
        return Advice.PING if half and self.awaited is None else Advice.SEND

    @rule(size=st.integers(1, 60))
    def send(self, size: int) -> None:
        self.log.append(size)
        self.total += 1
        assert self.window.sent(size) is self.advice()

    @rule(size=st.integers(1, 20))
    def ping(self, size: int) -> None:
        self.log.append(size)
        self.total += 1
        self.unanswered.append(self.total)
        if self.awaited is None:
            self.awaited = self.total
        assert self.window.pinged(size, str(self.total)) is self.advice()

    @precondition(lambda self: self.unanswered)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.unanswered) - 1), label="which ping")
        answered = self.unanswered[place]
        assert self.window.acknowledged(str(answered))
        del self.unanswered[: place + 1]
        if self.awaited is not None and answered >= self.awaited:
            del self.log[: self.awaited - self.released]
            self.released, self.awaited = self.awaited, None

    @rule(beat=st.integers(0, 40).map(str) | st.none())
    def answer_what_nobody_asked(self, beat: str | None) -> None:
        assume(beat not in [str(total) for total in self.unanswered])
        assert not self.window.acknowledged(beat)

    @invariant()
    def agrees(self) -> None:
        assert self.window.advice is self.advice()
        assert self.window.awaits_answer is (self.awaited is not None)


TestAgainstAPlainReading = PlainWindow.TestCase
