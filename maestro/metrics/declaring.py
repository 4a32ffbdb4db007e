"""
How metrics are declared: with the modules that show them, so that one page can tell of all.

A metric that a module's code happens to load is not shown by modules that it says nothing of.
"""

import dataclasses
import enum
from collections.abc import Sequence
from typing import Literal

import prometheus_client

#: Seconds, for what takes milliseconds up to seconds: the buckets of v10.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: For what may wait much longer.
LONG_SECONDS = (*SECONDS, 30, 60, 300, 900, 3600)
#: The same steps as most exporters of HTTP have.
BYTES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)


class Module(enum.StrEnum):
    """A module as `maestro start` knows it, and as the page names it."""

    MANAGEMENT_API = "management-api"
    ROOMS_API = "rooms-api"
    WORKER = "worker"
    RUNTIME_WATCHER = "runtime-watcher"
    METRICS_REPORTER = "metrics-reporter"
    EVENTS_FORWARDER = "events-forwarder"
    BEAT = "beat"
    FLOWER = "flower"


ALL = tuple(Module)
APIS = (Module.MANAGEMENT_API, Module.ROOMS_API)

#: How values of several processes of a module become one: their sum, without those that ended.
_LIVING: Literal["livesum"] = "livesum"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What can be said of a metric without a value."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    modules: tuple[Module, ...]

    @property
    def family(self) -> str:
        """How its samples are grouped: Prometheus leaves the end of counters out."""
        return self.name.removesuffix("_total")

    @property
    def series(self) -> tuple[str, ...]:
        """The names that its samples bear."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{end}" for end in ("bucket", "count", "sum"))
        return (self.name,)


#: Everything that was declared, by the name of its family.
CATALOGUE: dict[str, Declared] = {}


def counter(
    name: str, meaning: str, labels: Sequence[str] = (), *, shown_by: Sequence[Module]
) -> prometheus_client.Counter:
    """A number that only grows; its name ends in `_total`."""
    _declare(name, "counter", meaning, labels, shown_by)
    return prometheus_client.Counter(name, meaning, labels)


def gauge(
    name: str, meaning: str, labels: Sequence[str] = (), *, shown_by: Sequence[Module]
) -> prometheus_client.Gauge:
    """A number that each process sets; of several, those that live are summed up."""
    _declare(name, "gauge", meaning, labels, shown_by)
    return prometheus_client.Gauge(name, meaning, labels, multiprocess_mode=_LIVING)


def histogram(
    name: str,
    meaning: str,
    labels: Sequence[str] = (),
    *,
    shown_by: Sequence[Module],
    buckets: Sequence[float] = SECONDS,
) -> prometheus_client.Histogram:
    """How long or how large things were."""
    _declare(name, "histogram", meaning, labels, shown_by)
    return prometheus_client.Histogram(name, meaning, labels, buckets=buckets)


def fleet_gauge(name: str, meaning: str, labels: Sequence[str] = ()) -> Declared:
    """A number that no process holds: it stands in the report of all fleets."""
    return _declare(name, "gauge", meaning, labels, (Module.METRICS_REPORTER,))


def _declare(
    name: str,
    kind: Literal["counter", "gauge", "histogram"],
    meaning: str,
    labels: Sequence[str],
    modules: Sequence[Module],
) -> Declared:
    declared = Declared(
        name=name, kind=kind, labels=tuple(labels), meaning=meaning, modules=tuple(modules)
    )
    CATALOGUE[declared.family] = declared
    return declared
