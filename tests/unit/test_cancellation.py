"""Cancelling operations, on fakes: those that wait, run, are parked, or have no way back."""

from typing import Any

import pytest

from maestro import errors
from maestro.domain.operations import (
    AddRooms,
    Definition,
    DeleteScheduler,
    OperationStatus,
    RemoveRooms,
    TestOperation,
)
from maestro.domain.patches import ContainerPatch, SchedulerPatch, SpecPatch
from maestro.domain.schedulers import SchedulerState
from maestro.ports.storage import Grant
from tests import make
from tests.fakes.maestro import FakeMaestro

MINOR = SchedulerPatch(max_surge="2")
MAJOR = SchedulerPatch(spec=SpecPatch(containers=(ContainerPatch(image="arena:2"),)))
ROLLED_BACK = [
    "Operation canceled",
    "Starting operation rollback",
    "Operation rollback flow execution finished with success",
    "Operation finished",
]


@pytest.fixture
def maestro() -> FakeMaestro:
    return FakeMaestro()


@pytest.fixture
def fleet(maestro: FakeMaestro) -> FakeMaestro:
    """Three ready rooms."""
    maestro.management.schedulers.create(make.scheduler())
    maestro.settle()
    maestro.ping_all()
    maestro.settle()
    return maestro


def enqueue(fleet: FakeMaestro, definition: Definition) -> str:
    return fleet.enqueue(definition, fleet.schedulers.get("arena")).id


def cancel(fleet: FakeMaestro, operation: str) -> None:
    fleet.management.operations.cancel("arena", operation)


def status(fleet: FakeMaestro, operation: str) -> OperationStatus:
    return fleet.operations.get("arena", operation).status


def cancel_during(fleet: FakeMaestro, operation: str, call: str) -> None:
    """Have it cancelled while its executor asks the runtime."""
    ask = getattr(fleet.fake_runtime, call)

    def cancel_first(*args: object, **options: object) -> object:
        setattr(fleet.fake_runtime, call, ask)
        cancel(fleet, operation)
        return ask(*args, **options)

    setattr(fleet.fake_runtime, call, cancel_first)


class TestWaiting:
    def test_it_ends_at_once_and_never_begins(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, AddRooms(amount=3))
        cancel(fleet, operation)
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert not fleet.worker().run_next("arena")
        assert fleet.history(operation) == ["Created", "Operation canceled", "Operation finished"]
        assert len(fleet.rooms.all("arena")) == 3

    def test_an_edit_makes_room_for_the_next_at_once(self, fleet: FakeMaestro) -> None:
        enqueue(fleet, TestOperation(sleep_seconds=60))
        fleet.worker().run_next("arena")
        cancel(fleet, fleet.management.edits.patch("arena", MINOR))
        assert fleet.schedulers.opened() == []
        fleet.management.edits.patch("arena", SchedulerPatch(max_surge="3"))

    def test_a_creation_frees_the_name(self, maestro: FakeMaestro) -> None:
        maestro.management.schedulers.create(make.scheduler())
        (operation,) = maestro.operations.open_kinds("arena")
        cancel(maestro, operation)
        assert maestro.schedulers.find() == []
        maestro.settle()
        assert status(maestro, operation) is OperationStatus.CANCELED
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle()
        assert len(maestro.rooms.all("arena")) == 3

    def test_of_a_creation_whose_canceller_died_the_sweep_frees_the_name(
        self, maestro: FakeMaestro
    ) -> None:
        maestro.management.schedulers.create(make.scheduler())
        (operation,) = maestro.operations.open_kinds("arena")
        maestro.operations.cancel("arena", operation)
        maestro.sweep.once()
        assert maestro.schedulers.find() == []

    def test_a_deletion_leaves_the_scheduler_as_it_was(self, fleet: FakeMaestro) -> None:
        cancel(fleet, fleet.management.schedulers.delete("arena"))
        fleet.settle()
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert fleet.statuses() == ["ready"] * 3
        assert fleet.schedulers.opened() == []
        # And another one is another operation
        operation = fleet.management.schedulers.delete("arena")
        fleet.settle()
        assert status(fleet, operation) is OperationStatus.FINISHED

    @pytest.mark.parametrize("created_first", [False, True])
    def test_a_deletion_that_came_before_the_creation_was_done(
        self, maestro: FakeMaestro, created_first: bool
    ) -> None:
        maestro.management.schedulers.create(make.scheduler())
        operation = maestro.management.schedulers.delete("arena")
        if created_first:
            maestro.worker().run_next("arena")
        cancel(maestro, operation)
        maestro.settle()
        assert maestro.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert len(maestro.rooms.all("arena")) == 3


