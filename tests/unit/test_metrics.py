"""What metrics show, and how what happens gets there."""

import os
import pathlib
import subprocess
import sys

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from maestro import errors
from maestro.metrics.shown import Children, Shown
from maestro.metrics.tally import Presence, Tally
from maestro.metrics.timing import timed

VALUES = (0.0, 0.001, 0.005, 0.2, 0.2, 10.0, 99.0)


class TestShown:
    def registry(self) -> CollectorRegistry:
        """Something that counted for two schedulers, and for none."""
        source = CollectorRegistry()
        events = Counter(
            "maestro_watcher_failed_instance_conversion_total",
            "As it is declared.",
            ["scheduler"],
            registry=source,
        )
        for scheduler in ("arena", "deleted", ""):
            events.labels(scheduler).inc()
        return source

    def schedulers(self, module: str, existing: list[str] | None) -> set[str]:
        """Whose series a module shows."""
        shown = Shown(self.registry(), module, lambda: existing)
        return {sample.labels["scheduler"] for each in shown.collect() for sample in each.samples}

    def test_schedulers_that_are_gone_are_not_shown(self) -> None:
        assert self.schedulers("runtime-watcher", ["arena", "other"]) == {"arena", ""}

    def test_all_are_while_nobody_knows_who_is_gone(self) -> None:
        assert self.schedulers("runtime-watcher", None) == {"arena", "deleted", ""}

    def test_a_module_shows_nothing_that_another_one_is_for(self) -> None:
        assert self.schedulers("beat", None) == set()


def test_counters_of_a_process_that_died_stay_and_its_gauges_go(tmp_path: pathlib.Path) -> None:
    # Given two processes of a module that ended, and this one, which lives
    program = """
from maestro import metrics
metrics.OUTBOXES_HELD.set(5)
metrics.BEAT_TICKS.labels("x").inc(2)
"""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    (file, other) = tmp_path.glob("gauge_livesum_*.db")
    file.rename(tmp_path / f"gauge_livesum_{os.getpid()}.db")

    # When somebody looks
    registry = CollectorRegistry()
    registry.register(Shown(Children(str(tmp_path)), "events-forwarder", list))
    ticks = CollectorRegistry()
    ticks.register(Shown(Children(str(tmp_path)), "beat", list))

    # Then gauges are those of the living, and counters those of all
    assert registry.get_sample_value("maestro_outboxes_held") == 5
    assert ticks.get_sample_value("maestro_beat_ticks_total", {"task": "x"}) == 4
    assert not other.exists()


class TestTally:
    def test_what_is_noted_counts_as_if_it_had_been_observed(self) -> None:
        registry = CollectorRegistry()
        noted = Histogram("noted_seconds", "", ["way"], registry=registry)
        observed = Histogram("observed_seconds", "", ["way"], registry=registry)
        tally = Tally(noted, "fast")
        for value in VALUES:
            tally.note(value)
            observed.labels("fast").observe(value)
        assert registry.get_sample_value("noted_seconds_count", {"way": "fast"}) is None

        tally.count()
        tally.count()

        assert self.series(noted, "noted") == self.series(observed, "observed")

    def series(self, histogram: Histogram, name: str) -> dict[str, float]:
        """Suffix and bound → value."""
        return {
            sample.name.removeprefix(name) + sample.labels.get("le", ""): sample.value
            for family in histogram.collect()
            for sample in family.samples
            if not sample.name.endswith("_created")
        }

    def test_who_is_inside_is_added_to_those_whom_others_count(self) -> None:
        registry = CollectorRegistry()
        gauge = Gauge("inside", "", ["way"], registry=registry)
        presence = Presence(gauge, "fast")
        gauge.labels("fast").inc()
        presence.enter(None)
        presence.enter(None)
        presence.count()
        assert registry.get_sample_value("inside", {"way": "fast"}) == 3
        presence.leave()
        presence.leave()
        presence.count()
        assert registry.get_sample_value("inside", {"way": "fast"}) == 1


class TestTimed:
    @pytest.fixture
    def registry(self) -> CollectorRegistry:
        return CollectorRegistry()

    def store(self, registry: CollectorRegistry) -> "Store":
        """An adapter that is timed."""
        labels = ["storage", "operation"]
        seconds = prometheus_client.Histogram("took_seconds", "", labels, registry=registry)
        fails = prometheus_client.Counter("fails", "", labels, registry=registry)

        return timed(seconds, fails, "shelf", but={"peek"})(Store)()

    def test_every_call_is_timed_and_what_was_away_failed(
        self, registry: CollectorRegistry
    ) -> None:
        store = self.store(registry)
        assert store.get("x") == "x"
        with pytest.raises(errors.NotFound):
            store.get("nothing")
        with pytest.raises(errors.Unavailable):
            store.get("away")
        with pytest.raises(ZeroDivisionError):
            store.get("defect")
        store.peek()

        series = {"storage": "shelf", "operation": "get"}
        assert registry.get_sample_value("took_seconds_count", series) == 4
        assert registry.get_sample_value("fails_total", series) == 2
        other = {"storage": "shelf", "operation": "peek"}
        assert registry.get_sample_value("took_seconds_count", other) is None


class Store:
    """Has one thing, and misses another."""

    def get(self, name: str) -> str:
        if name == "nothing":
            raise errors.NotFound(name)
        if name == "away":
            raise errors.Unavailable(name)
        if name == "defect":
            raise ZeroDivisionError
        return self._found(name)

    def peek(self) -> None:
        """Asks nobody."""

    def _found(self, name: str) -> str:
        return name
