from __future__ import annotations

import threading

import pytest

from realtime_notify.testing import Session
from realtime_notify.testing.simulator import Diverged, Scenario, diverges, run, shrink
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.loops import Loop
from realtime_notify.wire import heal
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.hub import running_hubs
from realtime_notify.wire.store import Store

NOTIFY = {"do": "notify", "to": [0], "by": 0}
SEEDS = range(60)


def scenario(*steps, users=1, clients=1, processes=1):
    return Scenario(1, users, clients, processes, steps)


class TrustingStore(Store):
    """A store that takes every frame for the next one."""

    def apply(self, frame):
        return super().apply({**frame, "from": self.rev} if "put" in frame else frame)


class TrustingSession(Session):
    def __init__(self):
        super().__init__(TrustingStore())


class TestRun:
    def test_a_push_that_is_lost_is_healed(self):
        lost = {"at": 1.0, "do": "lose_push", "process": 0}

        report = run(scenario(lost, {**NOTIFY, "at": 2.0, "message": "Lost"}))

        assert report.commits == 1
        assert report.frames == 2  # the first page, and the answer to the sync

    def test_a_push_that_is_lost_diverges_without_the_heal_query(self, monkeypatch):
        monkeypatch.setattr(Connection, "announce", lambda connection, rev: None)
        lost = {"at": 1.0, "do": "lose_push", "process": 0}

        with pytest.raises(Diverged, match="its inbox hol"):
            run(scenario(lost, {**NOTIFY, "at": 2.0, "message": "Lost"}))

    def test_a_process_that_dies_between_commit_and_push_loses_nothing(self):
        dies = {"at": 1.0, "do": "die_at_commit", "process": 0}

        report = run(scenario(dies, {**NOTIFY, "at": 2.0, "message": "Lost"}))

        assert report.commits == 1
        assert report.connections > 1  # its client has come back

    def test_every_client_ends_up_with_its_inbox_whatever_happens(self):
        assert [seed for seed in SEEDS if diverges(Scenario.of_seed(seed))] == []

    def test_a_run_happens_in_the_same_way_again_whatever_ran_before_it(self):
        forwards = {seed: run(Scenario.of_seed(seed)) for seed in SEEDS}
        backwards = {seed: run(Scenario.of_seed(seed)) for seed in reversed(SEEDS)}

        assert backwards == forwards

    def test_a_run_takes_no_time_of_the_machine_for_that_of_the_clock(self):
        report = run(scenario({**NOTIFY, "at": 50_000.0, "message": "Much later"}))

        assert report.ended > 50_000

    def test_an_exception_that_nobody_handles_fails_the_run(self, monkeypatch):
        monkeypatch.setattr(Database, "notify", lambda *arguments: 1 / 0)

        with pytest.raises(Diverged, match="ZeroDivisionError"):
            run(scenario({**NOTIFY, "at": 1.0, "message": "Never"}))

    def test_nothing_is_left_of_a_run(self):
        threads = set(threading.enumerate())
        promise = {"do": "promise", "to": [0], "message": "Promised"}
        dies = {"at": 1.0, "do": "die_at_commit", "process": 0}

        run(scenario(dies, {**promise, "at": 2.0}, {**promise, "at": 2.0}))
        for seed in range(10):
            run(Scenario.of_seed(seed))

        assert not [hub for hub in running_hubs() if isinstance(hub._loop, Loop)]
        assert set(threading.enumerate()) <= threads


class TestWhatItCatches:
    def test_a_client_that_does_not_look_for_gaps(self):
        assert any(diverges(Scenario.of_seed(seed), TrustingSession) for seed in SEEDS)

    def test_a_server_that_forgets_where_a_frame_starts(self, monkeypatch):
        monkeypatch.setattr("realtime_notify.wire.store._start_of", lambda frame: frame["rev"] - 1)

        assert any(diverges(Scenario.of_seed(seed)) for seed in SEEDS)

    def test_a_heal_query_that_looks_the_wrong_way(self, monkeypatch):
        def differing(healer, user, rev):
            connections = healer._connected.connections(user)
            return [one for one in connections if one.announced_rev > rev]

        monkeypatch.setattr(heal.Healer, "_differing", differing)

        assert any(diverges(Scenario.of_seed(seed)) for seed in SEEDS)


class TestShrink:
    def test_what_fails_becomes_as_small_as_it_can_be(self, monkeypatch, tmp_path):
        monkeypatch.setattr(Connection, "announce", lambda connection, rev: None)
        failing = next(
            one for one in map(Scenario.of_seed, SEEDS) if len(one.steps) > 10 and diverges(one)
        )

        shrink(failing, diverges).write(tmp_path / "failing.json")

        small = Scenario.read(tmp_path / "failing.json")
        assert diverges(small)
        assert len(small.steps) <= 4
