"""The codes of the protocol."""

from __future__ import annotations

from realtime_notify.wire.protocol import Close


def test_the_range_of_a_close_code_says_whether_to_reconnect():
    back = {Close.DRAINING, Close.NO_HELLO, Close.STALE, Close.FAILED, Close.TOO_FAST}
    back |= {Close.CREDENTIALS_EXPIRED, Close.TOO_MANY_CONNECTIONS}

    assert {code for code in Close if code < 4500} == back
    assert all(4000 <= code < 5000 for code in Close)
