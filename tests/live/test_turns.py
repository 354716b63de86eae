"""Turns: the commands of one user, one at a time."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import OperationalError

from realtime_notify import commands
from realtime_notify.exceptions import Busy
from realtime_notify.live import turns
from realtime_notify.wire.commands import Command
from realtime_notify.wire.protocol import ProtocolError

NOTHING = {"rev": 0, "unread": 0, "unseen": 0, "from": 0}
READ = Command(7, "read", {"upto": 1})


@pytest.fixture
def carried_out(monkeypatch):
    """Let a function carry out the command "read"."""

    def by(function):
        monkeypatch.setitem(commands.COMMANDS, "read", function)

    return by


async def test_commands_of_one_user_run_one_after_the_other(carried_out):
    running, most = [], []

    def read(user, upto):
        running.append(user)
        most.append(len(running))
        threading.Event().wait(0.02)
        running.pop()
        return NOTHING

    carried_out(read)

    await asyncio.gather(*(turns.carry_out(1, READ) for _ in range(10)))

    assert max(most) == 1


async def test_commands_of_different_users_run_at_the_same_time(carried_out):
    together = threading.Barrier(2)

    def read(user, upto):
        together.wait(5)
        return NOTHING

    carried_out(read)

    await asyncio.gather(turns.carry_out(1, READ), turns.carry_out(2, READ))


async def test_a_user_with_many_commands_takes_one_thread_and_leaves_the_others(carried_out):
    end = threading.Event()

    def read(user, upto):
        if user == 1:
            end.wait(5)
        return NOTHING

    carried_out(read)
    many = [asyncio.create_task(turns.carry_out(1, READ)) for _ in range(50)]
    await asyncio.sleep(0.05)

    await asyncio.wait_for(turns.carry_out(2, READ), 2)

    end.set()
    await asyncio.gather(*many)


async def test_a_command_that_finds_its_inbox_locked_is_tried_again(carried_out):
    tries = []

    def read(user, upto):
        tries.append(user)
        if len(tries) < 3:
            raise Busy("The inbox is in use.")
        return NOTHING

    carried_out(read)

    frame, text = await turns.carry_out(1, READ)

    assert frame == {**NOTHING, "id": 7}
    assert text == '{"rev":0,"unread":0,"unseen":0,"from":0,"id":7}'


async def test_a_command_whose_inbox_stays_locked_is_a_temporary_error(
    carried_out, monkeypatch, caplog
):
    monkeypatch.setattr(turns, "PAUSES", (0.01, 0.01))

    def read(user, upto):
        raise Busy("The inbox is in use.")

    carried_out(read)

    with pytest.raises(ProtocolError, match="in use") as caught:
        await turns.carry_out(1, READ)

    assert (caught.value.code, caught.value.temporary) == ("internal", True)
    assert "Command 'read' of user 1 was not carried out: The inbox is in use." in caplog.text


async def test_a_command_does_not_wait_for_its_turn_for_ever(carried_out, monkeypatch):
    monkeypatch.setattr(turns, "TURN_TIMEOUT", 0.1)
    end = threading.Event()

    def read(user, upto):
        end.wait(5)
        return NOTHING

    carried_out(read)
    first = asyncio.create_task(turns.carry_out(1, READ))
    await asyncio.sleep(0)

    with pytest.raises(ProtocolError, match="other commands") as caught:
        await turns.carry_out(1, READ)
    assert caught.value.temporary

    end.set()
    await first
    assert (await turns.carry_out(1, READ))[0]["rev"] == 0


async def test_a_client_that_goes_gives_its_turn_to_the_next(carried_out):
    end = threading.Event()

    def read(user, upto):
        end.wait(5)
        return NOTHING

    carried_out(read)
    first = asyncio.create_task(turns.carry_out(1, READ))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(turns.carry_out(1, READ))
    await asyncio.sleep(0.05)

    first.cancel()
    end.set()

    assert (await second)[0]["rev"] == 0


async def test_a_database_that_has_gone_is_logged_once_however_many_commands_it_fails(
    carried_out, caplog
):
    def read(user, upto):
        raise OperationalError("connection refused")

    carried_out(read)

    for user in range(20):
        with pytest.raises(ProtocolError, match="The database failed") as failed:
            await turns.carry_out(user, READ)
        assert failed.value.temporary

    assert caplog.text.count("Traceback") == 1
