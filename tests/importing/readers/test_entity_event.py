"""Imports from django-entity-event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models

from realtime_notify.audience import events_for, groups
from realtime_notify.models import (
    Event,
    EventSeen,
    Medium,
    Notification,
    NotificationType,
    OptOut,
    Renderer,
    RenderingStyle,
    Subscription,
    TypeGroup,
)
from realtime_notify.subscriptions import is_subscribed
from realtime_notify.subscriptions.optouts import is_opted_out
from tests.blog.models import Company, Employment, Post
from tests.importing.entity_rows import entity, event, medium, source, subscription, unsubscription
from tests.importing.inboxes import BEGAN, at
from tests.importing.old_tables import (
    EeRenderer,
    EeSeen,
    EeSourceGroup,
    EeStyle,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sql,
    pytest.mark.skipif(
        isinstance(get_user_model()._meta.pk, models.UUIDField),
        reason="django-entity knows objects by whole numbers only",
    ),
]

Import = Callable[..., str]

USER = get_user_model()._meta.label_lower


def test_sources_and_media_keep_their_columns(importing: Import) -> None:
    source("photo-tag")
    medium("newsfeed", display_name="News", additional_context={"site": "ours"})

    importing("entity_event")

    made = NotificationType.objects.get()
    assert (made.key, made.label, made.description) == ("photo-tag", "Photo-Tag", "About photo-tag")
    assert made.group == TypeGroup.objects.get(name="site", label="Site")
    feed = Medium.objects.get()
    assert (feed.name, feed.label, feed.created) == ("newsfeed", "News", BEGAN)
    assert feed.additional_context == {"site": "ours"}


def test_templates_keep_their_styles_and_hints(importing: Import) -> None:
    short = EeStyle.objects.create(name="short", display_name="Short")
    medium("newsfeed", rendering_style_id=short.pk)
    users = {"app_name": "auth", "model_name": "Group", "select_related": []}
    EeRenderer.objects.create(
        name="photo",
        rendering_style_id=short.pk,
        source_id=source("photo-tag").pk,
        text_template="{{ user }}",
        context_hints={"user": users, "gone": {"app_name": "gone", "model_name": "Gone"}},
    )
    EeRenderer.objects.create(
        name="site",
        rendering_style_id=short.pk,
        source_group_id=EeSourceGroup.objects.get().pk,
        html_template_path="site.html",
    )

    printed = importing("entity_event")

    assert Medium.objects.get().rendering_style == RenderingStyle.objects.get(
        name="short", label="Short"
    )
    photo, site = Renderer.objects.order_by("name")
    assert (photo.type_id, photo.type_group_id, photo.hints) == ("photo-tag", None, {"user": users})
    assert (site.type_id, site.type_group_id) == (None, "site")
    assert (photo.text_template, site.html_template_path) == ("{{ user }}", "site.html")
    assert "renderers: 1 x lost a hint" in printed
    assert "renderers: 0 new, 2 already here" in importing("entity_event")


def test_templates_of_sources_that_get_one_key_do_not_clash(importing: Import) -> None:
    short = EeStyle.objects.create(name="short", display_name="Short")
    for name in ("photo", "film"):
        EeRenderer.objects.create(name=name, rendering_style_id=short.pk, source_id=source(name).pk)

    printed = importing("entity_event", "--key", "photo=media/tag", "--key", "film=media/tag")

    assert "types: 1 new, 0 already here" in printed
    assert Renderer.objects.get().name == "photo"


def test_subscriptions_by_several_media_become_one(importing: Import, alice: Any) -> None:
    for by in ("newsfeed", "email"):
        subscription(entity(alice), "photo-tag", by)

    importing("entity_event", "--batch-size", "1")

    one = Subscription.objects.get()
    assert is_subscribed(alice, "photo-tag")
    assert {medium.name for medium in one.media.all()} == {"newsfeed", "email"}


def test_following_by_one_medium_only_is_reported(importing: Import, alice: Any) -> None:
    narrow = subscription(entity(alice), "photo-tag", "email", following=True)
    subscription(entity(alice), "photo-tag", "newsfeed")

    printed = importing("entity_event")

    assert f"another medium does not (such as {narrow.pk})" in printed
    one = Subscription.objects.get()
    assert [medium.name for medium in one.media.all()] == ["newsfeed"]
    assert not one.only_following


def test_a_group_of_users_subscribes_as_a_whole(importing: Import, alice: Any, bob: Any) -> None:
    cooks = Group.objects.create(name="cooks")
    cooks.user_set.add(alice)
    entity(alice)
    subscription(entity(cooks), "photo-tag", "newsfeed", entity_kind=USER)
    event("photo-tag", "tag-1")

    importing("entity_event")

    assert is_subscribed(cooks, "photo-tag")
    assert [one.dedupe_key for one in events_for(alice.pk, "newsfeed")] == ["tag-1"]
    assert list(events_for(bob.pk, "newsfeed")) == []


@pytest.fixture
def companies() -> Iterator[None]:
    before = dict(groups._registered)
    groups.register_group(Company, members="employment__company", role="employment__title")
    yield
    groups._registered.clear()
    groups._registered.update(before)


def test_a_kind_of_members_is_a_role(
    importing: Import, alice: Any, bob: Any, companies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Entities have whole numbers for keys, which the company here has not.
    company = Company.objects.create(name="Kitchen")
    monkeypatch.setattr(company, "pk", 0)
    entity(alice, "cook")
    entity(bob, "waiter")
    subscription(entity(company), "photo-tag", "newsfeed", entity_kind="cook")

    importing("entity_event")

    one = Subscription.objects.get()
    assert (one.role, one.group_id) == ("cook", "0")
    assert Employment.objects.count() == 0


def test_only_following_is_kept(importing: Import, alice: Any, bob: Any) -> None:
    for one in (alice, bob):
        subscription(entity(one), "photo-tag", "newsfeed", following=True)
    event("photo-tag", "with-alice", actors=[alice])

    importing("entity_event")

    assert events_for(alice.pk, "newsfeed").count() == 1
    assert events_for(bob.pk, "newsfeed").count() == 0


def test_subscriptions_cover_earlier_events(importing: Import, alice: Any) -> None:
    event("photo-tag", "early", minutes=-1_000_000)
    subscription(entity(alice), "photo-tag", "newsfeed")

    importing("entity_event")

    assert events_for(alice.pk, "newsfeed").count() == 1


def test_unsubscriptions_are_opt_outs(importing: Import, alice: Any) -> None:
    subscription(entity(alice), "photo-tag", "newsfeed")
    unsubscription(entity(alice), "photo-tag", "newsfeed")
    event("photo-tag", "tag-1")

    importing("entity_event")

    assert is_opted_out(alice, "photo-tag", medium="newsfeed")
    assert not events_for(alice.pk, "newsfeed").exists()
    assert "opt-outs: 0 new, 1 already here" in importing("entity_event")
    assert OptOut.objects.count() == 1


def test_events_keep_their_context_and_all_actors(importing: Import, alice: Any, bob: Any) -> None:
    post = Post.objects.create(title="Spring")
    row = event(
        *("photo-tag", "tag-1"),
        context={"text": "You were tagged", "photo": 7},
        actors=[alice, bob, post],
        time_expires=at(600),
    )
    event("photo-tag", "", 2)

    importing("entity_event")

    one = Event.objects.get(dedupe_key="tag-1")
    assert (one.message, one.data) == ("You were tagged", {"text": "You were tagged", "photo": 7})
    assert (one.created, one.expires_at) == (row.time, at(600))
    assert one.actor == alice
    assert [extra.actor for extra in one.extra_actors.all()] == [bob, post]
    other = Event.objects.exclude(pk=one.pk).get()
    assert (other.message, other.expires_at) == ("Photo-Tag", None)
    assert not Notification.objects.exists()
    assert not Event.objects.due().exists()


def test_seen_marks_of_media_are_kept(importing: Import) -> None:
    seen = event("photo-tag", "seen")
    event("photo-tag", "not-seen", 2)
    EeSeen.objects.create(event_id=seen.pk, medium_id=medium("newsfeed").pk, time_seen=at(9))

    importing("entity_event", "--batch-size", "1")

    mark = EventSeen.objects.get()
    assert (mark.event.dedupe_key, mark.medium_id, mark.person) == ("seen", "newsfeed", "")
    assert mark.seen_at == at(9)


def test_an_import_can_be_repeated(importing: Import, alice: Any) -> None:
    subscription(entity(alice), "photo-tag", "newsfeed")
    seen = event("photo-tag", "seen", actors=[alice])
    EeSeen.objects.create(event_id=seen.pk, medium_id=medium("newsfeed").pk, time_seen=at(9))
    planned = importing("entity_event", "--dry-run").splitlines()[1:]
    assert not Event.objects.exists()

    assert importing("entity_event").splitlines() == planned
    printed = importing("entity_event")

    for part in ("subscriptions", "events", "seen marks", "media", "types", "type groups"):
        assert f"{part}: 0 new, 1 already here" in printed


def test_rows_that_cannot_be_imported_are_counted(importing: Import, alice: Any) -> None:
    post = Post.objects.create(title="Spring")
    entity(alice)
    subscription(entity(post), "photo-tag", "newsfeed")
    subscription(entity(post), "photo-tag", "newsfeed", entity_kind=USER)
    cooks = Group.objects.create(name="cooks")
    subscription(entity(cooks), "photo-tag", "newsfeed", entity_kind="robot")
    unsubscription(entity(post), "photo-tag", "newsfeed")

    printed = importing("entity_event")

    assert "subscriptions: 1 x the entity is not a user here" in printed
    assert "1 x the group's model is not registered with register_group()" in printed
    assert (
        "1 x is for members of the kind 'robot', but the group's model is registered without"
        in printed
    )
    assert "opt-outs: 1 x the entity is not a user here" in printed
    assert not Subscription.objects.exists()
