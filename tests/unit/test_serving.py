"""Workers may be limited to some schedulers; what none of them serves is told."""

import pydantic
import pytest
from structlog.testing import capture_logs

from maestro import errors
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.diagnosis import workers
from maestro.domain.findings import Finding, Status
from maestro.domain.operations import AddRooms
from maestro.domain.serving import EVERYTHING, Served, unserved
from maestro.services.sweep import ATTENDED_S
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.mark.parametrize(
    ("patterns", "scheduler", "included"),
    [
        ((), "arena", True),
        (("arena",), "arena", True),
        (("arena",), "arena-2", False),
        (("arena-*",), "arena-2", True),
        (("arena-?",), "arena-22", False),
        (("duel", "arena*"), "arena", True),
    ],
)
def test_whom_a_worker_serves(patterns: tuple[str, ...], scheduler: str, included: bool) -> None:
    assert Served(patterns).includes(scheduler) is included


def test_whom_nobody_serves() -> None:
    there = [Served(("arena*",)), Served(("duel",))]

    assert unserved(["castle", "arena-1", "duel", "battle"], there) == ["battle", "castle"]
    assert unserved(["castle"], [*there, EVERYTHING]) == []
    assert unserved(["castle"], []) == ["castle"]


@pytest.mark.parametrize("pattern", ["", "Arena", "arena.*", "[a]"])
def test_a_pattern_that_no_name_can_match_is_refused(pattern: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="worker_schedulers"):
        Settings(worker_schedulers=("duel", pattern))


@pytest.fixture
def limited() -> FakeMaestro:
    """A worker of `arena` alone, where there is also a castle."""
    maestro = FakeMaestro(worker_schedulers=("arena",))
    for name in ("arena", "castle"):
        maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=0))
        maestro.settle(name)
    return maestro


def test_a_limited_worker_leaves_the_others_alone(limited: FakeMaestro) -> None:
    for name in ("arena", "castle"):
        limited.enqueue(AddRooms(amount=1), make.scheduler(name=name))
        # What a lost message would have said.
        limited.operations.hint_taken(name)
    limited.fake_hints.for_operations.clear()
    limited.operations.forget("castle")

    needed = limited.sweep.once()

    assert needed == {"arena"}
    assert set(limited.fake_hints.for_operations) == {"arena"}
    # Neither is its fleet made known anew.
    assert limited.rooms.configured(["arena", "castle"]) == [True, False]


def test_what_nobody_serves_is_told_once(limited: FakeMaestro) -> None:
    sweep = Maestro.sweep.func(limited)  # type: ignore[attr-defined]
    with capture_logs() as logs:
        sweep.once()
        sweep.once()
    told = [each for each in logs if each["event"] == "schedulers_unserved"]
    assert [each["schedulers"] for each in told] == [["castle"]]

    limited.operations.attend(EVERYTHING, ttl_s=ATTENDED_S)
    with capture_logs() as logs:
        sweep.once()
    assert [each["schedulers"] for each in logs if "unserved" in each["event"]] == [[]]


def found(schedulers: list[str], there: list[Served]) -> Finding:
    (finding,) = workers.check(lambda: schedulers, lambda: there).ask()
    return finding


def test_the_doctor_names_whom_nobody_serves() -> None:
    assert found([], []).status is Status.OK
    assert found(["arena"], [EVERYTHING]).status is Status.OK
    bad = found([f"fleet-{number}" for number in range(9)], [Served(("fleet-0",))])
    assert bad.status is Status.WARNING
    assert "fleet-1, fleet-2" in bad.found
    assert "and 3 more" in bad.found


def test_the_doctor_says_nothing_of_workers_while_the_stores_are_away() -> None:
    def away() -> list[str]:
        raise errors.Unavailable("Redis: no route")

    assert not list(workers.check(away, list).ask())
