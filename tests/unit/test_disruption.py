"""How many rooms maintenance has to leave alone, and that the runtime is told."""

import pytest

from maestro import errors
from maestro.domain.disruption import protected_rooms
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.mark.parametrize(
    ("rooms", "safety", "protected"),
    [
        (0, 0.05, 0),
        (1, 0.05, 0),
        (2, 0.05, 1),
        (3, 0.05, 2),
        (100, 0.05, 95),
        (100, 0.07, 93),
        (100, 0.5, 50),
        # Shares that make no sense are read as the least one
        (100, 0.01, 95),
        (100, 1, 95),
        (100, -1, 95),
    ],
)
def test_all_but_a_share_is_protected(rooms: int, safety: float, protected: int) -> None:
    assert protected_rooms(rooms, safety=safety) == protected


def fleets() -> FakeMaestro:
    """Two fleets, of three and of five rooms."""
    maestro = FakeMaestro()
    for name, rooms in (("arena", 3), ("court", 5)):
        maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=rooms))
        maestro.settle(name)
    return maestro


def test_the_runtime_is_told_of_every_fleet() -> None:
    maestro = fleets()

    maestro.protection.renew()

    assert maestro.fake_runtime.protected == {"arena": 2, "court": 4}


def test_a_fleet_that_cannot_be_protected_disturbs_no_other() -> None:
    maestro = fleets()
    maestro.fake_runtime.fail_next("protect_rooms", errors.Unavailable("away"))

    maestro.protection.renew()

    assert maestro.fake_runtime.protected == {"court": 4}
