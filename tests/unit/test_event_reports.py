"""What operators see of events: gauges, and dead letters on a terminal."""

import dataclasses

import prometheus_client
import pytest

from maestro import metrics
from maestro.cli import events as command
from maestro.domain.forwarding.answers import Answer
from maestro.metrics.fleets import Fleets
from tasks import reports
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.fixture
def maestro() -> FakeMaestro:
    """A room whose pings nobody takes."""
    maestro = FakeMaestro(events_refusals=1, events_poll_s=0.001)
    scheduler = make.scheduler(rooms_replicas=1, forwarders=(make.forwarder(),))
    maestro.management.schedulers.create(scheduler)
    maestro.settle()
    maestro.fake_forwarders.answers["matchmaker"] = Answer(code="NotFound")
    return maestro


def reported(maestro: FakeMaestro, name: str, **labels: str) -> float | None:
    """What a metrics reporter shows after a tick of beat."""
    maestro.reports.write(reports.report(maestro), ttl_s=30)
    registry = prometheus_client.CollectorRegistry()
    registry.register(Fleets(maestro.reports.read))
    return registry.get_sample_value(name, labels)


def shown(name: str, **labels: str) -> float | None:
    return prometheus_client.REGISTRY.get_sample_value(name, labels)


def test_what_waits_and_what_was_given_up_are_shown(maestro: FakeMaestro) -> None:
    fleet = {"game": "arena-game", "scheduler": "arena"}
    maestro.ping_all()
    assert reported(maestro, "maestro_outbox_length", **fleet) == 1
    assert reported(maestro, "maestro_outbox_dropped_resyncs", **fleet) == 0
    assert reported(maestro, "maestro_events_dead_letters", scheduler="arena") is None

    maestro.deliver(5)
    assert reported(maestro, "maestro_outbox_length", **fleet) == 0
    assert reported(maestro, "maestro_events_dead_letters", scheduler="arena") == 1


def test_a_scheduler_that_is_gone_is_shown_no_more(maestro: FakeMaestro) -> None:
    metrics.OUTBOX_LAG.labels("arena").observe(1)
    metrics.ROOM_EVENTS[True].labels("arena-game", "arena", "OK").inc()
    maestro.fake_forwarders.answers.clear()
    maestro.ping_all()
    maestro.deliver(2)
    assert shown("maestro_outbox_lag_seconds_count", scheduler="arena") == 2

    maestro.management.schedulers.delete("arena")
    maestro.settle()
    maestro.deliver(2)
    maestro.settle()
    maestro.deliver(2)

    assert shown("maestro_outbox_lag_seconds_count", scheduler="arena") is None
    assert reported(maestro, "maestro_outbox_length", game="arena-game", scheduler="arena") is None
    counter = "maestro_api_success_room_event_forwarding_total"
    assert shown(counter, game="arena-game", scheduler="arena", code="OK") is None


def test_dead_letters_are_a_table_on_a_terminal(
    maestro: FakeMaestro, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    maestro.ping_all()
    maestro.deliver(5)
    (letter,) = maestro.dead_letters.of("arena")
    capsys.readouterr()
    command.show([dataclasses.replace(letter, reason="no")])
    titles, row = capsys.readouterr().out.splitlines()
    assert titles.split() == ["given", "up", "room", "event", "forwarder", "attempts", "reason"]
    assert row.split()[-5:] == ["resync", "ready", "matchmaker", "1", "no"]
