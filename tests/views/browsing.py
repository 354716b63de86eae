"""What the tests of the HTTP views share."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from django.test import Client

API = "/notifications/api/"


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
