"""What every OperationStore promises of operations that an operator looks at, or ends by hand."""

import datetime

import pytest

from maestro import errors
from maestro.domain import operations
from maestro.ports.storage import Doing, Grant, Renewal, Stage
from tests import make
from tests.contract.conftest import SHORT_LEASE_S, Stores

NORMAL = operations.TestOperation()
HEALTH = operations.HealthController()
EVENTS = ["enough of it", operations.EventText.FINISHED]


def fail(stores: Stores, operation: str) -> None:
    stores.operations.fail("arena", operation, events=EVENTS)


def park(stores: Stores) -> Grant:
    grant = stores.begin(make.operation(NORMAL))
    until = stores.now() + datetime.timedelta(hours=1)
    stores.operations.park(grant, until=until, wake_on_rooms=True)
    return grant


def assert_failed(stores: Stores, operation: str) -> None:
    ended = stores.operations.get("arena", operation)
    assert ended.status == "error"
    assert [line.event for line in ended.history][-2:] == EVENTS
    found, total = stores.operations.page("arena", Stage.FINAL, descending=True, limit=10)
    assert ([each.id for each in found], total) == ([operation], 1)
    assert stores.operations.open_kinds("arena") == {}


def test_one_that_waits_is_ended(stores: Stores) -> None:
    operation = stores.operations.enqueue(make.operation(HEALTH))

    fail(stores, operation)

    assert_failed(stores, operation)
    assert stores.take() is None
    another = make.operation(HEALTH)
    assert stores.operations.enqueue(another) == another.id


def test_one_that_is_parked_is_ended(stores: Stores) -> None:
    grant = park(stores)

    fail(stores, grant.operation)

    assert_failed(stores, grant.operation)
    waiting = stores.operations.enqueue(make.operation(NORMAL))
    assert stores.taken().operation.id == waiting


def test_the_worker_of_one_that_runs_writes_nothing_any_more(stores: Stores) -> None:
    grant = stores.begin(make.operation(NORMAL))

    fail(stores, grant.operation)

    for write in (
        lambda: stores.operations.note(grant, "and more"),
        lambda: stores.operations.choose(grant, {"a": 1}),
        lambda: stores.operations.commit(grant),
        lambda: stores.operations.release(grant),
        lambda: stores.rooms.register(grant, [make.new_room()]),
    ):
        with pytest.raises(errors.LeaseLost):
            write()
    assert stores.operations.renew([grant], lease_ttl_s=60) == [Renewal.LOST]
    assert_failed(stores, grant.operation)


def test_the_next_one_begins_at_once(stores: Stores) -> None:
    grant = stores.begin(make.operation(NORMAL))
    waiting = stores.operations.enqueue(make.operation(NORMAL))

    fail(stores, grant.operation)

    taken = stores.taken()
    assert (taken.operation.id, taken.recovered) == (waiting, False)
    assert taken.grant.token != grant.token


def test_one_whose_worker_died_is_not_recovered(stores: Stores) -> None:
    operation = stores.operations.enqueue(make.operation(NORMAL))
    stores.taken(lease_ttl_s=SHORT_LEASE_S)
    stores.let_lease_expire()

    fail(stores, operation)

    assert stores.take() is None
    assert_failed(stores, operation)


def test_failing_one_leaves_another_one_running(stores: Stores) -> None:
    waiting = make.operation(HEALTH)
    grant = stores.begin(make.operation(NORMAL))
    stores.operations.enqueue(waiting)

    fail(stores, waiting.id)

    stores.operations.note(grant, "still here")


def test_one_that_ended_or_never_was_is_refused(stores: Stores) -> None:
    operation = stores.operations.enqueue(make.operation(NORMAL))
    fail(stores, operation)

    with pytest.raises(errors.NotCancellable, match='ended already, with status "error"'):
        fail(stores, operation)
    with pytest.raises(errors.NotFound):
        fail(stores, "unknown")
    assert_failed(stores, operation)


def test_each_open_operation_is_told_with_what_it_is_doing(stores: Stores) -> None:
    parked = park(stores)
    running = stores.begin(make.operation(operations.AddRooms(amount=1)))
    stores.operations.note(running, "halfway")
    waiting = stores.operations.enqueue(make.operation(NORMAL))

    found = {each.operation.id: each for each in stores.operations.standing(["arena", "nowhere"])}

    assert {id_: each.doing for id_, each in found.items()} == {
        parked.operation: Doing.PARKED,
        running.operation: Doing.RUNNING,
        waiting: Doing.WAITING,
    }
    runs = found[running.operation]
    assert runs.worker == "worker-1"
    assert runs.since is not None
    assert runs.since <= stores.now()
    assert [line.event for line in runs.operation.history] == ["halfway"]
    until = found[parked.operation].until
    assert until is not None
    assert until > stores.now()


def test_one_whose_worker_says_nothing_is_silent(stores: Stores) -> None:
    stores.operations.enqueue(make.operation(NORMAL))
    stores.taken(lease_ttl_s=SHORT_LEASE_S)
    stores.let_lease_expire()

    (standing,) = stores.operations.standing(["arena"])

    assert (standing.doing, standing.worker) == (Doing.SILENT, "worker-1")
