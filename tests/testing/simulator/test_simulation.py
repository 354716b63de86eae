from __future__ import annotations

import asyncio
import threading

import pytest

from realtime_notify.testing import Session
from realtime_notify.testing.simulator import Diverged, Scenario, diverges, run, shrink
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.loops import Loop
from realtime_notify.wire import heal
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.hub import running_hubs
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.store import Store

NOTIFY = {"do": "notify", "to": [0], "by": 0}
PROMISE = {"do": "promise", "to": [0], "message": "Promised"}
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
        forwards = {seed: run(Scenario.of_seed(seed)) for seed in range(15)}
        backwards = {seed: run(Scenario.of_seed(seed)) for seed in reversed(range(15))}

        assert backwards == forwards

    def test_a_run_takes_no_time_of_the_machine_for_that_of_the_clock(self):
        report = run(scenario({**NOTIFY, "at": 3_000.0, "message": "Much later"}))

        assert report.ended > 3_000

    def test_an_exception_that_nobody_handles_fails_the_run(self, monkeypatch):
        monkeypatch.setattr(Database, "notify", lambda *arguments: 1 / 0)

        with pytest.raises(Diverged, match="ZeroDivisionError"):
            run(scenario({**NOTIFY, "at": 1.0, "message": "Never"}))

    def test_nothing_is_left_of_a_run(self):
        threads = set(threading.enumerate())
        dies = {"at": 1.0, "do": "die_at_commit", "process": 0}

        run(scenario(dies, {**PROMISE, "at": 2.0}, {**PROMISE, "at": 2.0}))
        for seed in range(10):
            run(Scenario.of_seed(seed))

        assert not [hub for hub in running_hubs() if isinstance(hub._loop, Loop)]
        assert set(threading.enumerate()) <= threads


