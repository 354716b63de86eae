"""Journeys with readers that do not read, and to the end of a server process."""

from __future__ import annotations

import signal
import time

import pytest

from realtime_notify import notify
from realtime_notify.testing.session import is_heartbeat
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Recipient
from tests.journeys.conftest import masked, memory
from tests.journeys.test_wire import SERVERS, user

SECONDS_OF_LIES = 8


@pytest.mark.parametrize("kind", SERVERS)
def test_a_reader_that_stops_reading_costs_no_memory_and_delays_nobody(town, kind):
    server = town.serve(kind)
    reading = town.browse("alice", server)
    alice = str(user("alice").pk)
    town.stall("alice", server)
    body = '"message":"' + 10_000 * "x" + '"'
    before = memory(server.pid)

    rounds, read, begun = 4000, 0, time.monotonic()  # 40 MB
    for rev in range(1, rounds + 1):
        push.put("demo/hello", body, [Recipient(alice, rev, rev, rev, 1, rev, rev)], via="users")
        if not rev % 100:
            while read < rev - 100:
                frame = reading.receive_raw()
                read = frame["rev"]
                if is_heartbeat(frame):
                    reading.send(frame)  # and no more: there are no rows to sync with
    push.flush()

    assert memory(server.pid) - before < 12
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("kind", SERVERS)
def test_readers_that_ask_and_answer_without_reading_cost_no_memory(town, kind):
    server = town.serve(kind, ANSWER_BYTES_PER_MINUTE=0, FRAMES_PER_MINUTE=0)
    for number in range(20):
        notify(f"Hello {number}", "demo/hello", data="x" * 10_000, recipients=[user("alice")])
    readers = [town.stall("alice", server) for _ in range(10)]
    before = memory(server.pid)
    asking = masked(b'{"id":2,"page":{"limit":100}}')
    lying = masked(b'{"rev":20}') + masked(b'{"rev":20,"beat":"AAAAAAAAAAAA"}')

    ends = time.monotonic() + SECONDS_OF_LIES
    while time.monotonic() < ends:
        for reader in readers:
            reader.sendall(asking + lying + masked(b'{"id":3}'))
        time.sleep(0.3)  # just within FRAME_RATE

    assert memory(server.pid) - before < 12
    assert len(town.browse("alice", server).store.items) == 20  # there was something to ask for


def test_a_frame_that_the_server_refuses_to_send_closes_the_connection_and_is_logged(town):
    server = town.serve("daphne", SEND_WINDOW_BYTES=10_000_000)
    alice = town.browse("alice", server)
    body = '"message":"' + 1_100_000 * "x" + '"'  # Daphne sends no more than 1 MiB

    recipient = Recipient(str(user("alice").pk), 1, 1, 1, 1, 1, 1)
    push.put("demo/hello", body, [recipient], via="users")

    code, bye = alice.closed()
    assert (code, bye) == (4011, {"code": 4011, "reason": "a frame could not be written"})
    assert "PayloadExceededError" in town.site.log()
    assert "could not be written; closing the connection" in town.site.log()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_stopping_server_tells_browsers_when_to_come_back(town, kind):
    server = town.serve(kind)
    browsers = [town.browse("alice", server), town.browse("bob", server)]
    process = server.process

    process.send_signal(signal.SIGTERM)

    for browser in browsers:
        code, bye = browser.closed()
        assert code == 4001
        assert bye == {"code": 4001, "reason": "draining", "retry": [0.5, 8.0]}
    process.wait(5)
    assert "Traceback" not in town.site.log()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_reader_that_stopped_reading_does_not_delay_shutdown(town, kind):
    server = town.serve(kind)
    town.stall("alice", server)
    alice = str(user("alice").pk)
    for rev in range(1, 200):
        body = '"message":"' + 10_000 * "x" + '"'
        push.put("demo/hello", body, [Recipient(alice, rev, rev, rev, 1, rev, rev)], via="users")
    push.flush()
    time.sleep(0.5)
    process = server.process

    process.send_signal(signal.SIGTERM)

    process.wait(12)


def test_a_second_ctrl_c_stops_the_server_at_once(town):
    server = town.serve()
    town.stall("alice", server)
    process = server.process

    # A busy process may take two signals within a moment for one.
    ends = time.monotonic() + 8  # and not the ten seconds and more that the first alone would take
    while process.poll() is None and time.monotonic() < ends:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)

    assert process.poll() is not None
