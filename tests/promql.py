"""What dashboards and alerts ask Prometheus for."""

import dataclasses
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import yaml

ROOT = pathlib.Path(__file__).parents[1]
ALERTS = ROOT / "docker" / "prometheus" / "alerts.yaml"
DASHBOARDS = sorted((ROOT / "docker" / "grafana").glob("*.json"))

#: What Prometheus adds itself: the metric of each target, and the labels of its configuration.
OF_PROMETHEUS = "up"
TARGET_LABELS = frozenset({"job", "instance", "module"})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One series that a query names, and every label that it is chosen or grouped by."""

    where: str
    series: str
    labels: frozenset[str]


def alerts() -> list[dict[str, Any]]:
    """The rules, as they are written."""
    document = yaml.safe_load(ALERTS.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def queries() -> Iterator[tuple[str, str]]:
    """Where each query stands, and the query; variables of Grafana have a value."""
    for alert in alerts():
        yield alert["alert"], alert["expr"]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                where = f"{file.name}, {panel['title']}"
                yield where, target["expr"].replace("$__rate_interval", "5m")


def asked() -> list[Asked]:
    """Everything that all of them name. Raises ValueError when one of them is no PromQL."""
    return [each for where, query in queries() for each in _asked(where, promql.parse(query))]


def _asked(where: str, expression: Any, grouped: frozenset[str] = frozenset()) -> Iterator[Asked]:
    if isinstance(expression, promql.AggregateExpr):
        grouped |= set(expression.modifier.labels if expression.modifier else ())
        yield from _asked(where, expression.expr, grouped)
    elif isinstance(expression, promql.BinaryExpr):
        yield from _asked(where, expression.lhs, grouped)
        yield from _asked(where, expression.rhs, grouped)
    elif isinstance(expression, promql.Call):
        for argument in expression.args:
            yield from _asked(where, argument, grouped)
    elif isinstance(expression, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        yield from _asked(where, expression.expr, grouped)
    elif isinstance(expression, promql.MatrixSelector):
        yield from _asked(where, expression.vector_selector, grouped)
    elif isinstance(expression, promql.VectorSelector):
        chosen = {matcher.name for matcher in expression.matchers.matchers}
        yield Asked(where=where, series=expression.name or "", labels=grouped | chosen)
    elif not isinstance(expression, promql.NumberLiteral | promql.StringLiteral):
        raise TypeError(f"{where}: {type(expression).__name__} is not looked into")