class TestRunning:
    def test_what_it_did_is_undone(self) -> None:
        fleet = FakeMaestro(add_rooms_batch=1)
        fleet.management.schedulers.create(make.scheduler(rooms_replicas=0))
        fleet.settle()
        operation = enqueue(fleet, AddRooms(amount=5))
        cancel_during(fleet, operation, "create_room")
        # Its worker hears of it when it renews its lease, before the third room
        reserve = fleet.ports.reserve

        def renew_and_reserve(*args: Any, **options: Any) -> Any:
            fleet.leases.renew()
            return reserve(*args, **options)

        fleet.ports.reserve = renew_and_reserve  # type: ignore[method-assign]
        fleet.worker().run_next("arena")
        fleet.look()
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.history(operation)[-4:] == ROLLED_BACK
        assert len(fleet.fake_runtime.deletions) == 2
        assert fleet.rooms.all("arena") == []
        assert fleet.fake_runtime.list_rooms().instances == []

    def test_who_comes_before_the_end_wins(self, fleet: FakeMaestro) -> None:
        # Given that it is cancelled when all is done but for the last word
        operation = enqueue(fleet, AddRooms(amount=1))
        cancel_during(fleet, operation, "create_room")
        fleet.worker().run_next("arena")
        fleet.look()
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.history(operation)[-4:] == ROLLED_BACK
        assert len(fleet.rooms.all("arena")) == 3

    def test_who_comes_after_the_end_hears_so(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, AddRooms(amount=1))
        fleet.worker().run_next("arena")
        with pytest.raises(errors.NotCancellable) as refusal:
            cancel(fleet, operation)
        text = 'cannot cancel operation since status "finished" is a final status'
        assert str(refusal.value) == text
        assert len(fleet.rooms.all("arena")) == 4

    def test_what_is_removed_stays_removed(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, RemoveRooms(amount=1))
        cancel_during(fleet, operation, "delete_room")
        fleet.worker().run_next("arena")
        assert status(fleet, operation) is OperationStatus.CANCELED

    def test_when_its_worker_dies_another_one_rolls_it_back(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, AddRooms(amount=1))
        assert fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
        cancel(fleet, operation)
        assert status(fleet, operation) is OperationStatus.IN_PROGRESS
        fleet.fake_clock.advance(16)
        fleet.worker("second").run_next("arena")
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert len(fleet.rooms.all("arena")) == 3

    def test_a_creation_is_rolled_back_like_one_that_failed(self, maestro: FakeMaestro) -> None:
        maestro.management.schedulers.create(make.scheduler())
        (operation,) = maestro.operations.open_kinds("arena")
        cancel_during(maestro, operation, "create_scheduler")
        maestro.settle()
        assert status(maestro, operation) is OperationStatus.CANCELED
        assert maestro.schedulers.find() == []
        assert maestro.fake_runtime.list_rooms().instances == []
        # And the name is free
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle()
        assert len(maestro.rooms.all("arena")) == 3


