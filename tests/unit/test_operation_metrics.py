"""Operations that end are timed and counted, and those that pause are not yet."""

import pytest
from prometheus_client import REGISTRY

from maestro import errors
from maestro.domain.operations import AddRooms, OperationStatus, RemoveRooms, TestOperation
from maestro.services.execution import Done, Outcome, Park
from tasks.observing import Games, Observed, note_end
from tests import make
from tests.fakes.maestro import FakeMaestro


class Executor:
    """Does as it is told."""

    def __init__(self) -> None:
        self.outcome: Outcome | Exception = None
        self.undone: Exception | None = None

    def execute(self, run: object, definition: object) -> Outcome:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def rollback(self, run: object, definition: object) -> None:
        if self.undone:
            raise self.undone


class Run:
    """An operation that runs."""

    scheduler = "timed"
    operation = make.operation(TestOperation(), scheduler="timed")


def count(what: str, success: str) -> float:
    """How many were timed so far."""
    labels = {
        "game": "arena-game", "scheduler": "timed", "operation": "test_operation",
        "success": success,
    }  # fmt: skip
    name = f"maestro_worker_operation_{what}_latency_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.fixture
def games() -> Games:
    maestro = FakeMaestro()
    maestro.rooms.configure(make.scheduler(name="timed"))
    return Games(maestro.rooms, maestro.clock)


@pytest.mark.parametrize(
    ("outcome", "success", "amount"),
    [
        (None, "true", 1),
        (Done(definition=TestOperation()), "true", 1),
        (errors.OperationFailed("no"), "false", 1),
        (ZeroDivisionError(), "false", 1),
        (Park(until=make.NOW), "true", 0),
        (errors.Unavailable("away"), "false", 0),
        (errors.LeaseLost("lost"), "false", 0),
    ],
    ids=repr,
)
def test_an_execution_counts_once_it_ends(
    games: Games, outcome: Outcome | Exception, success: str, amount: int
) -> None:
    executor = Executor()
    executor.outcome = outcome
    before = count("execution", success)
    observed = Observed(executor, games)
    if isinstance(outcome, Exception):
        with pytest.raises(type(outcome)):
            observed.execute(Run(), TestOperation())  # type: ignore[arg-type]
    else:
        assert observed.execute(Run(), TestOperation()) is outcome  # type: ignore[arg-type]
    assert count("execution", success) - before == amount


def test_a_rollback_is_timed_of_its_own(games: Games) -> None:
    executor, before = Executor(), count("rollback", "true")
    Observed(executor, games).rollback(Run(), TestOperation())  # type: ignore[arg-type]
    assert count("rollback", "true") == before + 1


@pytest.mark.parametrize(
    ("definition", "status", "counter", "labels"),
    [
        (AddRooms(amount=1), OperationStatus.ERROR,
         "add_rooms_operation_execution_failed_total", {"operation": "add_rooms"}),
        (RemoveRooms(amount=1), OperationStatus.ERROR,
         "remove_rooms_operation_deletion_failed_total", {}),
        (TestOperation(), OperationStatus.EVICTED,
         "operation_evicted_total",
         {"game": "arena-game", "operation": "test_operation",
          "reason": "no_operation_executor_found"}),
        (TestOperation(), OperationStatus.FINISHED,
         "operations_ended_total",
         {"game": "arena-game", "operation": "test_operation", "status": "finished"}),
    ],
)  # fmt: skip
def test_how_operations_end_is_counted(
    games: Games,
    definition: AddRooms | RemoveRooms | TestOperation,
    status: OperationStatus,
    counter: str,
    labels: dict[str, str],
) -> None:
    def counted() -> float:
        found = REGISTRY.get_sample_value(
            f"maestro_worker_{counter}", {"scheduler": "timed", **labels}
        )
        return found or 0

    before = counted()
    note_end(games, make.operation(definition, scheduler="timed"), status)
    assert counted() == before + 1


def test_the_end_of_every_operation_is_told_to_whoever_asked() -> None:
    maestro = FakeMaestro()
    told = []
    worker = maestro.worker(on_end=lambda operation, status: told.append((operation.id, status)))
    operation = maestro.enqueue(TestOperation())
    while worker.run_next("arena"):
        pass
    assert told == [(operation.id, OperationStatus.FINISHED)]
