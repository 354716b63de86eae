"""Headers: threads, identifiers, ways to unsubscribe, and nothing that breaks out of them."""

from __future__ import annotations

import email as parsing
from email import policy

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import subscribe
from realtime_notify.media.email import compose
from realtime_notify.media.email.headers import is_address, one_line, subject_line
from realtime_notify.models import Event, NotificationType
from realtime_notify.outbox import Item, Message, Reader, Refused
from realtime_notify.subscriptions import is_opted_out
from tests.blog.models import Post
from tests.media.email.conftest import SITE

KNOWN = {
    *("content-type", "mime-version", "subject", "from", "to", "date", "message-id", "list-id"),
    *("auto-submitted", "x-auto-response-suppress", "in-reply-to", "references"),
    *("content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post"),
}


def headers(message):
    return compose(message).message()


def test_a_mail_has_the_same_message_id_whenever_it_is_tried_again(told, message_of):
    item = told()
    first, again, other = message_of(item), message_of(item, attempts=3), message_of(item, pk=8)

    assert headers(first)["Message-ID"] == headers(again)["Message-ID"]
    assert headers(first)["Message-ID"] != headers(other)["Message-ID"]
    assert headers(first)["Message-ID"].endswith("@example.com>")


def test_mails_about_one_target_to_one_reader_refer_to_one_thread(told, message_of, bob):
    post, other = Post.objects.create(title="One"), Post.objects.create(title="Two")
    one, two, three = (
        told(target_object=post),
        told("Again", target_object=post),
        told("Else", target_object=other),
    )

    thread = headers(message_of(one))["References"]
    assert thread
    assert thread == headers(message_of(one))["In-Reply-To"]
    assert thread == headers(message_of(two, pk=8))["References"]
    assert thread != headers(message_of(three))["References"]
    assert thread != headers(message_of(one, user=bob))["References"]


def test_a_mail_about_several_targets_or_none_is_in_no_thread(told, message_of):
    one = told(target_object=Post.objects.create(title="One"))
    two = told(target_object=Post.objects.create(title="Two"))

    assert "References" not in headers(message_of(one, two))
    assert "In-Reply-To" not in headers(message_of(told("No target")))


def test_a_mail_is_ended_by_one_click(told, message_of, client, alice):
    found = headers(message_of(told()))

    url = found["List-Unsubscribe"].strip("<>")
    assert url.startswith("https://example.com/notifications/unsubscribe/")
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client.post(url.removeprefix("https://example.com"), {"List-Unsubscribe": "One-Click"})
    assert is_opted_out(alice, "kitchen/kettle", medium="email")


def test_the_subscription_of_somebody_without_an_account_is_ended_by_one_click(told, message_of):
    by = subscribe("ann@example.com", "kitchen/kettle")
    found = headers(message_of(told(subscription=by), user=None))

    url = f"https://example.com/notifications/unsubscribe/{by.secret}/"
    assert found["List-Unsubscribe"] == f"<{url}>"


def test_what_nobody_may_refuse_offers_no_way_to(told, message_of):
    item = told()
    item.event.type.required = True

    assert "List-Unsubscribe" not in headers(message_of(item))


def test_one_click_is_offered_over_https_only(told, message_of):
    with override_settings(REALTIME_NOTIFY={**SITE, "BASE_URL": "http://example.com"}):
        found = headers(message_of(told()))

    assert found["List-Unsubscribe"].startswith("<http://example.com/")
    assert "List-Unsubscribe-Post" not in found


def test_programs_are_told_not_to_answer(told, message_of):
    found = headers(message_of(told()))

    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "OOF, AutoReply"


def test_people_can_filter_by_type(told, message_of):
    one, other = told(), told("Lunch", "kitchen/lunch")

    assert headers(message_of(one))["List-Id"] == "<kitchen-kettle.notifications.example.com>"
    assert headers(message_of(one, other))["List-Id"] == "<notifications.example.com>"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b.example\nBcc: c@d.example",
        "a@b.example\r\n",
        "a@b.example, c@d.example",
        "Ann <a@b.example>",
        "a@b.example\x00",
        "a b@c.example",
        "a@b@c.example",
    ],
)
def test_what_is_no_single_address_is_refused(told, message_of, address):
    with pytest.raises(Refused):
        compose(message_of(told(), address=address))


@pytest.mark.parametrize(
    "address", ["a@b.example", "root@localhost", "zoë@exämple.example", "a+b@c.d"]
)
def test_addresses_of_all_kinds_are_taken(address):
    assert is_address(address)


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\r\n\t\v\f\x00\x1c\x85\u2028\u2029:<>@,; "),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=HOSTILE,
    target=HOSTILE,
    name=HOSTILE,
    key=st.from_regex(r"[A-Za-z0-9_.:/@+~=-]{1,20}", fullmatch=True),
)
def test_no_text_breaks_out_of_a_header(db, text, target, name, key):
    event = Event(
        pk=3,
        type=NotificationType(key=key),
        message=f"{text}\r\nBcc: victim@example.com\n\nbody",
        target_text=target,
        url=text,
    )
    message = Message(1, "email", [Item(event)], Reader("en", "UTC", "ann@example.com"))
    with override_settings(
        REALTIME_NOTIFY={
            **SITE,
            "EMAIL_FROM": f'"{one_line(name)}" <a@b.example>',
            "SITE_NAME": name,
        }
    ):
        try:
            sent = compose(message).message().as_bytes()
        except ValueError:  # the sender's name is refused by Django
            return

    found = parsing.message_from_bytes(sent, policy=policy.default)
    assert {name.lower() for name in found} <= KNOWN
    assert found["To"] == "ann@example.com"
    assert found["Bcc"] is None


@given(text=HOSTILE)
def test_a_subject_is_one_line(text):
    line = subject_line(text)

    assert line.splitlines() in ([line], [])
    assert len(line) <= 200
    assert line == line.strip()
