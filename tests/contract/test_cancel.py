"""What every OperationStore promises of cancelling: a flag, and one clear winner."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from maestro import errors
from maestro.domain import operations
from maestro.domain.operations import OperationStatus
from maestro.ports.storage import Grant, Renewal, Stage
from tests import make
from tests.contract.conftest import LEASE_S, SHORT_LEASE_S, Stores

ADD = operations.AddRooms(amount=1)
HEALTH = operations.HealthController()
NORMAL = operations.TestOperation(sleep_seconds=1)
SWITCH = operations.SwitchActiveVersion(new_active_version="v1.1.0")


def enqueue(stores: Stores, definition: operations.Definition) -> str:
    return stores.operations.enqueue(make.operation(definition))


def begin(stores: Stores, definition: operations.Definition = ADD) -> Grant:
    return stores.begin(make.operation(definition))


def park(stores: Stores, grant: Grant) -> None:
    until = stores.now().replace(year=2100)
    stores.operations.park(grant, until=until, wake_on_rooms=False)


def finish(
    stores: Stores, grant: Grant, status: OperationStatus = OperationStatus.FINISHED
) -> None:
    stores.operations.finish(grant, status, ADD, event="over")


def status(stores: Stores, operation: str) -> str:
    return stores.operations.get("arena", operation).status


def events(stores: Stores, operation: str) -> list[str]:
    return [line.event for line in stores.operations.get("arena", operation).history]


class TestUnknown:
    def test_an_operation_that_is_not_there(self, stores: Stores) -> None:
        with pytest.raises(errors.NotFound, match="operation x not found in scheduler arena"):
            stores.operations.cancel("arena", "x")

    def test_an_operation_of_another_scheduler(self, stores: Stores) -> None:
        operation = enqueue(stores, ADD)

        with pytest.raises(errors.NotFound):
            stores.operations.cancel("other", operation)

        assert status(stores, operation) == "pending"


class TestWaiting:
    @pytest.mark.parametrize("definition", [ADD, NORMAL, SWITCH, HEALTH])
    def test_it_ends_at_once(self, stores: Stores, definition: operations.Definition) -> None:
        operation = enqueue(stores, definition)

        assert stores.operations.cancel("arena", operation)

        assert status(stores, operation) == "canceled"
        assert events(stores, operation) == ["Created", "Operation canceled", "Operation finished"]
        listed, _ = stores.operations.page("arena", Stage.FINAL, descending=True, limit=10)
        assert [each.id for each in listed] == [operation]
        assert stores.operations.open_kinds("arena") == {}
        assert not stores.operations.work(["arena"])[0].operations
        assert stores.take() is None

    def test_what_waits_beside_it_goes_on(self, stores: Stores) -> None:
        first, second, third = (enqueue(stores, NORMAL) for _ in range(3))

        stores.operations.cancel("arena", second)

        for expected in (first, third):
            taken = stores.taken()
            assert taken.operation.id == expected
            finish(stores, taken.grant)
        assert stores.take() is None

    def test_another_periodic_one_may_wait_then(self, stores: Stores) -> None:
        first = enqueue(stores, HEALTH)
        stores.operations.cancel("arena", first)

        assert enqueue(stores, HEALTH) != first

    def test_a_periodic_one_that_waits_stays_the_one_that_waits(self, stores: Stores) -> None:
        running = begin(stores, HEALTH)
        waiting = enqueue(stores, HEALTH)

        stores.operations.cancel("arena", running.operation)

        assert enqueue(stores, HEALTH) == waiting

    def test_another_edit_is_accepted_then(self, stores: Stores) -> None:
        stores.operations.cancel("arena", enqueue(stores, SWITCH))

        assert stores.take() is None
        enqueue(stores, SWITCH)

    def test_cancelled_again_it_is_over(self, stores: Stores) -> None:
        operation = enqueue(stores, ADD)
        stores.operations.cancel("arena", operation)

        with pytest.raises(errors.NotCancellable) as refusal:
            stores.operations.cancel("arena", operation)

        text = 'cannot cancel operation since status "canceled" is a final status'
        assert str(refusal.value) == text
        assert len(events(stores, operation)) == 3

    def test_enqueued_again_it_does_not_come_back(self, stores: Stores) -> None:
        operation = make.operation(ADD)
        stores.operations.enqueue(operation)
        stores.operations.cancel("arena", operation.id)

        stores.operations.enqueue(operation)

        assert stores.take() is None

    def test_it_is_taken_or_cancelled_and_never_both(self, stores: Stores) -> None:
        operations_ = [enqueue(stores, NORMAL) for _ in range(10)]

        def cancel(operation: str) -> bool:
            return stores.operations.cancel("arena", operation)

        def take(_: int) -> str | None:
            taken = stores.take()
            if taken is None:
                return None
            finish(stores, taken.grant, OperationStatus.ERROR)
            return taken.operation.id

        with ThreadPoolExecutor(8) as pool:
            taking = [pool.submit(take, number) for number in range(10)]
            cancelling = {each: pool.submit(cancel, each) for each in operations_}
            ended = {
                operation
                for operation, answer in cancelling.items()
                if answer.exception() is None and answer.result()
            }
            taken = {answer.result() for answer in taking}

        assert not ended & taken


class TestRunning:
    def test_its_worker_hears_of_it_whenever_it_says_something(self, stores: Stores) -> None:
        grant = begin(stores)
        renew = stores.operations.renew
        assert not stores.operations.note(grant, "before")
        assert not stores.operations.choose(grant, {"a": 1})
        assert renew([grant], lease_ttl_s=LEASE_S) == [Renewal.OURS]

        assert not stores.operations.cancel("arena", grant.operation)

        assert stores.operations.note(grant, "after")
        assert stores.operations.choose(grant, {"a": 2})
        assert renew([grant], lease_ttl_s=LEASE_S) == [Renewal.CANCELLED]
        assert status(stores, grant.operation) == "in_progress"
        assert stores.operations.get("arena", grant.operation).cancel_requested

    def test_it_cannot_be_finished_any_more(self, stores: Stores) -> None:
        grant = begin(stores)
        stores.operations.cancel("arena", grant.operation)

        with pytest.raises(errors.Cancelled):
            finish(stores, grant)

        # And still is its worker's
        assert stores.operations.renew([grant], lease_ttl_s=LEASE_S) == [Renewal.CANCELLED]
        finish(stores, grant, OperationStatus.CANCELED)
        assert status(stores, grant.operation) == "canceled"

    @pytest.mark.parametrize("end", [OperationStatus.ERROR, OperationStatus.EVICTED])
    def test_it_may_end_in_any_other_way(self, stores: Stores, end: OperationStatus) -> None:
        grant = begin(stores)
        stores.operations.cancel("arena", grant.operation)

        finish(stores, grant, end)

        assert status(stores, grant.operation) == end

    def test_after_its_end_it_is_too_late(self, stores: Stores) -> None:
        grant = begin(stores)
        finish(stores, grant)

        with pytest.raises(errors.NotCancellable, match='status "finished" is a final status'):
            stores.operations.cancel("arena", grant.operation)

    def test_cancelled_again_it_is_as_cancelled_as_before(self, stores: Stores) -> None:
        grant = begin(stores)

        for _ in range(2):
            assert not stores.operations.cancel("arena", grant.operation)

    def test_whoever_takes_over_knows(self, stores: Stores) -> None:
        enqueue(stores, ADD)
        grant = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant
        stores.operations.cancel("arena", grant.operation)
        stores.let_lease_expire()

        taken = stores.taken(worker="worker-2")

        assert taken.recovered
        assert taken.operation.cancel_requested

    def test_of_finishing_and_cancelling_at_once_one_wins(self, stores: Stores) -> None:
        for _ in range(20):
            grant = begin(stores)
            with ThreadPoolExecutor(2) as pool:
                finishing = pool.submit(finish, stores, grant)
                cancelling = pool.submit(stores.operations.cancel, "arena", grant.operation)
                won = finishing.exception() is None
                assert won == isinstance(cancelling.exception(), errors.NotCancellable)
            if not won:
                assert isinstance(finishing.exception(), errors.Cancelled)
                finish(stores, grant, OperationStatus.CANCELED)


class TestParked:
    def test_it_goes_on_at_once(self, stores: Stores) -> None:
        grant = begin(stores, NORMAL)
        park(stores, grant)
        assert stores.take() is None

        assert not stores.operations.cancel("arena", grant.operation)

        assert stores.operations.work(["arena"])[0].operations
        taken = stores.taken()
        assert (taken.operation.id, taken.resumed) == (grant.operation, True)
        assert taken.operation.cancel_requested

    def test_cancelled_before_it_is_parked_it_does_not_wait(self, stores: Stores) -> None:
        grant = begin(stores, NORMAL)
        stores.operations.cancel("arena", grant.operation)

        park(stores, grant)

        assert stores.taken().operation.id == grant.operation


class TestCommit:
    def test_from_then_on_it_cannot_be_cancelled(self, stores: Stores) -> None:
        grant = begin(stores)

        stores.operations.commit(grant)

        with pytest.raises(errors.NotCancellable) as refusal:
            stores.operations.cancel("arena", grant.operation)
        assert str(refusal.value) == operations.NO_WAY_BACK
        assert stores.operations.renew([grant], lease_ttl_s=LEASE_S) == [Renewal.OURS]
        finish(stores, grant)

    def test_committing_again_changes_nothing(self, stores: Stores) -> None:
        grant = begin(stores)

        for _ in range(2):
            stores.operations.commit(grant)

    def test_what_was_cancelled_before_cannot_be_committed(self, stores: Stores) -> None:
        grant = begin(stores)
        stores.operations.cancel("arena", grant.operation)

        with pytest.raises(errors.Cancelled):
            stores.operations.commit(grant)

        assert stores.operations.get("arena", grant.operation).cancel_requested

    def test_it_holds_while_parked_and_after_its_worker_died(self, stores: Stores) -> None:
        grant = begin(stores, NORMAL)
        stores.operations.commit(grant)
        park(stores, grant)

        with pytest.raises(errors.NotCancellable):
            stores.operations.cancel("arena", grant.operation)
        assert stores.take() is None

    def test_it_holds_for_who_forgets_everything_else(self, stores: Stores) -> None:
        grant = begin(stores, operations.DeleteScheduler())
        stores.operations.commit(grant)

        stores.operations.forget("arena", keep=[grant.operation])

        with pytest.raises(errors.NotCancellable):
            stores.operations.cancel("arena", grant.operation)
