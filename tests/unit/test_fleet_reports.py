"""The gauges of fleets: what beat has reported, the same from whoever shows it, or nothing."""

import pytest
from prometheus_client import CollectorRegistry

from maestro.domain.rooms import PingStatus
from maestro.metrics.fleets import Fleets
from tasks import reports
from tests import make
from tests.fakes.maestro import FakeMaestro

FLEET = {"game": "arena-game", "scheduler": "arena"}


@pytest.fixture
def maestro() -> FakeMaestro:
    """Four rooms that are ready, by the policy of occupancy."""
    maestro = FakeMaestro(metrics_interval_s=10, health_interval_s=30)
    maestro.management.schedulers.create(
        make.scheduler(autoscaling=make.autoscaling(min=4, max=10))
    )
    maestro.settle()
    maestro.ping_all()
    check(maestro)
    report(maestro)
    return maestro


def check(maestro: FakeMaestro) -> None:
    """Let a health check end, and whatever it enqueues."""
    maestro.health_checks.one("arena")
    maestro.settle()


def report(maestro: FakeMaestro) -> None:
    """A tick of beat."""
    ttl_s = reports.KEPT * maestro.settings.metrics_interval_s
    maestro.reports.write(reports.report(maestro), ttl_s=ttl_s)


def shown(maestro: FakeMaestro, name: str, **labels: str) -> float | None:
    """What a metrics reporter shows."""
    registry = CollectorRegistry()
    registry.register(Fleets(maestro.reports.read))
    return registry.get_sample_value(name, labels or FLEET)


def test_all_that_v10_showed_of_a_fleet_is_there(maestro: FakeMaestro) -> None:
    found = {
        name: shown(maestro, f"maestro_worker_{name}")
        for name in ("gru_ready", "gru_occupied", "instance_ready", "instance_error",
                     "running_matches", "max_matches", "ready_target", "fixed_buffer",
                     "desired_rooms", "current_rooms", "rooms_with_termination_timeout",
                     "rooms_properly_terminated")
    }  # fmt: skip
    assert found == {
        "gru_ready": 4, "gru_occupied": 0, "instance_ready": 4, "instance_error": 0,
        "running_matches": 0, "max_matches": 1, "ready_target": 0.3, "fixed_buffer": None,
        "desired_rooms": 4, "current_rooms": 4, "rooms_with_termination_timeout": 0,
        "rooms_properly_terminated": 0,
    }  # fmt: skip


def test_matches_are_those_of_the_last_health_check(maestro: FakeMaestro) -> None:
    room, *_ = maestro.rooms.all("arena")
    maestro.ping(room.id, make.ping(PingStatus.OCCUPIED, running_matches=1))
    check(maestro)
    report(maestro)
    assert shown(maestro, "maestro_worker_running_matches") == 1
    assert shown(maestro, "maestro_worker_gru_occupied") == 1


def test_a_report_that_is_too_old_is_none(maestro: FakeMaestro) -> None:
    maestro.fake_clock.advance(29)
    assert shown(maestro, "maestro_worker_gru_ready") == 4
    maestro.fake_clock.advance(2)
    assert shown(maestro, "maestro_worker_gru_ready") is None


def test_what_no_health_check_saw_for_long_is_left_out(maestro: FakeMaestro) -> None:
    maestro.fake_clock.advance(130)
    report(maestro)
    assert shown(maestro, "maestro_worker_gru_ready") == 4
    assert shown(maestro, "maestro_worker_desired_rooms") is None


def test_a_deleted_fleet_is_in_no_report(maestro: FakeMaestro) -> None:
    maestro.management.schedulers.delete("arena")
    maestro.settle()
    report(maestro)
    assert shown(maestro, "maestro_worker_gru_ready") is None
    assert maestro.reports.read() is not None


def test_what_a_newer_version_reports_is_left_to_it(maestro: FakeMaestro) -> None:
    maestro.reports.write({"maestro_of_the_future": [(("a",), 1.0)]}, ttl_s=30)
    registry = CollectorRegistry()
    registry.register(Fleets(maestro.reports.read))
    assert list(registry.collect()) == []
