"""What code declares of types, and how it comes into their rows."""

from __future__ import annotations

import sys

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.test import modify_settings
from django.utils.translation import gettext_lazy

from realtime_notify import notify, subscribe
from realtime_notify.declarations import declarations
from realtime_notify.exceptions import InvalidFilter, InvalidNotifier
from realtime_notify.models import NotificationType
from realtime_notify.notifiers import Notifier, write_types
from tests.blog.models import Document, Post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declaring")]


def declare(**attributes):
    """Make a notifier class as a module of an app does."""
    return type("Declared", (Notifier,), {"__module__": "shop.notifiers", **attributes})


def migrated():
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def test_notifiers_of_an_app_are_found_and_written_after_migrate():
    sys.modules.pop("tests.notices.notifiers", None)

    with modify_settings(INSTALLED_APPS={"append": "tests.notices"}):
        migrated()

    closed = NotificationType.objects.get(key="notices/closed")
    assert (closed.label, closed.description) == ("Closing days", "When the shop is closed.")
    assert (closed.group_id, closed.level, closed.self_service) == ("notices", "warning", True)
    moved = NotificationType.objects.get(key="notices/moved")
    assert moved.content_type == ContentType.objects.get_for_model(Document)


def test_what_is_declared_is_written_again_and_the_rest_is_left_to_the_admin():
    NotificationType.objects.create(
        key="shop/order", label="By hand", description="By hand", level="error", self_service=True
    )
    declare(key="shop/order", label="Orders")

    migrated()
    migrated()

    row = NotificationType.objects.get()
    assert (row.label, row.description, row.level) == ("Orders", "By hand", "error")
    assert row.self_service


@pytest.mark.parametrize(
    "use", [lambda user: notify("Hello", "shop/order"), lambda user: subscribe(user, "shop/order")]
)
def test_a_type_that_has_no_row_yet_is_made_as_it_is_declared(alice, use):
    declare(key="shop/order", label=gettext_lazy("Orders"), group="shop", level="warning")

    use(alice)

    row = NotificationType.objects.get()
    assert (row.label, row.group_id, row.level) == ("Orders", "shop", "warning")


def test_a_type_that_has_its_row_costs_no_statement_more(alice, django_assert_num_queries):
    NotificationType.objects.create(key="plain")
    declare(key="shop/order", label="Orders", group="shop", target_model=Post)
    migrated()

    with django_assert_num_queries(2):
        notify("Hello", "plain", recipients=alice)
    with django_assert_num_queries(2):
        notify("Hello", "shop/order", recipients=alice)


def test_nothing_is_written_when_the_tables_are_gone(django_assert_num_queries):
    declare(key="shop/order")

    class Nothing:
        all_models = {"realtime_notify": {}}

    with django_assert_num_queries(0):
        write_types(using="default", apps=Nothing())


def test_a_router_keeps_types_out_of_other_databases(settings, django_assert_num_queries):
    class Elsewhere:
        def allow_migrate(self, db, app_label, **hints):
            return False

    declare(key="shop/order")
    settings.DATABASE_ROUTERS = [Elsewhere()]

    with django_assert_num_queries(0):
        write_types(using="default", apps=apps)


def test_the_same_class_may_be_made_again():
    declare(key="shop/order", label="Once")
    declare(key="shop/order", label="Again")

    assert declarations()["shop/order"].label == "Again"


def test_a_class_without_a_key_declares_nothing():
    before = dict(declarations())

    declare(group="shop")

    assert declarations() == before


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"key": "with space"}, r"shop.notifiers.Declared: The notification key 'with space'"),
        ({"key": 5}, r"not 5 \(int\)"),
        ({"key": "a", "level": "urgent"}, "no level 'urgent'; there are: info, success"),
        ({"key": "a", "filters": "language"}, "filters must be a list of names, not 'language'"),
        ({"key": "a", "filters": [""]}, "a string of 1 to 64 characters, not ''"),
        ({"key": "a", "filters": [3]}, "a string of 1 to 64 characters, not 3"),
        ({"key": "a", "filters": 3}, "filters must be a list of names, not 3"),
        ({"key": "a", "filters": ["target", "x", "role"]}, "cannot be named role, target"),
    ],
)
def test_an_invalid_declaration_is_refused_when_the_class_is_created(attributes, says):
    with pytest.raises(InvalidNotifier, match=says):
        declare(**attributes)

    assert not {"a", "with space"} & declarations().keys()


def test_two_classes_cannot_have_one_key():
    declare(key="shop/order")

    with pytest.raises(InvalidNotifier, match=r"'shop/order' of shop.notifiers.Declared. Give it"):
        declare(key="shop/order", __qualname__="Other")


def test_a_subclass_cannot_share_the_key_of_its_base():
    base = declare(key="shop/order")

    with pytest.raises(InvalidNotifier, match="if it is a base for others, key = ''"):
        type("Derived", (base,), {})


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"target_model": "shop.Order"}, "target_model='shop.Order' is not a model"),
        ({"target_model": "Order"}, "target_model='Order' is not a model"),
        ({"label": gettext_lazy("x" * 129)}, "has 129 characters; the most is 128"),
    ],
)
def test_errors_that_need_all_models_are_raised_on_migrating(attributes, says):
    declare(key="shop/order", **attributes)

    with pytest.raises(InvalidNotifier, match=says):
        migrated()


def test_filter_names_are_checked_without_the_class(alice):
    declare(key="shop/order", filters=["country"])

    assert notify("Hello", "shop/order", filters={"country": "dk"}).filters == {"country": "dk"}
    with pytest.raises(InvalidFilter, match="no filter 'colour'; there are: country"):
        notify("Hello", "shop/order", filters={"colour": "red"})
    with pytest.raises(InvalidFilter, match="no filter 'colour'; there are: country"):
        subscribe(alice, "shop/order", filters={"colour": "red"})
