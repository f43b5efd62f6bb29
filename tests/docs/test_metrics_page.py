"""Metrics, as the reference, the dashboard and the alerts name them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.metrics_families import Family, families

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "metrics.md"
DASHBOARD = ROOT / "deploy" / "grafana" / "dealwright.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"

_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| [^|]+ \| \w+ \| (.*) \|$", re.MULTILINE)
_NAME = re.compile(r"\bdealwright_\w+")


async def test_every_family_is_on_the_page_as_it_is() -> None:
    rows = [Family(*found) for found in _ROW.findall(PAGE.read_text())]

    assert sorted(rows) == sorted(await families())


async def test_the_dashboard_names_only_what_there_is() -> None:
    asked = [name for expression in dashboard_expressions() for name in _NAME.findall(expression)]

    assert set(asked) - await series() == set()


async def test_the_dashboard_shows_every_family_but_what_only_names() -> None:
    shown = {
        name.removesuffix("_bucket").removesuffix("_count")
        for expression in dashboard_expressions()
        for name in _NAME.findall(expression)
    }
    not_shown = {one.name for one in await families()} - shown

    assert not_shown == {
        "dealwright_connection_delivering",
        "dealwright_log_end_events",
        "dealwright_log_lag_events",
        "dealwright_mirror_complete",
        "dealwright_source_info",
        "dealwright_webhook_believed",
        "dealwright_webhook_registered",
    }


async def test_the_alerts_name_only_what_there_is() -> None:
    asked = [name for rule in alerts() for name in _NAME.findall(rule["expr"])]

    assert set(asked) - await series() == set()


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    rules = list(alerts())

    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {frozenset(rule) for rule in rules} == {
        frozenset({"alert", "expr", "for", "labels", "annotations"})
    }
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert {frozenset(rule["annotations"]) for rule in rules} == {
        frozenset({"summary", "description"})
    }


def test_every_expression_closes_what_it_opens() -> None:
    expressions = [*dashboard_expressions(), *(rule["expr"] for rule in alerts())]
    pairs = ("()", "{}", "[]")

    assert [
        one for one in expressions for pair in pairs if one.count(pair[0]) != one.count(pair[1])
    ] == []


def test_every_panel_has_its_own_place_and_asks_the_chosen_data_source() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asking = [panel for panel in panels if panel["type"] != "row"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in asking} == {"${datasource}"}
    assert [panel["title"] for panel in asking if not panel["targets"]] == []


async def series() -> set[str]:
    """What may be asked for: of a histogram its parts."""
    parts = ("_bucket", "_count", "_sum")
    return {
        name
        for one in await families()
        for name in ([one.name + part for part in parts] if one.kind == "histogram" else [one.name])
    }


def dashboard_expressions() -> Iterator[str]:
    board = json.loads(DASHBOARD.read_text())
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def alerts() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        yield from group["rules"]
