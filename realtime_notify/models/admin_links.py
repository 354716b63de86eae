"""Links to objects in the admin, which notifications offer as methods."""

from __future__ import annotations

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def admin_link(type_id: int | None, object_id: str) -> SafeString:
    """Return a link to an object's page in the admin, as HTML.

    Args:
        type_id: the primary key of the object's content type; None without an object.
        object_id: the object's primary key, as text.

    Returns:
        The link, with the key as its text; the key alone if the model is not registered with the
        admin; "" without an object.
    """
    if type_id is None or not object_id:
        return SafeString()
    if apps.is_installed("django.contrib.admin"):
        from django.contrib.admin.utils import quote

        content_type = ContentType.objects.get_for_id(type_id)
        name = f"admin:{content_type.app_label}_{content_type.model}_change"
        try:
            return format_html(
                '<a href="{}">{}</a>', reverse(name, args=[quote(object_id)]), object_id
            )
        except NoReverseMatch:
            pass  # not registered, or there is no admin site in the URLconf
    return format_html("{}", object_id)
