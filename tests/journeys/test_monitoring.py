"""What real server processes show to those who run them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

import pytest

from realtime_notify.doctor import Severity, site
from tests.journeys.test_wire import SERVERS, tell

TOKEN = "K4rzGkTMrjEyzPUDkVYbHAbV5mhr"


def get(server, name, **headers):
    """Return the status and the body of an address."""
    asked = urllib.request.Request(f"{server.url}/notifications/api/{name}/", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metric(server, sample):
    status, body = get(server, "metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200, body
    [value] = re.findall(rf"^realtime_notify_{re.escape(sample)} (\S+)$", body, re.MULTILINE)
    return float(value)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_process_shows_its_own_sockets(town, kind):
    server = town.serve(kind, METRICS_TOKEN=TOKEN)
    other = town.serve(kind, METRICS_TOKEN=TOKEN)
    assert json.loads(get(server, "ready")[1]) == {"ready": True, "problems": [], "heal_age": None}
    browser = town.browse("alice", server)

    tell("alice", "Hello")
    browser.receive_push()

    assert metric(server, "connections") == 1
    assert metric(server, "deliveries_total") == 1
    assert metric(server, "layer_up") == 1
    assert 0 < metric(server, "push_latency_seconds_sum") < 2
    assert metric(other, "connections") == 0
    status, body = get(server, "ready")
    assert status == 200
    assert 0 <= json.loads(body)["heal_age"] < 60
    findings = {finding.part: finding for finding in site.examine(server.url)}
    well = [findings[part].severity for part in ("server", "socket", "origin")]
    assert well == [Severity.OK] * 3, findings
