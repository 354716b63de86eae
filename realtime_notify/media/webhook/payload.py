"""What an endpoint is told of an event."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from realtime_notify.inbox.items import event_fields, timestamp
from realtime_notify.links import absolute
from realtime_notify.models import Event

TEST_TYPE = "test"


def body_of(event: Event) -> bytes:
    """Return the body of a request: the type, the time and the fields of an item.

    The fields are those of an item of the socket, with whole URLs, and the event's own id.
    """
    fields: dict[str, Any] = {"id": event.pk, **event_fields(event), "public": event.public}
    fields["url"], fields["image"] = absolute(fields["url"]), absolute(fields["image"])
    for role in ("actor", "action_object", "target"):
        if fields[role]:
            fields[role] = {**fields[role], "url": absolute(fields[role]["url"])}
    return _encode(event.type_id, fields["created"], fields)


def test_body(moment: Any) -> bytes:
    """Return the body of a request that only tries an endpoint."""
    return _encode(TEST_TYPE, timestamp(moment), {})


def _encode(key: str, moment: str, data: dict[str, Any]) -> bytes:
    whole = {"type": key, "timestamp": moment, "data": data}
    return json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
