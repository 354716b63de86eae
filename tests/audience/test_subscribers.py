"""Subscribers of all three kinds, and references to targets."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType

from realtime_notify.audience.subscribers import Subscriber, model_label, reference
from realtime_notify.exceptions import InvalidRecipient, InvalidTarget
from tests.blog.models import Company, Document, Post

pytestmark = pytest.mark.django_db


def test_a_user_is_stored_by_primary_key(alice):
    columns = Subscriber.of(alice).columns()

    assert columns == {
        "user_id": alice.pk,
        "group_type": None,
        "group_id": "",
        "role": "",
        "email": "",
    }


def test_a_group_is_stored_by_model_and_primary_key_with_its_role():
    company = Company.objects.create(name="Acme")

    subscriber = Subscriber.of(company, role="boss")

    assert subscriber.group_type == ContentType.objects.get_for_model(Company)
    assert (subscriber.group_id, subscriber.role) == (str(company.pk), "boss")
    assert (subscriber.user_id, subscriber.email) == (None, "")


def test_an_e_mail_address_is_stored_in_lower_case_without_spaces():
    assert Subscriber.of(" Ann@Example.com ") == Subscriber(email="ann@example.com")


def test_different_subscribers_have_different_labels(alice):
    group, company = Group.objects.create(pk=7, name="us"), Company.objects.create(name="Acme")
    subscribers = [
        Subscriber.of(alice),
        Subscriber.of(group),
        Subscriber.of(company),
        Subscriber.of(company, role="boss"),
        Subscriber.of("ann@example.com"),
    ]

    assert len({tuple(subscriber.label()) for subscriber in subscribers}) == 5


@pytest.mark.parametrize("wrong", [AnonymousUser(), Post(pk=1), Group(name="unsaved"), 5, None])
def test_anything_else_is_refused(wrong):
    with pytest.raises(InvalidRecipient, match="is not a saved user, a saved group"):
        Subscriber.of(wrong)


def test_an_invalid_e_mail_address_is_refused():
    with pytest.raises(InvalidRecipient, match="'nobody' is not an e-mail address"):
        Subscriber.of("nobody")


def test_a_role_is_refused_without_a_group(alice):
    for subscriber in (alice, "ann@example.com"):
        with pytest.raises(InvalidRecipient, match="is not a group"):
            Subscriber.of(subscriber, role="boss")


def test_a_reference_has_the_content_type_and_the_primary_key_as_text():
    document = Document.objects.create(title="1")

    content_type, pk = reference(document)

    assert (model_label(content_type), pk) == ("blog.document", str(document.pk))


def test_a_reference_to_nothing_is_empty():
    content_type, pk = reference(None)

    assert (model_label(content_type), pk) == ("", "")


@pytest.mark.parametrize("wrong", ["post 5", 5, Post(title="unsaved")])
def test_a_target_that_is_not_saved_is_refused(wrong):
    with pytest.raises(InvalidTarget, match="is not a saved model instance"):
        reference(wrong)
