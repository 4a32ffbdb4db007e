"""`maestro metrics`: every metric there is, as `docs/metrics.md` shows them."""

import click

from maestro.metrics.declaring import ALL, CATALOGUE, Declared

HEADER = """# Metrics

Every module shows its metrics at `/metrics` of its internal port, those of all its processes
together. This page is printed by `maestro metrics`.

- Names and labels are those of Maestro v10 where it had them; histograms are in seconds, and no
  label is the id of a room or an operation.
- The gauges that only the `metrics-reporter` shows are the report that beat asks for every
  `MAESTRO_METRICS_INTERVAL_S`: one worker of the queue `metrics` writes it to Redis, and every
  metrics reporter shows it, so any one of them is enough to look at. A report that is older than
  three intervals is not shown any more: when beat or all reporters are dead there are no numbers,
  and not numbers that do not move.
- What a health check sees (instances, matches, wanted rooms, ends of rooms) is that of the last
  one, and is left out when none ended for four `MAESTRO_HEALTH_INTERVAL_S`.
- Series of a deleted scheduler go once its last operation is archived, some minutes later.
- Pings are counted in passing and added up every second.
- Counters of a process that ended count on while its module lives; its gauges do not.

Dashboards for Grafana are in `docker/grafana`, alerts in `docker/prometheus/alerts.yaml`, and what
to do about an alert in `docs/runbooks`.

| Metric | Type | Labels | Meaning | Shown by |
|---|---|---|---|---|
"""


@click.command("metrics")
def command() -> None:
    """List every metric with its labels and meaning, as Markdown."""
    click.echo(page(), nl=False)


def page() -> str:
    """The whole page."""
    return HEADER + "".join(map(_line, CATALOGUE.values()))


def _line(metric: Declared) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    modules = "all" if metric.modules == ALL else ", ".join(metric.modules)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} | {modules} |\n"
