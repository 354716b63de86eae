"""Objects of the project's models, as events and subscriptions refer to them."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from realtime_notify import notify, opt_out, subscribe
from realtime_notify.exceptions import InvalidRecipient, InvalidTarget
from realtime_notify.models import Event, OptOut, Subscription
from tests.blog.models import Document, Post
from tests.forum.models import Forum

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_an_object_with_a_key_that_was_never_saved_is_no_target(alice):
    document = Document(id=uuid.uuid4(), title="Draft")

    for name in ("target_object", "actor", "action_object"):
        with pytest.raises(InvalidTarget, match="not a saved model instance"):
            notify("Hello", "a", recipients=[], **{name: document})
    with pytest.raises(InvalidTarget, match="not a saved model instance"):
        notify("Hello", "a", recipients=[], actors=[alice, document])
    for refuse in (subscribe, opt_out):
        with pytest.raises(InvalidTarget, match="not a saved model instance"):
            refuse(alice, "a", document)
    assert not Event.objects.exists()
    assert not Subscription.objects.exists()


def test_a_person_with_a_key_who_was_never_saved_is_refused():
    model = get_user_model()
    nobody = model(pk=model._meta.pk.to_python(uuid.uuid4().int >> 80), username="nobody")

    for name in ("recipients", "recipient_users", "exclude"):
        with pytest.raises(InvalidRecipient, match="not saved"):
            notify("Hello", "a", **{name: [nobody]})
    with pytest.raises(InvalidRecipient, match="saved user"):
        subscribe(nobody, "a")
    with pytest.raises(InvalidRecipient, match="saved user"):
        opt_out(nobody, "a")
    assert not OptOut.objects.exists()


def test_a_group_with_a_key_that_was_never_saved_is_refused():
    group = Group(pk=5, name="nowhere")

    with pytest.raises(InvalidRecipient, match="not saved"):
        notify("Hello", "a", recipients=group)
    with pytest.raises(InvalidRecipient, match="saved group"):
        subscribe(group, "a")


def test_a_key_too_long_to_be_stored_is_named(alice, monkeypatch):
    forum = Forum.objects.create(name="f")
    forum.name = "f" * 300

    with pytest.raises(InvalidTarget, match=r"has a primary key of 300 characters; .* 255"):
        notify("Hello", "a", forum, recipients=[])
    with pytest.raises(InvalidTarget, match=r"has a primary key of 300 characters; .* 255"):
        subscribe(alice, "a", forum)


@pytest.mark.parametrize("name", ["target_object", "actor", "action_object"])
def test_an_object_that_cannot_say_what_it_is_is_named(alice, monkeypatch, name):
    post = Post.objects.create(title="Soup")
    monkeypatch.setattr(Post, "__str__", lambda self: self.no_such_attribute)

    with pytest.raises(InvalidTarget, match=rf"blog.Post {post.pk}.*no_such_attribute"):
        notify("Hello", "a", recipients=[], **{name: post})


@pytest.mark.parametrize(
    ("title", "says"), [("nul \x00", "NUL character"), ("half \ud83d", "half a surrogate pair")]
)
def test_an_object_whose_text_cannot_be_stored_is_named(monkeypatch, title, says):
    post = Post.objects.create(title="Soup")
    monkeypatch.setattr(Post, "__str__", lambda self: title)

    with pytest.raises(InvalidTarget, match=rf"The target is blog.Post {post.pk}.*{says}"):
        notify("Hello", "a", post, recipients=[])
