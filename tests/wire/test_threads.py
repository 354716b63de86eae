"""Blocking calls in threads of their own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from realtime_notify.wire.threads import in_thread

language: ContextVar[str] = ContextVar("language", default="en")


@pytest.mark.parametrize("lane", ["heal", "hello", "commands", "chores"])
async def test_a_call_runs_in_a_thread_of_its_lane(lane):
    thread = await in_thread(lane, threading.current_thread)

    assert thread.name == f"realtime-notify-{lane}"


async def test_a_call_has_the_context_of_its_caller():
    language.set("da")

    assert await in_thread("commands", language.get) == "da"


async def test_an_error_in_the_thread_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        await in_thread("heal", lambda: 1 / 0)


@pytest.mark.parametrize("full", ["hello", "commands", "chores"])
async def test_a_lane_that_is_full_delays_no_other(full):
    end = threading.Event()
    waiting = [asyncio.create_task(in_thread(full, end.wait, 10)) for _ in range(50)]
    await asyncio.sleep(0)

    try:
        for lane in {"heal", "hello", "commands", "chores"} - {full}:
            assert await asyncio.wait_for(in_thread(lane, lambda: "done"), 5) == "done"
        assert not any(call.done() for call in waiting)
    finally:
        end.set()
    assert all(await asyncio.gather(*waiting))


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run a program that has called `django.setup()`."""
    prelude = "import asyncio, os, threading, time, django; django.setup()\n"
    prelude += "from realtime_notify.wire.threads import in_thread\n"
    return subprocess.run(
        [sys.executable, "-c", prelude + code], capture_output=True, text=True, timeout=20
    )


def test_a_call_that_hangs_does_not_keep_the_process_from_ending(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")

    ended = run(
        "async def main():\n"
        "    asyncio.create_task(in_thread('chores', threading.Event().wait))\n"
        "    await asyncio.sleep(0.1)\n"
        "asyncio.run(main())\n"
        "print('over')"
    )

    assert (ended.stdout, ended.returncode) == ("over\n", 0)


def test_a_call_that_has_begun_may_end_before_the_process_does(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")

    ended = run(
        "async def main():\n"
        "    asyncio.create_task(in_thread('chores', lambda: (time.sleep(0.5), print('done'))))\n"
        "    await asyncio.sleep(0.1)\n"
        "asyncio.run(main())"
    )

    assert ended.stdout == "done\n"


def test_a_forked_process_has_threads_of_its_own(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")

    ended = run(
        "asyncio.run(in_thread('heal', int))\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(asyncio.run(in_thread('heal', lambda: 7)))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )

    assert ended.stdout == "7\n"


async def test_a_thread_that_computes_lets_the_loop_go_on_soon():
    await in_thread("hello", int)

    assert sys.getswitchinterval() <= 0.0005  # with each call of a socket the loop waits so long
