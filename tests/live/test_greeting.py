"""A crowd that comes at once: greeted together, and told to come back where that cannot be."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise

import pytest
from django.db import OperationalError

from realtime_notify import credentials, inbox, notify
from realtime_notify.live import backend, greeting
from realtime_notify.wire.hub import running_hub
from tests.sockets import in_db
from tests.wire.conftest import until


@pytest.fixture
def gate(monkeypatch):
    """Let a test hold what tells who a crowd is, and see whom it was asked for."""

    class Gate:
        def __init__(self):
            self.open = threading.Event()
            self.asked = []

        def identify(self, batch):
            self.asked.append(len(batch))
            self.open.wait(5)
            return original(batch)

    original, gate = credentials.identify, Gate()
    monkeypatch.setattr(credentials, "identify", gate.identify)
    yield gate
    gate.open.set()


async def crowd(browse, *people):
    """Open a socket for each of these people, and say hello on none."""
    return [await browse(person, greet=False) for person in people]


async def test_hellos_that_come_while_others_are_answered_are_answered_together(
    browse, users, gate
):
    people = await in_db(users, 6)
    first, *others = await crowd(browse, *people)
    await first.send({"id": 1, "hello": {}})
    await until(lambda: gate.asked)

    answers = [asyncio.create_task(browser.hello()) for browser in others]
    await asyncio.sleep(0.05)
    gate.open.set()

    assert [frame["reset"] for frame in await asyncio.gather(*answers)] == [True] * 5
    assert gate.asked == [1, 5]


async def test_hellos_that_come_soon_after_a_batch_wait_for_company(
    browse, users, gate, monkeypatch
):
    monkeypatch.setattr(greeting, "PERIOD", 1.0)
    gate.open.set()
    first, *others = await crowd(browse, *await in_db(users, 3))
    await first.hello()

    answers = []
    for browser in others:
        answers.append(asyncio.create_task(browser.hello()))
        await asyncio.sleep(10 * greeting.GATHER_DELAY)
    await asyncio.gather(*answers)

    assert gate.asked == [1, 2]


async def test_each_of_a_batch_gets_their_own_inbox(browse, alice, bob):
    await in_db(notify, "Hers", "demo/hello", recipients=[alice])
    await in_db(notify, "His", "demo/hello", recipients=[bob])
    browsers = await crowd(browse, alice, bob, alice)

    answers = await asyncio.gather(*(browser.hello() for browser in browsers))

    messages = [[item["message"] for item in frame["put"]] for frame in answers]
    assert messages == [["Hers"], ["His"], ["Hers"]]


async def test_nobody_is_looked_up_before_hello(browse, alice, gate):
    browser = await browse(alice, greet=False)
    await asyncio.sleep(0.05)

    assert gate.asked == []
    assert running_hub(backend.backend).users() == []
    gate.open.set()
    await browser.hello()
    assert running_hub(backend.backend).users() == [str(alice.pk)]


async def test_browsers_that_have_gone_before_their_turn_cost_nothing(browse, users, gate):
    people = await in_db(users, 6)
    first, *others = await crowd(browse, *people)
    await first.send({"id": 1, "hello": {}})
    await until(lambda: gate.asked)
    for browser in others:
        await browser.send({"id": 1, "hello": {}})
    await asyncio.sleep(0.05)

    for browser in others[:4]:
        await browser.disconnect()
    gate.open.set()

    assert (await others[4].receive())["reset"] is True
    assert gate.asked == [1, 1]


async def test_browsers_that_have_gone_while_they_were_looked_up_do_not_enter_the_hub(
    browse, alice, bob, gate
):
    hers, his = await crowd(browse, alice, bob)
    await hers.send({"id": 1, "hello": {}})
    await his.send({"id": 1, "hello": {}})
    await until(lambda: gate.asked)

    await hers.disconnect()
    gate.open.set()

    assert (await his.receive())["reset"] is True
    assert running_hub(backend.backend).users() == [str(bob.pk)]


async def test_those_who_cannot_be_greeted_in_time_are_told_at_once_to_come_back_later(
    browse, users, gate
):
    people = await in_db(users, 11)
    first, *others = await crowd(browse, *people)
    pace = running_hub(backend.backend).pace
    pace.rate = 1.0  # so that four may wait
    await first.send({"id": 1, "hello": {}})
    await until(lambda: gate.asked)

    for browser in others:
        await browser.send({"id": 1, "hello": {}})
    refused = others[4:]
    codes = [await browser.closed() for browser in refused]

    assert codes == [4001] * 6
    byes = [browser.bye for browser in refused]
    assert {bye["reason"] for bye in byes} == {"too many at once"}
    soonest = [bye["retry"][0] for bye in byes]
    assert soonest[0] > 4
    assert [round(later - sooner) for sooner, later in pairwise(soonest)] == [1] * 5
    gate.open.set()
    for browser in others[:4]:
        assert (await browser.receive())["reset"] is True


async def test_newcomers_to_a_full_process_are_refused_before_their_hello(browse, users, gate):
    people = await in_db(users, 9)
    *waiting, late = people
    browsers = await crowd(browse, *waiting)
    running_hub(backend.backend).pace.rate = 1.0
    for browser in browsers:
        await browser.send({"id": 1, "hello": {}})
        await until(lambda: gate.asked)  # the first of them is being answered

    newcomer = await browse(late, greet=False)

    assert await newcomer.closed() == 4001
    assert newcomer.bye["reason"] == "too many at once"


async def test_a_hello_that_fails_by_itself_fails_alone(
    browse, alice, bob, carol, monkeypatch, caplog
):
    original = inbox.states

    def states(asks):
        if any(ask.user == bob.pk for ask in asks):
            raise ValueError("This inbox is beyond reading.")
        return original(asks)

    monkeypatch.setattr(inbox, "states", states)
    browsers = await crowd(browse, alice, bob, carol)

    hers, his, theirs = await asyncio.gather(*(browser.hello() for browser in browsers))

    assert (hers["reset"], theirs["reset"]) == (True, True)
    assert (his["error"]["code"], his["error"]["temporary"]) == ("internal", True)
    assert caplog.text.count("ValueError: This inbox is beyond reading.") == 1
    monkeypatch.undo()
    assert (await browsers[1].hello())["reset"] is True  # it was let in


async def test_a_client_that_cannot_be_looked_up_hurts_nobody_else(
    browse, alice, bob, monkeypatch, caplog
):
    original = credentials.identify

    def identify(batch):
        if any((b"user-agent", b"odd") in each.scope["headers"] for each in batch):
            raise ValueError("This cookie is beyond reading.")
        return original(batch)

    monkeypatch.setattr(credentials, "identify", identify)
    hers = await browse(alice, greet=False)
    his = await browse(bob, greet=False, **{"user-agent": "odd"})
    await his.send({"id": 1, "hello": {}})

    assert (await hers.hello())["reset"] is True
    assert await his.closed() == 4001
    assert his.bye["reason"] == "not available"
    assert caplog.text.count("ValueError: This cookie is beyond reading.") == 1


async def test_a_database_that_fails_is_asked_once_for_a_batch_and_logged_once(
    browse, users, monkeypatch, caplog
):
    people = await in_db(users, 5)
    browsers = await crowd(browse, *people)
    asked = []

    def identify(batch):
        asked.append(len(batch))
        raise OperationalError("the database is restarting")

    monkeypatch.setattr(credentials, "identify", identify)

    codes = await asyncio.gather(*(browser.refused() for browser in browsers))

    assert codes == [4001] * 5
    assert asked == [5]
    assert caplog.text.count("Could not greet 5 browsers") == 1


async def test_a_database_that_fails_to_read_states_leaves_sockets_open_for_another_hello(
    browse, alice, bob, monkeypatch, caplog
):
    browsers = await crowd(browse, alice, bob)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "states", _restarting)
        errors = await asyncio.gather(*(browser.hello() for browser in browsers))

    assert [frame["error"]["code"] for frame in errors] == ["internal", "internal"]
    assert caplog.text.count("Could not greet 2 browsers") == 1
    answers = await asyncio.gather(*(browser.hello() for browser in browsers))
    assert [frame["reset"] for frame in answers] == [True, True]


def _restarting(asks):
    raise OperationalError("the database is restarting")


async def test_a_second_hello_is_answered_and_asks_nobody_who_it_is(browse, alice, gate):
    gate.open.set()
    browser = await browse(alice)
    await in_db(notify, "Since then", "demo/hello", recipients=[alice])
    await browser.receive_push()

    frame = await browser.ask(hello={"since": 0})

    assert [item["message"] for item in frame["put"]] == ["Since then"]
    assert gate.asked == [1]
    await in_db(notify, "And pushes go on", "demo/hello", recipients=[alice])
    await browser.receive_push()


async def test_commands_behind_a_hello_wait_for_its_answer(browse, alice, gate):
    await in_db(notify, "Hello", "demo/hello", recipients=[alice])
    browser = await browse(alice, greet=False)

    await browser.send({"id": 1, "hello": {}})
    await browser.send({"id": 2, "read": {"upto": 1}})
    await until(lambda: gate.asked)
    gate.open.set()

    await browser.receive_until(lambda store: store.rev == 2)
    assert browser.store.unread == 0
    assert next(frame["id"] for frame in browser.frames if "id" in frame) == 1


async def test_a_drain_says_bye_to_those_who_wait_for_their_greeting_too(browse, alice, bob, gate):
    silent, waiting = await crowd(browse, alice, bob)
    await waiting.send({"id": 1, "hello": {}})
    await until(lambda: gate.asked)

    draining = asyncio.create_task(running_hub(backend.backend).drain.run())

    assert await silent.closed() == 4001
    assert await waiting.closed() == 4001
    await asyncio.wait_for(draining, 2)


async def test_pushes_flow_while_a_crowd_waits(browse, alice, users, gate):
    gate.open.set()
    browser = await browse(alice)
    gate.open.clear()
    waiting = await crowd(browse, *await in_db(users, 5))
    for one in waiting:
        await one.send({"id": 1, "hello": {}})
    await until(lambda: len(gate.asked) > 1)

    await in_db(notify, "Meanwhile", "demo/hello", recipients=[alice])

    assert (await browser.receive_push())["put"][0]["message"] == "Meanwhile"
