"""Tasks that are started again when they fail."""

from __future__ import annotations

from realtime_notify.wire import supervision
from realtime_notify.wire.supervision import keep_running


async def test_a_task_that_keeps_failing_is_started_again_and_has_one_traceback(
    caplog, monkeypatch
):
    monkeypatch.setattr(supervision, "RETRY_DELAY", 0.001)
    failures = iter([ConnectionError("the database is restarting")] * 20)

    async def work():
        for failure in failures:
            raise failure

    await keep_running(work)

    assert next(failures, None) is None
    assert caplog.text.count("Traceback") == 1
