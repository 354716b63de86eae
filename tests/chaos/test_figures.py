"""The figures of runs, which are summed up and printed as tables."""

from __future__ import annotations

from collections import Counter

from chaos.figures import Figures


def test_figures_of_runs_are_summed_up_and_the_longest_time_is_kept():
    total = Figures()

    for seconds in (2.0, 5.0, 3.0):
        total.add(
            Figures(
                runs=1,
                rounds=2,
                faults=Counter({"redis killed": 2}),
                converged={"redis killed": seconds},
                notifications=1000,
                findings=["something"],
            )
        )

    lines = total.table().splitlines()
    assert "| runs | 3 |" in lines
    assert "| notifications | 3,000 |" in lines
    assert "| findings | 3 |" in lines
    assert "| longest time to converge | 5.0 s |" in lines
    assert "| redis killed | 6 | 5.0 s |" in lines