class TestParked:
    def test_it_is_woken(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, TestOperation(sleep_seconds=600))
        fleet.worker().run_next("arena")
        fleet.fake_hints.for_operations.clear()
        fleet.fake_clock.advance(6)
        cancel(fleet, operation)
        assert fleet.fake_hints.for_operations == ["arena"]
        fleet.worker().run_next("arena")
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.history(operation) == ["Created", "Starting operation", *ROLLED_BACK]

    def test_cancelled_twice_it_is_cancelled_once(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, TestOperation(sleep_seconds=600))
        fleet.worker().run_next("arena")
        cancel(fleet, operation)
        cancel(fleet, operation)
        fleet.worker().run_next("arena")
        with pytest.raises(errors.NotCancellable, match="canceled"):
            cancel(fleet, operation)

    def test_a_rollback_waits_for_the_runtime_to_be_back(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        fleet.worker().run_next("arena")
        fleet.worker().run_next("arena")
        cancel(fleet, operation)
        fleet.fake_runtime.fail_next("delete_room", *[errors.Unavailable("away")] * 2)
        for _ in range(3):
            fleet.worker().run_next("arena")
            assert len(fleet.fake_runtime.list_rooms().instances) in (3, 4)
            fleet.fake_clock.advance(5)
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.history(operation).count("Operation canceled") == 1
        assert len(fleet.fake_runtime.list_rooms().instances) == 3
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC

    def test_a_rollback_does_not_wait_for_ever(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        fleet.worker().run_next("arena")
        fleet.worker().run_next("arena")
        cancel(fleet, operation)
        fleet.fake_runtime.fail_next("delete_room", *[errors.Unavailable("away")] * 100)
        for _ in range(100):
            if status(fleet, operation) is OperationStatus.CANCELED:
                break
            fleet.worker().run_next("arena")
            fleet.pass_time(5)
        failed = [line for line in fleet.history(operation) if "execution failed, reason" in line]
        assert len(failed) == 1
        # And what is left over is cleared away once the runtime is back
        fleet.fake_runtime._failures.clear()
        fleet.ping_all()
        fleet.settle()
        fleet.health_checks.one("arena")
        fleet.settle()
        assert len(fleet.fake_runtime.list_rooms().instances) == 3
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert fleet.schedulers.opened() == []


class TestNoWayBack:
    def test_a_deletion_that_began_goes_on(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.holds_deletions = True
        operation = fleet.management.schedulers.delete("arena")
        fleet.worker().run_next("arena")
        with pytest.raises(errors.NotCancellable, match="cannot be undone any more"):
            cancel(fleet, operation)
        for room in fleet.rooms.all("arena"):
            fleet.fake_runtime.gone("arena", room.id)
        fleet.settle()
        assert status(fleet, operation) is OperationStatus.FINISHED
        assert fleet.schedulers.find() == []

    def test_a_deletion_cancelled_before_its_first_step_leaves_everything(
        self, fleet: FakeMaestro
    ) -> None:
        operation = fleet.management.schedulers.delete("arena")
        # Given that it was taken, but nothing done yet
        assert fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
        cancel(fleet, operation)
        fleet.fake_clock.advance(16)
        fleet.settle()
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert fleet.statuses() == ["ready"] * 3
        assert fleet.schedulers.opened() == []

    def test_a_deletion_does_not_wait_for_an_edit_that_waits(self, fleet: FakeMaestro) -> None:
        edit = fleet.management.edits.patch("arena", MAJOR)
        fleet.settle(rounds=2)
        deletion = fleet.management.schedulers.delete("arena")
        fleet.settle()
        assert status(fleet, deletion) is OperationStatus.FINISHED
        assert fleet.schedulers.find() == []
        assert fleet.fake_runtime.list_rooms().instances == []
        with pytest.raises(errors.NotFound):
            fleet.operations.get("arena", edit)

    def test_a_deletion_does_not_wait_for_anything_else_that_is_parked(
        self, fleet: FakeMaestro
    ) -> None:
        enqueue(fleet, TestOperation(sleep_seconds=3600))
        fleet.worker().run_next("arena")
        deletion = fleet.management.schedulers.delete("arena")
        fleet.settle()
        assert status(fleet, deletion) is OperationStatus.FINISHED

    def test_after_too_many_deaths_a_cancelled_one_is_cancelled(self, fleet: FakeMaestro) -> None:
        operation = enqueue(fleet, AddRooms(amount=1))
        for _ in range(4):
            assert fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
            fleet.fake_clock.advance(16)
        cancel(fleet, operation)
        fleet.worker().run_next("arena")
        assert status(fleet, operation) is OperationStatus.CANCELED

    def test_a_deletion_cancelled_at_its_first_step_leaves_everything(
        self, fleet: FakeMaestro
    ) -> None:
        operation = fleet.management.schedulers.delete("arena")
        commit = fleet.operations.commit

        def cancel_first(grant: Grant) -> None:
            fleet.operations.cancel("arena", operation)
            commit(grant)

        fleet.operations.commit = cancel_first  # type: ignore[method-assign]
        fleet.settle()
        assert status(fleet, operation) is OperationStatus.CANCELED
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert fleet.statuses() == ["ready"] * 3
        assert fleet.schedulers.opened() == []

    def test_a_failed_deletion_can_be_asked_for_again(self, fleet: FakeMaestro) -> None:
        first = fleet.management.schedulers.delete("arena")
        refusal = errors.RuntimeRefused("no")
        fleet.fake_runtime.fail_next("delete_scheduler", refusal)
        fleet.settle()
        assert status(fleet, first) is OperationStatus.ERROR
        assert fleet.schedulers.get("arena").state is SchedulerState.ON_ERROR
        second = fleet.management.schedulers.delete("arena")
        assert second != first
        fleet.settle()
        assert fleet.schedulers.find() == []


def test_what_does_not_exist_cannot_be_cancelled(fleet: FakeMaestro) -> None:
    for scheduler in ("arena", "nobody"):
        text = f"operation x not found in scheduler {scheduler}"
        with pytest.raises(errors.NotFound, match=text):
            fleet.management.operations.cancel(scheduler, "x")


def test_a_deletion_is_what_it_was_promised_as(fleet: FakeMaestro) -> None:
    fleet.management.edits.patch("arena", MINOR)
    fleet.management.schedulers.delete("arena")
    (promise,) = fleet.schedulers.opened()
    assert isinstance(promise.definition, DeleteScheduler)
