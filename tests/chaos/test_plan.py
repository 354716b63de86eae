"""The plan of faults, which a seed repeats."""

from __future__ import annotations

from itertools import islice

from chaos.faults import FAULTS
from chaos.plan import KINDS, plan


def test_a_seed_gives_the_same_plan_again():
    assert list(islice(plan(7), 50)) == list(islice(plan(7), 50))


def test_another_seed_gives_another_plan():
    assert list(islice(plan(7), 50)) != list(islice(plan(8), 50))


def test_every_kind_comes_once_in_as_many_rounds_as_there_are_kinds():
    rounds = list(islice(plan(7), len(KINDS)))

    assert {fault.kind for each in rounds for fault in each.faults} == set(KINDS)


def test_nothing_breaks_in_two_ways_in_one_round():
    for each in islice(plan(7), 200):
        taken = [thing for fault in each.faults for thing in KINDS[fault.kind]]
        assert len(set(taken)) == len(taken)


def test_a_plan_of_some_kinds_has_no_others():
    some = ("redis killed", "client sleeps")

    assert {fault.kind for each in islice(plan(7, some), 20) for fault in each.faults} == set(some)


def test_every_kind_can_be_done():
    assert set(FAULTS) == set(KINDS)