class TestWhatHappens:
    def test_a_reader_that_sleeps_is_sent_one_number_for_all_it_has_missed(self):
        asleep = {"at": 1.0, "do": "freeze", "client": 0, "lasts": 8.0}
        events = [{**NOTIFY, "at": 2.0 + n / 10, "message": f"Event {n}"} for n in range(30)]

        report = run(scenario(asleep, *events, {"at": 20.0, "do": "scroll", "client": 0}))

        assert report.commits == 30
        assert report.frames < 20
        assert report.byes == {}

    @pytest.mark.parametrize("process", [0, 1], ids=["Daphne", "uvicorn"])
    def test_a_reader_that_sleeps_for_long_is_closed_and_comes_back(self, process):
        # Its sends wait, or they do not: see `Process`. The other one is away.
        alone = {"at": 0.0, "do": "kill", "process": 1 - process}
        asleep = {"at": 3.0, "do": "freeze", "client": 0, "lasts": 40.0}
        lost = {**NOTIFY, "at": 5.0, "message": "Missed"}
        late = {**NOTIFY, "at": 50.0, "message": "Later"}

        report = run(scenario(alone, asleep, lost, late, processes=2))

        assert report.byes == {Close.STALE: 1}

    def test_a_crowd_is_told_to_come_later_and_is_greeted(self):
        report = run(scenario({"at": 1.0, "do": "crowd", "count": 24}))

        assert report.byes[Close.DRAINING] > 0
        assert report.connections == 25 + sum(report.byes.values())

    def test_a_rolling_restart_costs_a_client_one_reconnect_for_each_process_at_most(self):
        during = [{**NOTIFY, "at": 1.0 + n, "message": f"Event {n}"} for n in range(12)]

        report = run(scenario({"at": 1.0, "do": "restart_all"}, *during, clients=2, processes=3))

        assert report.commits == 12
        assert 0 < report.byes[Close.DRAINING] <= 2 * 3
        assert report.connections == 2 + sum(report.byes.values())

    def test_a_broadcast_reaches_everybody_though_its_announcement_is_lost(self):
        lost = {"at": 1.0, "do": "weather", "loss": 1.0, "lasts": 2.0}
        tells = {"at": 2.0, "do": "broadcast", "message": "To all", "by": 0}

        report = run(scenario(lost, tells, users=3, processes=3))

        assert report.commits == 3

    @pytest.mark.parametrize("lasts", [0.0, 30.0], ids=["heard", "lost"])
    def test_whoever_signs_out_is_closed_and_shows_nothing(self, lasts):
        deaf = {"at": 1.0, "do": "weather", "loss": 1.0, "lasts": lasts}
        leaves = {"at": 2.0, "do": "sign_out", "client": 0, "by": 1}

        # The client is connected to one of the three, and signs out at another.
        report = run(scenario({**NOTIFY, "at": 0.5, "message": "Seen"}, deaf, leaves, processes=3))

        assert report.byes == {Close.NOT_SIGNED_IN: 1}

    def test_whoever_signs_in_as_somebody_else_shows_only_the_other_inbox(self):
        mine = {**NOTIFY, "at": 0.5, "message": "Mine"}
        switches = {"at": 1.0, "do": "sign_in", "client": 0, "user": 1}

        report = run(scenario(mine, switches, users=2))

        assert report.byes == {Close.NOT_SIGNED_IN: 1}

    def test_old_rows_are_removed_from_open_lists_and_from_those_that_come_back(self):
        events = [{**NOTIFY, "at": 0.5 + n / 10, "message": f"Event {n}"} for n in range(5)]
        away = {"at": 2.0, "do": "cut", "client": 0, "dead": True}
        prunes = {"at": 3.0, "do": "prune", "user": 0, "keep": 2, "by": 0}

        report = run(scenario(*events, away, prunes, clients=2))

        assert report.commits == 6

    def test_a_clock_that_is_put_forward_ends_what_has_expired_by_it(self):
        forward = {"at": 1.0, "do": "step_clock", "by": 60.0}

        # What vouches for the second client expires, but not so soon.
        assert run(scenario({**forward, "by": 0.0}, clients=2)).byes == {}
        assert run(scenario(forward, clients=2)).byes == {Close.CREDENTIALS_EXPIRED: 1}

    @pytest.mark.parametrize("fault", ["layer_hangs", "layer_down", "deaf"])
    def test_a_layer_that_is_out_of_reach_costs_seconds_only(self, fault):
        gone = {"at": 1.0, "do": "weather", fault: 1, "lasts": 10.0}
        events = [{**NOTIFY, "at": 2.0 + n, "message": f"Event {n}"} for n in range(6)]

        report = run(scenario(gone, *events, clients=3, processes=2))

        assert report.commits == 6

    @pytest.mark.parametrize(
        "fault", [{"database_silent": True}, {"database_fails": 0.5}, {"inboxes_locked": True}]
    )
    def test_a_database_that_does_not_do_as_it_is_told_loses_nothing(self, fault):
        wrong = {"at": 1.0, "do": "weather", **fault, "lasts": 10.0}
        events = [{**NOTIFY, "at": 2.0 + n, "message": f"Event {n}"} for n in range(6)]
        read = {"at": 5.5, "do": "act", "client": 0, "verb": "read", "upto": 3}
        promise = {"at": 2.5, "do": "promise", "to": [0], "message": "Promised"}

        report = run(scenario(wrong, *events[:1], promise, *events[1:4], read, *events[4:]))

        assert report.commits >= 7


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

    def test_a_heal_query_that_does_not_ask_for_the_epoch(self, monkeypatch):
        monkeypatch.setattr(heal.Healer, "_strayed", lambda healer, user, inbox: [])

        with pytest.raises(Diverged, match="epoch"):
            run(scenario({"at": 1.0, "do": "restore", "by": 0}))

    @pytest.mark.parametrize(
        ("forgotten", "step"),
        [
            (
                "realtime_notify.wire.broadcasts.Intake.catch_up",
                {"do": "broadcast", "message": "To all", "by": 0},
            ),
            (
                "realtime_notify.wire.sessions.SessionChecks._want",
                {"do": "sign_out", "client": 0, "by": 0},
            ),
            ("realtime_notify.wire.sweep.Sweeper.run", {**PROMISE}),
        ],
        ids=["broadcasts that were not announced", "sessions that have ended", "promises"],
    )
    def test_a_server_that_does_not_look_for(self, monkeypatch, forgotten, step):
        monkeypatch.setattr(forgotten, _do_nothing)
        lost = {"at": 1.0, "do": "lose_push", "process": 0}

        with pytest.raises(Diverged):
            run(scenario(lost, {**step, "at": 2.0}))


def _do_nothing(self, *arguments):
    return asyncio.sleep(0) if not arguments else None


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
