"""The dashboard, the alerts and the page about them name metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

from realtime_notify.monitoring.metrics import PREFIX, NotifyCollector
from realtime_notify.monitoring.promises import Overdue, Queue
from realtime_notify.wire import hub
from realtime_notify.wire.vitals import Vitals
from tests.pages import PAGES, ROOT, section, table, words

DASHBOARD = json.loads((ROOT / "deploy/monitoring/grafana.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yml").read_text())
SCRAPE = yaml.safe_load((ROOT / "deploy/monitoring/prometheus.yml").read_text())
NAME = re.compile(rf"\b(?:{PREFIX}|process)_\w+")


class Hub:
    """A hub that is well."""

    def vitals(self) -> Vitals:
        return Vitals(1, 2, False, 0.5, False, 2, True)


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Every metric of a process with a hub, by name."""
    monkeypatch.setattr(hub, "_hubs", {object(): Hub()})
    registry = CollectorRegistry()
    registry.register(
        NotifyCollector(lambda: Overdue(0, 0.0, {"email": Queue(0, 0.0, 0)}, {"sent": 0}))
    )
    ProcessCollector(registry=registry)
    return {metric.name: metric for metric in registry.collect()}


def samples(metrics: dict[str, Any]) -> set[str]:
    """Return the names by which queries may ask for these metrics."""
    found = set()
    for name, metric in metrics.items():
        suffixes = {
            "counter": ["_total"],
            "histogram": ["_bucket", "_count", "_sum"],
        }.get(metric.type, [""])
        found |= {name + suffix for suffix in suffixes}
    return found


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]


def test_every_query_of_the_dashboard_names_a_metric_that_exists(metrics: dict[str, Any]) -> None:
    named = {query: set(NAME.findall(query)) for query in queries()}

    assert len(named) > 20
    assert all(named.values())
    assert set().union(*named.values()) - samples(metrics) == set()


def test_the_dashboard_shows_every_metric_of_ours(metrics: dict[str, Any]) -> None:
    shown = set().union(*(NAME.findall(query) for query in queries()))

    for name, metric in metrics.items():
        if name.startswith(PREFIX):
            assert shown & samples({name: metric}), name


def test_every_label_of_a_query_is_a_label_of_its_metric(metrics: dict[str, Any]) -> None:
    labels = {"job", "instance", "le"}
    labels |= {
        label for metric in metrics.values() for sample in metric.samples for label in sample.labels
    }
    labels |= {"reason", "code", "setting", "command", "lane", "version"}
    for query in queries():
        for group in re.findall(r"by \(([^)]*)\)", query):
            assert set(group.split(", ")) <= labels, query


def test_the_panels_do_not_overlap_and_each_says_what_it_shows() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["title"] and panel["description"] for panel in DASHBOARD["panels"])


def test_every_alert_names_a_metric_that_exists(metrics: dict[str, Any]) -> None:
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]

    assert len(rules) > 3
    for rule in rules:
        assert set(NAME.findall(rule["expr"])), rule
        assert set(NAME.findall(rule["expr"])) <= samples(metrics), rule
        assert rule["annotations"]["summary"].endswith(".")


def test_the_page_lists_every_metric(metrics: dict[str, Any]) -> None:
    rows = table(section("docs/monitoring.md", "## The metrics"))
    documented = {word.partition("{")[0] for row in rows for word in words(row[0])}

    ours = {name for name in metrics if name.startswith(PREFIX)}
    assert {f"{PREFIX}_{name}" for name in documented} == {
        f"{name}_total" if metrics[name].type == "counter" else name for name in ours
    }


def test_prometheus_asks_at_the_address_of_the_metrics() -> None:
    [job] = SCRAPE["scrape_configs"]

    assert job["metrics_path"] == "/notifications/api/metrics/"
    assert "alerts.yml" in SCRAPE["rule_files"]
    assert "deploy/monitoring/prometheus.yml" in PAGES["docs/monitoring.md"]
