"""Every fleet is checked once in an interval, and not all of them at the same moment."""

import collections

import pytest

from maestro.config import Settings
from tasks.schedule import schedule
from tests import make
from tests.fakes.maestro import FakeMaestro

FLEETS = 50


def checked(maestro: FakeMaestro) -> list[str]:
    """Which fleets a tick has checked; their checks are over when this returns."""
    maestro.health_checks.tick()
    found = [
        each.name
        for each in maestro.schedulers.find()
        if "health_controller" in maestro.operations.open_kinds(each.name).values()
    ]
    for name in found:
        while maestro.worker().run_next(name):
            pass
    return found


@pytest.mark.parametrize(
    ("interval_s", "every_s", "ticks"), [(30.0, 3.0, 10), (5.0, 1.0, 5), (0.5, 0.5, 1)]
)
def test_in_an_interval_each_fleet_has_its_tick(
    interval_s: float, every_s: float, ticks: int
) -> None:
    # Given fleets, and beat as it is set up for this interval
    maestro = FakeMaestro(health_interval_s=interval_s)
    names = [f"arena-{number}" for number in range(FLEETS)]
    for name in names:
        maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=0))
        maestro.settle(name)
    entry = schedule(maestro.settings)["check-health"]
    assert entry["schedule"] == every_s

    # When it ticks through two intervals
    of_ticks = []
    for _ in range(2 * ticks):
        of_ticks.append(checked(maestro))
        maestro.fake_clock.advance(every_s)

    # Then each fleet was checked in each, at the same tick
    assert of_ticks[:ticks] == of_ticks[ticks:]
    counted = collections.Counter(name for tick in of_ticks for name in tick)
    assert counted == dict.fromkeys(names, 2)
    # And no tick had far more than its part to do
    assert max(map(len, of_ticks)) <= 3 * FLEETS / ticks


def test_a_tick_that_nobody_took_before_the_next_is_dropped() -> None:
    entry = schedule(Settings(health_interval_s=30))["check-health"]

    assert isinstance(entry["options"], dict)
    assert entry["options"]["expires"] == entry["schedule"] == 3
