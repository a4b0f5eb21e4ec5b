"""The Grafana dashboard asks for metrics and labels that exist, and leaves none out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chat import metrics
from tests.ragbook.documents import ROOT

DASHBOARD = json.loads((ROOT / "examples/grafana/ragbook.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SCRAPED = {"job", "instance", "le"}


def series() -> Iterator[tuple[str, set[str]]]:
    """Every series that Prometheus scrapes of us, with its labels."""
    for metric in vars(metrics).values():
        if hasattr(metric, "_labelnames"):
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
            for ending in endings.get(metric._type, [""]):
                yield metric._name + ending, {*metric._labelnames, *SCRAPED}


SERIES = dict(series())


def queries(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def base(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_asks_for_series_and_labels_that_exist(panel: dict[str, Any]) -> None:
    for query in queries(panel):
        named = re.findall(r"ragbook_\w+", query)
        assert named
        labels = set().union(*(SERIES[name] for name in named))
        grouped = re.findall(r"by \(([^)]*)\)", query) + re.findall(r"ignoring\(([^)]*)\)", query)
        asked = {label for group in grouped for label in re.split(r",\s*", group)}
        assert asked | set(re.findall(r"(\w+)=~?\"", query)) <= labels, query
        assert query.count("(") == query.count(")")
    for target in panel["targets"]:
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


def test_every_metric_has_a_panel() -> None:
    asked = {
        base(name)
        for panel in PANELS
        for query in queries(panel)
        for name in re.findall(r"ragbook_\w+", query)
    }
    assert asked == {base(name) for name in SERIES}


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_no_data_source_of_ours_is_baked_in() -> None:
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${source}"}
