"""Pages, dashboards and alerts name only what there is."""

import json
import pathlib
import re

import pytest
import yaml

from maestro.cli import metrics as command
from maestro.config import Settings
from maestro.metrics.declaring import CATALOGUE, Declared, Module
from tests import promql

DOCS = promql.ROOT / "docs"
RUNBOOKS = DOCS / "runbooks"
PAGES = sorted(RUNBOOKS.glob("*.md"))
#: Series → what was declared.
SERIES = {series: metric for metric in CATALOGUE.values() for series in metric.series}
ASKED = [each for each in promql.asked() if each.series != promql.OF_PROMETHEUS]


def test_the_page_is_what_the_command_prints() -> None:
    assert (DOCS / "metrics.md").read_text() == command.page(), "run: make docs"


def test_whoever_asks_for_a_series_finds_it_declared_with_its_labels() -> None:
    assert len(ASKED) > 80
    for each in ASKED:
        assert each.series in SERIES, f"{each.where}: there is no {each.series}"
        labels = {*SERIES[each.series].labels, *promql.TARGET_LABELS}
        if each.series.endswith("_bucket"):
            labels.add("le")
        assert each.labels <= labels, f"{each.where}: {each.series} has no {each.labels - labels}"


def test_buckets_are_grouped_by_their_bound() -> None:
    assert all("le" in each.labels for each in ASKED if each.series.endswith("_bucket"))


def test_variables_of_dashboards_are_labels_that_exist() -> None:
    for file in promql.DASHBOARDS:
        for variable in json.loads(file.read_text())["templating"]["list"]:
            if variable["type"] == "query":
                named = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
                assert named
                assert named[2] in SERIES[named[1]].labels


@pytest.mark.parametrize("alert", promql.alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_says_what_to_do(alert: dict[str, str]) -> None:
    name = alert["alert"]
    page = promql.ROOT / alert["annotations"]["runbook_url"]  # type: ignore[index]
    assert page == RUNBOOKS / f"{name}.md"
    titles = [line for line in page.read_text().splitlines() if line.startswith("#")]
    assert titles == [f"# {name}", "## How to look", "## What to do"]
    assert f"[{name}]({name}.md)" in (RUNBOOKS / "README.md").read_text()
    labels = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))  # type: ignore[index]
    named = [each.labels for each in promql.asked() if each.where == name]
    assert labels <= promql.TARGET_LABELS.union(*named)


def test_every_runbook_is_of_an_alert() -> None:
    pages = {page.stem for page in PAGES} - {"README"}
    assert pages == {alert["alert"] for alert in promql.alerts()}


@pytest.mark.parametrize("page", [*PAGES, DOCS / "metrics.md"], ids=lambda page: page.stem)
def test_pages_name_settings_that_exist(page: pathlib.Path) -> None:
    named = {name.lower() for name in re.findall(r"MAESTRO_([A-Z_]+)", page.read_text())}
    assert named <= set(Settings.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_runbooks_name_metrics_that_exist(page: pathlib.Path) -> None:
    named = re.findall(r"`(?:sum\()?((?:maestro|http|grpc)_\w+)", page.read_text())
    assert set(named) <= set(SERIES) | {metric.name for metric in CATALOGUE.values()}


def test_prometheus_scrapes_every_module_at_its_port() -> None:
    document = yaml.safe_load((promql.ROOT / "docker/prometheus/prometheus.yaml").read_text())
    assert document["rule_files"] == [promql.ALERTS.name]
    (job,) = document["scrape_configs"]
    found = {each["labels"]["module"]: each["targets"] for each in job["static_configs"]}
    assert found == {module: [_target(module)] for module in Module}


def _target(module: Module) -> str:
    setting = f"{module.replace('-', '_')}_internal_port"
    return f"{module}:{Settings.model_fields[setting].default}"


@pytest.mark.parametrize("metric", list(CATALOGUE.values()), ids=lambda metric: metric.name)
def test_names_follow_the_rules_of_prometheus(metric: Declared) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    if metric.kind == "histogram":
        assert metric.name.endswith(("_seconds", "_bytes"))
    assert {"room", "operation_id", "le"}.isdisjoint(metric.labels)
