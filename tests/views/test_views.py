"""The HTTP doors, as programs and as browsers without JavaScript use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client, override_settings

from realtime_notify import inbox, notify
from realtime_notify.models import Notification
from realtime_notify.views.pages import redirect_url

API = "/notifications/api/"


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """Make clients that are signed in."""

    def make(user: Any, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def visitor(alice: Any, sign_in: Callable[..., Client]) -> Client:
    """Alice's browser."""
    return sign_in(alice)


@pytest.fixture
def send(deliver_notifications: Callable[[], int]) -> Callable[..., Notification]:
    """Send somebody a notification, and return it."""

    def make(user: Any, message: str = "The kettle is on", **options: Any) -> Notification:
        event = notify(message, "kitchen/kettle", recipients=[user], **options)
        deliver_notifications()
        return Notification.objects.with_event().get(event=event, user=user)

    return make


def post(client: Client, verb: str, body: object, **headers: Any) -> Any:
    return client.post(f"{API}{verb}/", json.dumps(body), "application/json", **headers)


class Buttons(HTMLParser):
    """Reads the forms of a page, as a browser without JavaScript submits them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "form":
            self.forms.append({"hidden": {}, "actions": []})
        elif tag == "input" and found.get("type") == "hidden":
            self.forms[-1]["hidden"][found["name"]] = found["value"]
        elif tag == "button" and found.get("name") == "action":
            self.forms[-1]["actions"].append(found["value"])

    def press(self, client: Client, action: str, form: int = -1) -> Any:
        return client.post("/notifications/", {**self.forms[form]["hidden"], "action": action})


# --- the API ------------------------------------------------------------------------------------


def test_a_page_carries_whole_items_and_the_rev(visitor: Client, alice: Any, send: Any) -> None:
    send(alice, "First", url="/posts/1/", data={"k": [1]})
    newest = send(alice, "Second", level="warning")

    page = visitor.get(f"{API}notifications/").json()

    assert [item["message"] for item in page["put"]] == ["Second", "First"]
    assert page["put"][0]["id"] == newest.pk
    assert page["put"][0]["level"] == "warning"
    assert page["put"][1]["data"] == {"k": [1]}
    assert page["put"][1]["url"] == "/posts/1/"
    assert page["rev"] == 2
    assert page["next"] is None


def test_pages_follow_the_cursor_to_the_end(visitor: Client, alice: Any, send: Any) -> None:
    for number in range(5):
        send(alice, f"Number {number}")

    seen, query = [], "limit=2"
    while query:
        page = visitor.get(f"{API}notifications/?{query}").json()
        seen += [item["message"] for item in page["put"]]
        query = page["next"] and f"limit=2&before={page['next']}"

    assert seen == [f"Number {number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_can_be_of_unread_or_of_archived_ones(
    visitor: Client, alice: Any, send: Any
) -> None:
    read, put_away, _new = (send(alice, text) for text in ("Read", "Put away", "New"))
    inbox.mark_read(alice, ids=[read.pk])
    inbox.archive(alice, ids=[put_away.pk])

    unread = visitor.get(f"{API}notifications/", {"unread": "true"}).json()
    archived = visitor.get(f"{API}notifications/", {"archived": "1"}).json()

    assert [item["message"] for item in unread["put"]] == ["New"]
    assert [item["message"] for item in archived["put"]] == ["Put away"]


def test_the_count_carries_the_rev(visitor: Client, alice: Any, send: Any) -> None:
    send(alice)

    assert visitor.get(f"{API}count/").json() == {"rev": 1, "unread": 1, "unseen": 1}


def test_sync_tells_what_changed_since(visitor: Client, alice: Any, send: Any) -> None:
    send(alice, "Old")
    changed = send(alice, "New")

    frame = visitor.get(f"{API}sync/", {"since": 1}).json()

    assert frame["from"] == 1
    assert frame["rev"] == 2
    assert [item["id"] for item in frame["put"]] == [changed.pk]


def test_sync_without_since_is_a_first_visit(visitor: Client, alice: Any, send: Any) -> None:
    send(alice)

    frame = visitor.get(f"{API}sync/").json()

    assert frame["reset"] is True
    assert len(frame["put"]) == 1


def test_changes_answer_with_the_frame_of_the_socket(
    visitor: Client, alice: Any, send: Any
) -> None:
    one = send(alice)

    read = post(visitor, "read", {"ids": [one.pk]}).json()
    unread = post(visitor, "unread", {"ids": [one.pk]}).json()
    seen = post(visitor, "seen", {"upto": 3}).json()
    archived = post(visitor, "archive", {"upto": 3}).json()
    back = post(visitor, "unarchive", {"ids": [one.pk]}).json()
    deleted = post(visitor, "delete", {"ids": [one.pk]}).json()

    assert read == {"rev": 2, "unread": 0, "unseen": 0, "read": {"ids": [one.pk]}}
    assert unread["put"][0]["read"] is False
    assert seen["seen"] == {"upto": 3}
    assert archived["archive"] == {"upto": 3}
    assert back["put"][0]["archived"] is False
    assert deleted["delete"] == {"ids": [one.pk]}
    assert deleted["rev"] == 7


def test_foreign_ids_change_nothing_and_tell_nothing(
    visitor: Client, alice: Any, bob: Any, send: Any
) -> None:
    foreign = send(bob)

    answer = post(visitor, "read", {"ids": [foreign.pk, 10**15]})

    assert answer.status_code == 200
    assert "read" not in answer.json()
    assert inbox.unread_count(bob) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["notifications/", "sync/", "subscriptions/", "preferences/"])
def test_who_is_not_signed_in_is_told_so_in_json(client: Client, address: str) -> None:
    answer = client.get(f"{API}{address}")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_change_without_a_csrf_token_is_refused_in_json(
    alice: Any, send: Any, sign_in: Any
) -> None:
    one = send(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)

    answer = post(strict, "read", {"ids": [one.pk]})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf_failed"
    assert inbox.unread_count(alice) == 1


def test_a_change_with_the_csrf_cookie_in_the_header_is_made(
    alice: Any, send: Any, sign_in: Any
) -> None:
    one = send(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)
    strict.get("/notifications/")
    token = strict.cookies["csrftoken"].value

    answer = post(strict, "read", {"ids": [one.pk]}, headers={"X-CSRFToken": token})

    assert answer.status_code == 200
    assert inbox.unread_count(alice) == 0


def test_a_change_is_refused_when_it_comes_by_get(visitor: Client) -> None:
    answer = visitor.get(f"{API}read/")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_reading_is_refused_when_it_comes_by_post(visitor: Client) -> None:
    answer = visitor.post(f"{API}count/")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET"


def test_what_can_be_got_can_be_asked_for_by_head(visitor: Client) -> None:
    assert visitor.head(f"{API}count/").status_code == 200


def test_a_form_is_not_json(visitor: Client) -> None:
    answer = visitor.post(f"{API}read/", {"ids": "1"})

    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        ("[" * 5000, "bad_json"),
        ("[1]", "bad_request"),
        ("null", "bad_request"),
        ("{}", "bad_request"),
        ('{"ids": []}', "bad_request"),
        ('{"ids": ["1"]}', "bad_request"),
        ('{"ids": [true]}', "bad_request"),
        ('{"ids": [-1]}', "bad_request"),
        ('{"ids": [1e99]}', "bad_request"),
        ('{"ids": [99999999999999999999]}', "bad_request"),
        ('{"ids": 1}', "bad_request"),
        ('{"upto": -1}', "bad_request"),
        ('{"upto": "all"}', "bad_request"),
        ('{"ids": [1], "upto": 1}', "bad_request"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_by_name(
    visitor: Client, body: str | bytes, code: str
) -> None:
    answer = visitor.post(f"{API}read/", body, "application/json")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("size", [20_000, 3_000_000])
def test_a_body_too_large_is_refused(visitor: Client, size: int) -> None:
    answer = visitor.post(f"{API}read/", b" " * size, "application/json")

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("notifications/", {"limit": "0"}),
        ("notifications/", {"limit": "101"}),
        ("notifications/", {"limit": "many"}),
        ("notifications/", {"limit": "٣"}),
        ("notifications/", {"before": "yesterday"}),
        ("notifications/", {"before": "x" * 300}),
        ("notifications/", {"unread": "perhaps"}),
        ("sync/", {"since": "-1"}),
        ("sync/", {"since": "now"}),
        ("sync/", {"since": "9" * 5000}),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    visitor: Client, address: str, query: dict[str, str]
) -> None:
    answer = visitor.get(f"{API}{address}", query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_answers_are_stored_by_nobody_and_differ_by_cookie(visitor: Client) -> None:
    for answer in (visitor.get(f"{API}count/"), visitor.get(f"{API}read/")):
        assert answer["Cache-Control"] == "no-store"
        assert "Cookie" in answer["Vary"]


@pytest.mark.sql
def test_a_page_takes_the_same_few_queries_whatever_it_holds(
    visitor: Client, alice: Any, send: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        send(alice, f"Number {number}", actor=alice)
    visitor.get(f"{API}notifications/")

    with django_assert_max_num_queries(6):
        page = visitor.get(f"{API}notifications/").json()

    assert len(page["put"]) == 20


# --- the pages ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/notifications/", "/notifications/go/1/"])
def test_who_is_not_signed_in_is_sent_to_the_door(client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_inbox_page_shows_text_as_text(visitor: Client, alice: Any, send: Any) -> None:
    send(alice, "<script>alert(1)</script>", description='"><img src=x onerror=alert(1)>')

    html = visitor.get("/notifications/").content.decode()

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img" not in html


def test_the_inbox_page_needs_no_inline_style_or_script(
    visitor: Client, alice: Any, send: Any
) -> None:
    send(alice)

    html = visitor.get("/notifications/").content.decode()

    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html


def test_an_empty_inbox_says_so(visitor: Client) -> None:
    assert "No notifications yet." in visitor.get("/notifications/").content.decode()


def test_each_item_has_its_buttons_and_they_work(visitor: Client, alice: Any, send: Any) -> None:
    one = send(alice)

    page = Buttons(visitor.get("/notifications/").content.decode())
    assert page.forms[-1]["actions"] == ["read", "archive", "delete"]
    page.press(visitor, "read")
    one.refresh_from_db()
    assert one.read_at is not None

    page = Buttons(visitor.get("/notifications/").content.decode())
    assert page.forms[-1]["actions"] == ["unread", "archive", "delete"]
    page.press(visitor, "unread")
    page.press(visitor, "archive")
    one.refresh_from_db()
    assert one.read_at is None
    assert one.archived_at is not None

    page = Buttons(visitor.get("/notifications/?show=archived").content.decode())
    assert page.forms[-1]["actions"] == ["unarchive", "delete"]
    answer = page.press(visitor, "unarchive")
    assert answer["Location"] == "/notifications/?show=archived"
    page.press(visitor, "delete")
    one.refresh_from_db()
    assert one.archived_at is None
    assert one.deleted_at is not None


def test_mark_all_leaves_unread_what_came_after_the_page(
    visitor: Client, alice: Any, send: Any
) -> None:
    send(alice, "On the page")
    page = Buttons(visitor.get("/notifications/").content.decode())
    send(alice, "Arrived meanwhile")

    page.press(visitor, "read", form=0)

    unread = Notification.objects.unread().filter(user=alice).with_event()
    assert [one.event.message for one in unread] == ["Arrived meanwhile"]


def test_the_inbox_page_has_pages(visitor: Client, alice: Any, send: Any) -> None:
    for number in range(3):
        send(alice, f"Number {number}")

    with override_settings(REALTIME_NOTIFY={"PAGE_SIZE": 2}):
        first = visitor.get("/notifications/")
        second = visitor.get(first.context["older_url"])

    assert [item["message"] for item in first.context["items"]] == ["Number 2", "Number 1"]
    assert [item["message"] for item in second.context["items"]] == ["Number 0"]
    assert second.context["newest_url"] == "/notifications/"
    assert second.context["older_url"] == ""


@pytest.mark.parametrize("query", ["?before=nonsense", "?before=" + "9" * 400])
def test_a_bad_cursor_leads_to_the_top(visitor: Client, query: str) -> None:
    answer = visitor.get(f"/notifications/{query}")

    assert answer["Location"] == "/notifications/"


def test_an_unknown_filter_shows_the_inbox(visitor: Client, alice: Any, send: Any) -> None:
    send(alice)

    assert len(visitor.get("/notifications/?show=everything").context["items"]) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"action": "explode", "ids": "1"},
        {"action": "read"},
        {"action": "read", "ids": "x"},
        {"action": "read", "upto": "x"},
        {},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(visitor: Client, form: dict[str, str]) -> None:
    assert visitor.post("/notifications/", form).status_code == 400


def test_forms_need_a_csrf_token(alice: Any, send: Any, sign_in: Any) -> None:
    one = send(alice)
    strict = sign_in(alice, enforce_csrf_checks=True)

    answer = strict.post("/notifications/", {"action": "read", "ids": one.pk})

    assert answer.status_code == 403
    assert inbox.unread_count(alice) == 1


def test_the_inbox_page_takes_the_same_few_queries_whatever_it_holds(
    visitor: Client, alice: Any, send: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        send(alice, f"Number {number}", actor=alice)
    visitor.get("/notifications/")

    with django_assert_max_num_queries(6):
        visitor.get("/notifications/")


# --- go -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/posts/1/", "/posts/1/"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("http://example.com/", "http://example.com/"),
        ("?page=2", "/?page=2"),
        ("#end", "/#end"),
    ],
)
def test_going_marks_read_and_leads_on(
    visitor: Client, alice: Any, send: Any, url: str, location: str
) -> None:
    one = send(alice, url=url)

    answer = visitor.get(f"/notifications/go/{one.pk}/")

    assert answer["Location"] == location
    assert inbox.unread_count(alice) == 0


def test_going_nowhere_leads_to_the_inbox(visitor: Client, alice: Any, send: Any) -> None:
    one = send(alice)

    assert visitor.get(f"/notifications/go/{one.pk}/")["Location"] == "/notifications/"


def test_an_unsafe_address_in_the_database_is_not_followed(
    visitor: Client, alice: Any, send: Any
) -> None:
    one = send(alice)
    type(one.event)._default_manager.filter(pk=one.event_id).update(url="javascript:alert(1)")

    assert visitor.get(f"/notifications/go/{one.pk}/")["Location"] == "/notifications/"


def test_somebody_elses_notification_does_not_exist(
    visitor: Client, alice: Any, bob: Any, send: Any
) -> None:
    foreign = send(bob, url="/posts/1/")

    assert visitor.get(f"/notifications/go/{foreign.pk}/").status_code == 404
    assert visitor.get(f"/notifications/go/{10**30}/").status_code == 404
    assert inbox.unread_count(bob) == 1


def test_a_deleted_notification_leads_nowhere(visitor: Client, alice: Any, send: Any) -> None:
    one = send(alice, url="/posts/1/")
    inbox.delete(alice, ids=[one.pk])

    assert visitor.get(f"/notifications/go/{one.pk}/").status_code == 404


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_a_browsers_prefetch_reads_nothing(
    visitor: Client, alice: Any, send: Any, header: str
) -> None:
    one = send(alice, url="/posts/1/")

    visitor.get(f"/notifications/go/{one.pk}/", headers={header: "prefetch;prerender"})
    visitor.head(f"/notifications/go/{one.pk}/")

    assert inbox.unread_count(alice) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:/\\evil.example",
        "http:evil.example",
        "https://[bad",
        "ftp://example.com/",
        "relative/path",
        "/with\x00nul",
    ],
)
def test_addresses_a_browser_must_not_be_sent_to(url: str) -> None:
    assert redirect_url(url) == ""
