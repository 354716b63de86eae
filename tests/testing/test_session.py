"""The browser's side of the protocol: what goes out for what comes in."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_notify.testing import Session

EMPTY = {"rev": 0, "unread": 0, "unseen": 0, "put": [], "reset": True, "next": None}


@pytest.fixture
def session() -> Session:
    """A session whose hello was answered: an empty inbox at rev 0."""
    session = Session()
    session.receive({"id": session.hello()["id"], **EMPTY})
    return session


def read(rev: int) -> dict[str, Any]:
    """The push of a change that ends at a rev."""
    return {"rev": rev, "unread": 0, "unseen": 0, "read": {"upto": 1}}


def synced(since: int, rev: int) -> dict[str, Any]:
    """What the server answers to a sync."""
    return {"rev": rev, "from": since, "unread": 0, "unseen": 0, "put": []}


def test_a_first_hello_asks_for_everything_and_a_later_one_for_what_is_new(session: Session):
    assert Session().hello() == {"id": 1, "hello": {}}

    session.receive(read(1))

    assert session.hello() == {"id": 2, "hello": {"since": 1}}


def test_every_command_has_an_id_of_its_own(session: Session):
    assert session.command(read={"upto": 1}) == {"id": 2, "read": {"upto": 1}}
    assert session.command(sync={"since": 0}, mood="good") == {
        "id": 3,
        "sync": {"since": 0},
        "mood": "good",
    }


def test_a_reaction_names_the_command_that_was_answered(session: Session):
    command = session.command(read={"upto": 1})

    assert session.receive(read(1)).answers is None
    assert session.receive({"id": command["id"], **read(1)}).answers == "read"


def test_a_heartbeat_is_sent_back(session: Session):
    heartbeat = {"rev": 0, "beat": "x7", "news": 1}

    assert session.receive(heartbeat) == (None, "ignored", [heartbeat])


def test_a_heartbeat_with_an_age_makes_the_browser_ask_and_show_itself_as_out_of_date(
    session: Session,
):
    late, fresh = {"rev": 0, "beat": "x7", "age": 17}, {"rev": 0, "beat": "x8"}

    assert session.receive(late) == (None, "ignored", [late, {"id": 2, "sync": {"since": 0}}])
    assert session.stale
    assert session.receive({**late, "beat": "x9"}).replies == [{**late, "beat": "x9"}]  # one sync

    session.receive({"id": 2, **synced(0, 0)})
    assert session.stale
    session.receive(fresh)
    assert not session.stale


def test_a_gap_leads_to_a_sync(session: Session):
    assert session.receive(read(3)) == (None, "sync", [{"id": 2, "sync": {"since": 0}}])


def test_a_heartbeat_ahead_of_the_store_is_sent_back_and_leads_to_a_sync(session: Session):
    heartbeat = {"rev": 2, "beat": "x7"}

    assert session.receive(heartbeat).replies == [heartbeat, {"id": 2, "sync": {"since": 0}}]


def test_one_sync_at_a_time_is_enough_for_many_gaps(session: Session):
    session.receive(read(3))

    assert session.receive(read(4)) == (None, "sync", [])


def test_a_sync_whose_answer_is_older_than_what_came_meanwhile_is_followed_by_another(
    session: Session,
):
    [sync] = session.receive(read(3)).replies
    session.receive(read(5))

    assert session.receive({"id": sync["id"], **synced(0, 4)}).replies == [
        {"id": 3, "sync": {"since": 4}}
    ]
    assert session.receive({"id": 3, **synced(4, 5)}).replies == []


def test_a_sync_that_failed_is_asked_again_at_the_next_gap(session: Session):
    [sync] = session.receive(read(3)).replies
    error = {"code": "rate_limited", "message": "Slow down.", "temporary": True}

    assert session.receive({"id": sync["id"], "error": error}).replies == []
    assert session.receive({"rev": 3, "beat": "x7"}).replies[1:] == [
        {"id": 3, "sync": {"since": 0}}
    ]


def test_a_lost_answer_is_not_waited_for(session: Session):
    [sync] = session.receive(read(3)).replies

    session.give_up(sync["id"])

    assert session.receive(read(4)).replies == [{"id": 3, "sync": {"since": 0}}]


def test_a_lost_connection_ends_every_wait(session: Session):
    session.command(page={"before": "9"})
    session.receive(read(3))

    session.give_up()

    assert not session.is_waiting_for("page")
    assert not session.is_waiting_for("sync")


def test_nothing_is_synced_before_hello_is_answered():
    session = Session()
    session.store.rev = 1
    session.hello()

    assert session.receive(read(3)).replies == []


def test_a_page_that_was_requested_before_a_reset_is_dropped(session: Session):
    session.store.next = "9"
    page = session.command(page={"before": "9"})
    session.receive({**EMPTY, "rev": 5, "next": "12"})

    reaction = session.receive({"id": page["id"], "rev": 5, "put": [], "next": "3"})

    assert reaction == ("page", "ignored", [])
    assert session.store.next == "12"


def test_errors_and_good_byes_change_nothing(session: Session):
    before = session.store.snapshot()

    assert session.receive({"id": None, "error": {"code": "bad_json"}}) == (None, "ignored", [])
    assert session.receive({"bye": {"code": 4001, "reason": "draining"}}).replies == []
    assert session.store.snapshot() == before
