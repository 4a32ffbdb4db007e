"""
The gauges of the fleets, as a report says: the same from whoever shows them.

A report that is too old is none, so that a beat that died shows as absence, and not as numbers
that do not move.
"""

from collections.abc import Callable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from maestro.domain.figures import Report
from maestro.metrics.declaring import CATALOGUE


class Fleets(Collector):
    """Shows what `read` gives; nothing when that is None."""

    def __init__(self, read: Callable[[], Report | None]) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Nothing that would have to be read first."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        for name, rows in (self._read() or {}).items():
            declared = CATALOGUE.get(name)
            if declared is None:
                # Of a newer version.
                continue
            family = GaugeMetricFamily(name, declared.meaning, labels=declared.labels)
            for labels, value in rows:
                if len(labels) == len(declared.labels):
                    family.add_metric(labels, value)
            yield family
