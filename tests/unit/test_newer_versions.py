"""A worker of today beside newer ones: it leaves alone what it does not know."""

import dataclasses

import pytest
import structlog

from maestro.domain.operations import AddRooms, NotKnown, OperationStatus
from maestro.ports import tasks as names
from tasks import messages
from tests import make
from tests.fakes.maestro import FakeMaestro

PAINT = NotKnown(kind="paint_rooms", document={"colour": "red"})


@pytest.fixture
def fleet() -> FakeMaestro:
    maestro = FakeMaestro()
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=0))
    maestro.settle()
    return maestro


def test_a_kind_that_is_not_known_is_neither_evicted_nor_failed(fleet: FakeMaestro) -> None:
    operation = fleet.enqueue(PAINT)

    fleet.settle()

    assert fleet.operations.get("arena", operation.id).status is OperationStatus.PENDING
    assert fleet.history(operation.id) == ["Created"]


def test_one_whose_input_cannot_be_read_is_handed_back(fleet: FakeMaestro) -> None:
    # Given an operation of a known kind, which turns out to be newer when it was taken
    operation = fleet.enqueue(AddRooms(amount=1))
    unreadable = NotKnown(kind="add_rooms", document={"amount": "many"})
    take = fleet.operations.take

    def take_unreadable(*args: str, **options: object):  # type: ignore[no-untyped-def]
        taken = take(*args, **options)  # type: ignore[arg-type]
        assert taken is not None
        read = dataclasses.replace(taken.operation, definition=unreadable)
        return dataclasses.replace(taken, operation=read)

    fleet.operations.take = take_unreadable  # type: ignore[method-assign]
    # Then the worker gives it back, and it is open for others
    assert not fleet.worker().run_next("arena")
    assert fleet.operations.get("arena", operation.id).status is OperationStatus.IN_PROGRESS
    assert "operation execution failed" not in fleet.history(operation.id)
    fleet.operations.take = take  # type: ignore[method-assign]
    fleet.fake_clock.advance(11)
    fleet.settle()
    assert fleet.operations.get("arena", operation.id).status is OperationStatus.FINISHED


def test_a_promise_that_only_a_newer_worker_reads_is_left_to_it(fleet: FakeMaestro) -> None:
    fleet.management.schedulers.delete("arena")
    fleet.operations.forget("arena")
    (promise,) = fleet.schedulers.opened()
    row = fleet.schedulers._rows["arena"]  # type: ignore[attr-defined]
    row.promise = dataclasses.replace(promise, definition=PAINT)

    fleet.sweep.once()

    assert fleet.operations.open_kinds("arena") == {}
    assert [each.definition for each in fleet.schedulers.opened()] == [PAINT]


def test_a_scheduler_can_be_deleted_while_something_unknown_waits(fleet: FakeMaestro) -> None:
    fleet.enqueue(PAINT)

    fleet.management.schedulers.delete("arena")
    fleet.settle()

    assert fleet.schedulers.find() == []


def test_messages_of_a_newer_version_are_dropped_and_told() -> None:
    with structlog.testing.capture_logs() as logs:
        assert messages.is_understood(names.VERSION)
        assert not messages.is_understood(names.VERSION + 1)

    assert [line["event"] for line in logs] == ["message_of_newer_version"]
