from __future__ import annotations

from realtime_notify.wire.counters import LATENCIES, Histogram


def test_a_histogram_counts_each_time_in_the_first_bucket_that_holds_it():
    histogram = Histogram()

    for seconds in (0.001, LATENCIES[0], LATENCIES[-1] + 1):
        histogram.observe(seconds)

    assert histogram.counts[0] == 2
    assert histogram.counts[-1] == 1
    assert sum(histogram.counts) == 3
    assert histogram.total == 0.001 + LATENCIES[0] + LATENCIES[-1] + 1
