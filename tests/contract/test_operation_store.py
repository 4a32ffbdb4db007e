"""What every OperationStore promises: a queue per scheduler, and one operation at a time."""

import datetime
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from maestro import errors
from maestro.domain import operations
from maestro.domain.health import Memory
from maestro.domain.operations import OperationStatus
from maestro.domain.rooms import PingStatus
from maestro.domain.serving import EVERYTHING, Served
from maestro.ports.storage import Grant, Renewal, Stage
from tests import make
from tests.contract.conftest import LEASE_S, SHORT_LEASE_S, Stores, in_redis

HEALTH = operations.HealthController()
NEW_VERSION = operations.CreateNewSchedulerVersion(scheduler=make.scheduler())
SWITCH = operations.SwitchActiveVersion(new_active_version="v1.1.0")
DELETE = operations.DeleteScheduler()
NORMAL = operations.TestOperation(sleep_seconds=1)
ADD = operations.AddRooms(amount=1)
REMOVE = operations.RemoveRooms(amount=1)


def minutes(amount: float) -> datetime.timedelta:
    return datetime.timedelta(minutes=amount)


def enqueued(stores: Stores, *definitions: operations.Definition) -> list[str]:
    """The ids of operations that wait, in this order of arrival."""
    return [stores.operations.enqueue(make.operation(each)) for each in definitions]


def finish(stores: Stores, grant: Grant, definition: operations.Definition = ADD) -> None:
    stores.operations.finish(
        grant, OperationStatus.FINISHED, definition, event=operations.EventText.FINISHED
    )


def taken_in_turn(stores: Stores) -> list[str]:
    """The ids of everything that waits, as one worker gets it."""
    order = []
    while taken := stores.take():
        order.append(taken.operation.id)
        finish(stores, taken.grant)
    return order


def park(stores: Stores, definition: operations.Definition, **options: Any) -> str:
    """Begin an operation and let it wait, for an hour unless told otherwise."""
    grant = stores.begin(make.operation(definition))
    options.setdefault("until", stores.now() + minutes(60))
    options.setdefault("wake_on_rooms", False)
    stores.operations.park(grant, **options)
    return grant.operation


def events(stores: Stores, operation: str) -> list[str]:
    return [line.event for line in stores.operations.get("arena", operation).history]


def ids(stores: Stores, stage: Stage, **options: Any) -> list[str]:
    options = {"descending": False, "limit": 100, **options}
    found, _ = stores.operations.page("arena", stage, **options)
    return [operation.id for operation in found]


def at_once(action: Callable[[int], object], *, threads: int) -> list[object]:
    """What `action` answers to each of so many threads that ask at the same time."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(action, range(threads)))


class TestEnqueue:
    def test_an_operation_that_waits_is_stored_as_it_was_asked_for(self, stores: Stores) -> None:
        operation = make.operation(
            operations.RemoveRooms(
                amount=2,
                rooms_ids=("arena-1", "arena-2"),
                reason=operations.RemovalReason.EXPIRED_ROOM,
            )
        )

        returned = stores.operations.enqueue(operation)

        stored = stores.operations.get("arena", operation.id)
        assert returned == operation.id
        assert stored.definition == operation.definition
        assert stored.scheduler == "arena"
        assert stored.scheduler_uid == operation.scheduler_uid
        assert stored.created_at == operation.created_at
        assert stored.status is OperationStatus.PENDING
        assert stored.attempt == 0
        assert not stored.cancel_requested
        assert stored.lease_until is None

    def test_its_history_begins_with_its_creation(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, ADD)

        assert events(stores, operation) == ["Created"]

    def test_a_scheduler_inside_an_operation_is_stored_whole(self, stores: Stores) -> None:
        scheduler = make.scheduler(
            uid="", autoscaling=make.autoscaling(), forwarders=(make.forwarder(),)
        )
        definition = operations.CreateScheduler(scheduler=scheduler)

        (operation,) = enqueued(stores, definition)

        assert stores.operations.get("arena", operation).definition == definition

    def test_an_operation_enqueued_twice_runs_once(self, stores: Stores) -> None:
        operation = make.operation()

        assert stores.operations.enqueue(operation) == operation.id
        assert stores.operations.enqueue(operation) == operation.id

        assert events(stores, operation.id) == ["Created"]
        assert taken_in_turn(stores) == [operation.id]

    def test_an_operation_that_runs_is_not_enqueued_again(self, stores: Stores) -> None:
        operation = make.operation()
        grant = stores.begin(operation)

        assert stores.operations.enqueue(operation) == operation.id

        assert stores.operations.get("arena", operation.id).status == "in_progress"
        finish(stores, grant)
        assert taken_in_turn(stores) == []

    def test_an_operation_that_ended_is_not_enqueued_again(self, stores: Stores) -> None:
        operation = make.operation()
        finish(stores, stores.begin(operation))

        assert stores.operations.enqueue(operation) == operation.id

        assert stores.operations.get("arena", operation.id).status == "finished"
        assert taken_in_turn(stores) == []

    def test_of_one_operation_enqueued_by_many_at_once_one_waits(self, stores: Stores) -> None:
        operation = make.operation()

        at_once(lambda _: stores.operations.enqueue(operation), threads=20)

        assert taken_in_turn(stores) == [operation.id]

    def test_ids_that_are_stored_are_known(self, stores: Stores) -> None:
        waiting, running = make.operation(NORMAL), make.operation(ADD)
        stores.operations.enqueue(waiting)
        stores.begin(running)

        asked = [waiting.id, make.operation_id(), running.id]

        assert stores.operations.knows("arena", asked) == [True, False, True]
        assert stores.operations.knows("other", asked) == [False, False, False]
        assert stores.operations.knows("arena", []) == []

    def test_schedulers_do_not_see_each_others_operations(self, stores: Stores) -> None:
        operation = make.operation(NORMAL, scheduler="other")
        stores.operations.enqueue(operation)

        assert stores.take("arena") is None
        assert stores.taken("other").operation.id == operation.id

    @pytest.mark.parametrize("needy", [ADD, REMOVE, HEALTH, operations.StorageCleanUp()])
    def test_what_looks_after_a_fleet_needs_one(
        self, stores: Stores, needy: operations.Definition
    ) -> None:
        operation = make.operation(needy, scheduler="nowhere")

        with pytest.raises(errors.NotFound):
            stores.operations.enqueue(operation)

        assert stores.operations.knows("nowhere", [operation.id]) == [False]
        assert stores.take("nowhere") is None

    @pytest.mark.parametrize(
        "first", [operations.CreateScheduler(scheduler=make.scheduler(uid="")), DELETE, NORMAL]
    )
    def test_a_fleet_is_made_and_deleted_without_one(
        self, stores: Stores, first: operations.Definition
    ) -> None:
        operation = make.operation(first, scheduler="nowhere")

        assert stores.operations.enqueue(operation) == operation.id
        assert stores.taken("nowhere").operation.id == operation.id


class TestSchedulers:
    def test_every_name_under_which_something_was_enqueued_is_known(self, stores: Stores) -> None:
        for name in ("beta", "alpha", "beta"):
            stores.operations.enqueue(make.operation(NORMAL, scheduler=name))

        assert sorted(stores.operations.schedulers()) == ["alpha", "beta"]

    def test_a_name_is_known_until_it_is_retired(self, stores: Stores) -> None:
        finish(stores, stores.begin())
        assert stores.operations.schedulers() == ["arena"]

        stores.operations.retire("arena")

        assert stores.operations.schedulers() == []

    def test_a_retired_name_comes_back_with_its_next_operation(self, stores: Stores) -> None:
        finish(stores, stores.begin())
        stores.operations.retire("arena")

        enqueued(stores, NORMAL)

        assert stores.operations.schedulers() == ["arena"]

    def test_retiring_a_name_twice_does_nothing(self, stores: Stores) -> None:
        stores.operations.retire("arena")
        stores.operations.retire("arena")

        assert stores.operations.schedulers() == []


class TestOpenKinds:
    def test_what_did_not_end_is_open(self, stores: Stores) -> None:
        ended = stores.begin()
        finish(stores, ended)
        parked = park(stores, NEW_VERSION)
        running = stores.begin(make.operation(REMOVE)).operation
        (waiting,) = enqueued(stores, HEALTH)

        assert stores.operations.open_kinds("arena") == {
            parked: "create_new_scheduler_version",
            running: "remove_rooms",
            waiting: "health_controller",
        }

    def test_what_was_cancelled_is_not_open(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(DELETE))
        enqueued(stores, NORMAL)

        stores.operations.cancel_waiting("arena", besides=grant)

        assert stores.operations.open_kinds("arena") == {grant.operation: "delete_scheduler"}

    def test_where_nothing_was_enqueued_nothing_is_open(self, stores: Stores) -> None:
        assert stores.operations.open_kinds("nowhere") == {}


class TestDeduplication:
    @pytest.mark.parametrize(
        "periodic", [operations.HealthController(), operations.StorageCleanUp()]
    )
    def test_of_a_periodic_operation_one_waits(
        self, stores: Stores, periodic: operations.Definition
    ) -> None:
        first, second = enqueued(stores, periodic, periodic)

        assert second == first
        assert ids(stores, Stage.PENDING) == [first]

    def test_another_one_may_wait_while_one_runs(self, stores: Stores) -> None:
        (first,) = enqueued(stores, HEALTH)
        running = stores.taken()
        (second,) = enqueued(stores, HEALTH)

        assert second != first
        finish(stores, running.grant, HEALTH)
        assert stores.taken().operation.id == second

    def test_another_one_may_wait_while_one_is_parked(self, stores: Stores) -> None:
        parked = park(stores, HEALTH)

        (second,) = enqueued(stores, HEALTH)

        assert second != parked

    def test_another_one_may_wait_after_one_ended(self, stores: Stores) -> None:
        first = enqueued(stores, HEALTH)
        finish(stores, stores.taken().grant, HEALTH)

        assert enqueued(stores, HEALTH) != first

    def test_another_one_may_wait_after_one_was_cancelled(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(DELETE))
        (first,) = enqueued(stores, HEALTH)
        stores.operations.cancel_waiting("arena", besides=grant)

        (second,) = enqueued(stores, HEALTH)

        assert second != first
        assert ids(stores, Stage.PENDING) == [second]

    def test_different_periodic_operations_wait_side_by_side(self, stores: Stores) -> None:
        both = enqueued(stores, HEALTH, operations.StorageCleanUp())

        assert taken_in_turn(stores) == both

    def test_what_changes_a_fleet_is_done_as_often_as_it_is_asked_for(self, stores: Stores) -> None:
        three = enqueued(stores, ADD, ADD, ADD)

        assert taken_in_turn(stores) == three

    def test_of_one_asked_for_by_many_at_once_one_waits(self, stores: Stores) -> None:
        answers = at_once(
            lambda _: stores.operations.enqueue(make.operation(HEALTH, id=make.operation_id())),
            threads=20,
        )

        assert len(set(answers)) == 1
        assert taken_in_turn(stores) == [answers[0]]


class TestEditGuard:
    @pytest.mark.parametrize("first", [NEW_VERSION, SWITCH])
    @pytest.mark.parametrize("second", [NEW_VERSION, SWITCH])
    def test_while_one_edit_waits_another_one_is_refused(
        self, stores: Stores, first: operations.Definition, second: operations.Definition
    ) -> None:
        (waiting,) = enqueued(stores, first)

        with pytest.raises(errors.EditInProgress) as refusal:
            enqueued(stores, second)

        assert str(refusal.value) == (
            f"there is already an ongoing version operation (id: {waiting}) for scheduler arena"
        )
        assert ids(stores, Stage.PENDING) == [waiting]

    def test_while_an_edit_runs_another_one_is_refused(self, stores: Stores) -> None:
        stores.begin(make.operation(NEW_VERSION))

        with pytest.raises(errors.EditInProgress):
            enqueued(stores, SWITCH)

    def test_while_an_edit_is_parked_another_one_is_refused(self, stores: Stores) -> None:
        park(stores, NEW_VERSION)

        with pytest.raises(errors.EditInProgress):
            enqueued(stores, SWITCH)

    def test_while_the_worker_of_an_edit_is_silent_another_one_is_refused(
        self, stores: Stores
    ) -> None:
        enqueued(stores, NEW_VERSION)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        with pytest.raises(errors.EditInProgress):
            enqueued(stores, SWITCH)

    @pytest.mark.parametrize(
        "status", [OperationStatus.FINISHED, OperationStatus.ERROR, OperationStatus.CANCELED]
    )
    def test_after_an_edit_ended_the_next_one_is_accepted(
        self, stores: Stores, status: OperationStatus
    ) -> None:
        grant = stores.begin(make.operation(NEW_VERSION))
        stores.operations.finish(grant, status, NEW_VERSION, event="over")

        assert taken_in_turn(stores) == []
        (second,) = enqueued(stores, SWITCH)
        assert taken_in_turn(stores) == [second]

    def test_after_an_edit_was_cancelled_the_next_one_is_accepted(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(NORMAL))
        enqueued(stores, NEW_VERSION)
        stores.operations.cancel_waiting("arena", besides=grant)

        (second,) = enqueued(stores, SWITCH)

        assert ids(stores, Stage.PENDING) == [second]

    def test_the_same_edit_enqueued_twice_is_one_edit(self, stores: Stores) -> None:
        edit = make.operation(NEW_VERSION)

        assert stores.operations.enqueue(edit) == edit.id
        assert stores.operations.enqueue(edit) == edit.id

    @pytest.mark.parametrize("other", [ADD, REMOVE, HEALTH, DELETE, NORMAL])
    def test_whatever_does_not_edit_is_accepted_during_an_edit(
        self, stores: Stores, other: operations.Definition
    ) -> None:
        first = enqueued(stores, NEW_VERSION)

        second = enqueued(stores, other)

        assert sorted(ids(stores, Stage.PENDING)) == sorted(first + second)

    @pytest.mark.parametrize("state", ["waits", "runs", "is parked"])
    def test_an_edit_may_follow_the_one_that_asks_for_it(self, stores: Stores, state: str) -> None:
        if state == "waits":
            (first,) = enqueued(stores, NEW_VERSION)
        elif state == "runs":
            first = stores.begin(make.operation(NEW_VERSION)).operation
        else:
            first = park(stores, NEW_VERSION)

        switch = stores.operations.enqueue(make.operation(SWITCH), follows=first)

        assert ids(stores, Stage.PENDING)[-1] == switch
        with pytest.raises(errors.EditInProgress, match=switch):
            stores.operations.enqueue(make.operation(SWITCH), follows=first)
        with pytest.raises(errors.EditInProgress):
            enqueued(stores, SWITCH)

    def test_another_scheduler_may_be_edited_meanwhile(self, stores: Stores) -> None:
        enqueued(stores, NEW_VERSION)
        other = make.operation(NEW_VERSION, scheduler="other")

        assert stores.operations.enqueue(other) == other.id

    def test_of_fifty_edits_at_once_one_is_accepted(self, stores: Stores) -> None:
        def edit(_: int) -> str | None:
            try:
                return stores.operations.enqueue(make.operation(SWITCH))
            except errors.EditInProgress:
                return None

        accepted = [answer for answer in at_once(edit, threads=50) if answer]

        assert len(accepted) == 1
        assert ids(stores, Stage.PENDING) == accepted


class TestOrder:
    def test_operations_run_in_the_order_in_which_they_came(self, stores: Stores) -> None:
        asked = enqueued(stores, *[NORMAL] * 5)

        assert taken_in_turn(stores) == asked

    def test_priority_operations_run_in_the_order_in_which_they_came(self, stores: Stores) -> None:
        asked = enqueued(stores, REMOVE, ADD, REMOVE, ADD, ADD)

        assert taken_in_turn(stores) == asked

    def test_priority_operations_run_before_all_others(self, stores: Stores) -> None:
        normal_1, add, normal_2, remove, health = enqueued(
            stores, NORMAL, ADD, NORMAL, REMOVE, HEALTH
        )

        assert taken_in_turn(stores) == [add, remove, normal_1, normal_2, health]

    def test_what_comes_later_waits_for_what_runs(self, stores: Stores) -> None:
        (normal,) = enqueued(stores, NORMAL)
        running = stores.taken()
        (add,) = enqueued(stores, ADD)

        assert stores.take() is None
        finish(stores, running.grant, NORMAL)
        assert running.operation.id == normal
        assert stores.taken().operation.id == add

    def test_the_time_of_creation_does_not_matter(self, stores: Stores) -> None:
        late = make.operation(NORMAL, created_at=make.NOW + minutes(5))
        early = make.operation(NORMAL, created_at=make.NOW - minutes(5))
        stores.operations.enqueue(late)
        stores.operations.enqueue(early)

        assert taken_in_turn(stores) == [late.id, early.id]


class TestTake:
    def test_where_nothing_waits_there_is_nothing_to_take(self, stores: Stores) -> None:
        assert stores.take() is None

    def test_whoever_takes_an_operation_gets_all_of_it(self, stores: Stores) -> None:
        operation = make.operation(REMOVE)
        stores.operations.enqueue(operation)

        taken = stores.taken()

        assert taken.operation.id == operation.id
        assert taken.operation.definition == REMOVE
        assert taken.operation.scheduler_uid == operation.scheduler_uid
        assert taken.operation.status is OperationStatus.IN_PROGRESS
        assert taken.operation.attempt == 1
        assert not taken.recovered
        assert not taken.resumed
        assert taken.grant.scheduler == "arena"
        assert taken.grant.operation == operation.id

    def test_its_history_says_that_it_begins(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, ADD)

        taken = stores.taken()

        assert [line.event for line in taken.operation.history] == [
            "Created",
            "Starting operation",
        ]
        assert events(stores, operation) == ["Created", "Starting operation"]

    def test_no_two_grants_have_the_same_token(self, stores: Stores) -> None:
        enqueued(stores, *[ADD] * 5)
        tokens = []
        while taken := stores.take():
            tokens.append(taken.grant.token)
            finish(stores, taken.grant)

        assert len(set(tokens)) == 5

    def test_of_twenty_workers_one_gets_the_operation(self, stores: Stores) -> None:
        enqueued(stores, *[ADD] * 20)

        answers = at_once(lambda number: stores.take(worker=f"worker-{number}"), threads=20)

        assert sum(answer is not None for answer in answers) == 1

    def test_twenty_workers_share_the_work_of_twenty_schedulers(self, stores: Stores) -> None:
        for number in range(20):
            stores.operations.enqueue(make.operation(NORMAL, scheduler=f"arena-{number}"))

        answers = at_once(lambda number: stores.take(f"arena-{number}"), threads=20)

        assert None not in answers

    def test_twenty_workers_do_everything_once(self, stores: Stores) -> None:
        waiting = enqueued(stores, *[ADD] * 40)

        def work(number: int) -> list[str]:
            done = []
            while ids(stores, Stage.PENDING) or ids(stores, Stage.ACTIVE):
                if taken := stores.take(worker=f"worker-{number}"):
                    done.append(taken.operation.id)
                    finish(stores, taken.grant)
            return done

        with ThreadPoolExecutor(20) as pool:
            done = [operation for each in pool.map(work, range(20)) for operation in each]

        assert sorted(done) == sorted(waiting)


class TestLease:
    def test_while_the_lease_lasts_nobody_else_takes_anything(self, stores: Stores) -> None:
        stores.begin()
        enqueued(stores, ADD)

        assert stores.take(worker="worker-2") is None

    def test_the_list_of_active_operations_shows_how_long_it_lasts(self, stores: Stores) -> None:
        before = stores.now()
        stores.begin()

        (running,), total = stores.operations.page(
            "arena", Stage.ACTIVE, descending=False, limit=10
        )

        slack = datetime.timedelta(seconds=1)
        lease = datetime.timedelta(seconds=LEASE_S)
        assert total == 1
        assert running.lease_until is not None
        assert before + lease - slack <= running.lease_until <= stores.now() + lease + slack

    def test_a_renewed_lease_lasts_longer(self, stores: Stores) -> None:
        enqueued(stores, ADD)
        grant = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant

        assert stores.operations.renew([grant], lease_ttl_s=LEASE_S) == [Renewal.OURS]

        stores.let_lease_expire()
        assert stores.take(worker="worker-2") is None

    def test_several_leases_are_renewed_each_for_itself(self, stores: Stores) -> None:
        kept = stores.begin(make.operation(NORMAL, scheduler="kept"))
        lost = stores.begin(make.operation(NORMAL, scheduler="lost"))
        ended = stores.begin(make.operation(NORMAL, scheduler="ended"))
        stores.lose(lost)
        finish(stores, ended)

        renewed = stores.operations.renew([kept, lost, ended], lease_ttl_s=LEASE_S)

        assert renewed == [Renewal.OURS, Renewal.LOST, Renewal.LOST]

    def test_no_leases_are_renewed_without_asking(self, stores: Stores) -> None:
        assert stores.operations.renew([], lease_ttl_s=LEASE_S) == []

    def test_an_expired_lease_is_taken_back_when_nobody_else_took_it(self, stores: Stores) -> None:
        enqueued(stores, ADD)
        grant = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant
        stores.let_lease_expire()

        assert stores.operations.renew([grant], lease_ttl_s=LEASE_S) == [Renewal.OURS]

        assert stores.take(worker="worker-2") is None
        stores.operations.note(grant, "still here")
        assert "still here" in events(stores, grant.operation)

    def test_a_lease_that_another_worker_took_is_not_taken_back(self, stores: Stores) -> None:
        grant = stores.begin()
        heir = stores.lose(grant)

        assert stores.operations.renew([grant], lease_ttl_s=LEASE_S) == [Renewal.LOST]
        assert stores.operations.renew([heir], lease_ttl_s=LEASE_S) == [Renewal.OURS]


class TestRecovery:
    def test_when_a_worker_falls_silent_another_one_continues(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, NORMAL)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        taken = stores.taken(worker="worker-2")

        assert taken.recovered
        assert not taken.resumed
        assert taken.operation.id == operation
        assert taken.operation.attempt == 2
        assert taken.operation.status is OperationStatus.IN_PROGRESS

    def test_every_attempt_is_counted_and_told(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, NORMAL)
        for worker in ("worker-1", "worker-2", "worker-3"):
            stores.taken(worker=worker, lease_ttl_s=SHORT_LEASE_S)
            stores.let_lease_expire()

        assert stores.operations.get("arena", operation).attempt == 3
        created, starting, second, third = events(stores, operation)
        assert [created, starting] == ["Created", "Starting operation"]
        assert re.fullmatch(r"worker worker-1 fell silent after \d+ s, beginning attempt 2", second)
        assert re.fullmatch(r"worker worker-2 fell silent after \d+ s, beginning attempt 3", third)

    def test_what_was_interrupted_comes_before_everything_that_waits(self, stores: Stores) -> None:
        (interrupted,) = enqueued(stores, NORMAL)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        enqueued(stores, ADD)
        stores.let_lease_expire()

        assert stores.taken().operation.id == interrupted

    def test_what_was_interrupted_comes_before_what_is_due(self, stores: Stores) -> None:
        # An operation that waits for rooms, and one that makes a room and then falls silent.
        woken = park(stores, NEW_VERSION, wake_on_rooms=True)
        (interrupted,) = enqueued(stores, ADD)
        grant = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant
        stores.rooms.register(grant, [make.new_room()])
        stores.let_lease_expire()

        taken = stores.taken()

        assert taken.operation.id == interrupted
        finish(stores, taken.grant)
        assert stores.taken().operation.id == woken

    def test_nothing_is_taken_over_before_that_is_allowed(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, NORMAL)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        enqueued(stores, ADD)
        stores.let_lease_expire()

        assert stores.take(may_recover=False) is None
        assert stores.operations.get("arena", operation).attempt == 1

    def test_choices_and_history_survive(self, stores: Stores) -> None:
        enqueued(stores, NORMAL)
        first = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant
        stores.operations.choose(first, {"rooms": ["arena-1"], "version": "v1.1.0"})
        stores.operations.note(first, "chose a room")
        stores.let_lease_expire()

        second = stores.taken().operation

        assert second.choices == {"rooms": ["arena-1"], "version": "v1.1.0"}
        assert [line.event for line in second.history][:3] == [
            "Created",
            "Starting operation",
            "chose a room",
        ]

    def test_of_twenty_workers_one_recovers(self, stores: Stores) -> None:
        enqueued(stores, NORMAL)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        answers = at_once(lambda number: stores.take(worker=f"worker-{number}"), threads=20)

        assert sum(answer is not None for answer in answers) == 1


GRANTED: dict[str, Callable[[Stores, Grant], object]] = {
    "note": lambda stores, grant: stores.operations.note(grant, "written too late"),
    "choose": lambda stores, grant: stores.operations.choose(grant, {"too": "late"}),
    "commit": lambda stores, grant: stores.operations.commit(grant),
    "park": lambda stores, grant: stores.operations.park(grant, until=make.NOW, wake_on_rooms=True),
    "release": lambda stores, grant: stores.operations.release(grant),
    "finish": lambda stores, grant: finish(stores, grant),
    "cancel_waiting": lambda stores, grant: stores.operations.cancel_waiting(
        grant.scheduler, besides=grant
    ),
}
granted = pytest.mark.parametrize("write", GRANTED.values(), ids=GRANTED.keys())


class TestLostLease:
    @granted
    def test_whoever_lost_its_lease_writes_nothing(
        self, stores: Stores, write: Callable[[Stores, Grant], object]
    ) -> None:
        grant = stores.begin(make.operation(NORMAL))
        waiting = enqueued(stores, ADD)
        heir = stores.lose(grant)
        before = stores.operations.get("arena", grant.operation)

        with pytest.raises(errors.LeaseLost):
            write(stores, grant)

        assert stores.operations.get("arena", grant.operation) == before
        assert ids(stores, Stage.PENDING) == waiting
        assert stores.operations.renew([heir], lease_ttl_s=LEASE_S) == [Renewal.OURS]
        assert stores.take() is None

    @granted
    def test_a_grant_ends_with_its_operation(
        self, stores: Stores, write: Callable[[Stores, Grant], object]
    ) -> None:
        grant = stores.begin()
        finish(stores, grant)
        before = stores.operations.get("arena", grant.operation)

        with pytest.raises(errors.LeaseLost):
            write(stores, grant)

        assert stores.operations.get("arena", grant.operation) == before

    @granted
    def test_a_grant_ends_when_the_operation_is_parked(
        self, stores: Stores, write: Callable[[Stores, Grant], object]
    ) -> None:
        grant = stores.begin()
        stores.operations.park(grant, until=stores.now() + minutes(60), wake_on_rooms=False)

        with pytest.raises(errors.LeaseLost):
            write(stores, grant)

    @granted
    def test_a_grant_is_worth_nothing_at_another_scheduler(
        self, stores: Stores, write: Callable[[Stores, Grant], object]
    ) -> None:
        mine = stores.begin(make.operation(NORMAL, scheduler="other"))
        enqueued(stores, ADD)
        yours = stores.taken()
        forged = Grant(scheduler="arena", operation=yours.operation.id, token=mine.token)

        with pytest.raises(errors.LeaseLost):
            write(stores, forged)

        assert stores.operations.renew([yours.grant], lease_ttl_s=LEASE_S) == [Renewal.OURS]


class TestRelease:
    def test_what_was_given_back_is_continued_at_once_as_the_same_attempt(
        self, stores: Stores
    ) -> None:
        grant = stores.begin(make.operation(NORMAL))
        stores.operations.choose(grant, {"version": "v1.1.0"})

        stores.operations.release(grant)

        taken = stores.taken(worker="worker-2")
        assert taken.operation.id == grant.operation
        assert taken.operation.attempt == 1
        assert taken.operation.choices == {"version": "v1.1.0"}

    def test_what_was_given_back_comes_before_what_waits(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(NORMAL))
        enqueued(stores, ADD, HEALTH)

        stores.operations.release(grant)

        assert stores.taken().operation.id == grant.operation

    def test_what_was_given_back_is_still_active(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(NORMAL))

        stores.operations.release(grant)

        assert ids(stores, Stage.ACTIVE) == [grant.operation]
        (work,) = stores.operations.work(["arena"])
        assert work.operations


class TestPark:
    def test_a_parked_operation_is_active_without_a_lease(self, stores: Stores) -> None:
        parked = park(stores, NORMAL)

        (operation,), _ = stores.operations.page("arena", Stage.ACTIVE, descending=False, limit=10)

        assert operation.id == parked
        assert operation.status is OperationStatus.IN_PROGRESS
        assert operation.lease_until is None

    def test_it_is_not_taken_before_its_time(self, stores: Stores) -> None:
        park(stores, NORMAL)

        assert stores.take() is None

    def test_it_goes_on_when_its_time_came(self, stores: Stores) -> None:
        parked = park(stores, NORMAL, until=stores.now() + datetime.timedelta(milliseconds=20))
        stores.let_pass(0.04)

        taken = stores.taken()

        assert taken.operation.id == parked
        assert taken.resumed
        assert not taken.recovered
        assert taken.operation.attempt == 1

    def test_waiting_leaves_no_line_in_the_history(self, stores: Stores) -> None:
        parked = park(stores, NORMAL, until=stores.now())
        stores.let_pass(0.001)
        stores.taken()

        assert events(stores, parked) == ["Created", "Starting operation"]

    def test_it_goes_on_before_priority_operations(self, stores: Stores) -> None:
        parked = park(stores, NORMAL, until=stores.now())
        enqueued(stores, ADD)
        stores.let_pass(0.001)

        assert stores.taken().operation.id == parked

    def test_choices_are_kept_while_it_waits(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(NORMAL))
        stores.operations.choose(grant, {"room": "arena-1"})
        stores.operations.park(grant, until=stores.now(), wake_on_rooms=False)
        stores.let_pass(0.001)

        assert stores.taken().operation.choices == {"room": "arena-1"}

    @pytest.mark.parametrize("beside", [ADD, REMOVE, HEALTH, operations.StorageCleanUp()])
    def test_a_fleet_keeps_scaling_meanwhile(
        self, stores: Stores, beside: operations.Definition
    ) -> None:
        park(stores, NEW_VERSION)

        (operation,) = enqueued(stores, beside)

        assert stores.taken().operation.id == operation

    @pytest.mark.parametrize(
        "waits", [NORMAL, DELETE, operations.CreateScheduler(scheduler=make.scheduler(uid=""))]
    )
    def test_everything_else_waits_its_turn(
        self, stores: Stores, waits: operations.Definition
    ) -> None:
        parked = park(stores, NEW_VERSION, wake_on_rooms=True)
        (operation,) = enqueued(stores, waits)

        assert stores.take() is None

        finish(stores, self._woken(stores, parked), NEW_VERSION)
        assert stores.taken().operation.id == operation

    def test_what_may_run_beside_does_not_queue_behind_what_may_not(self, stores: Stores) -> None:
        park(stores, NEW_VERSION)
        delete, health, test, add = enqueued(stores, DELETE, HEALTH, NORMAL, ADD)

        first = stores.taken()
        finish(stores, first.grant)
        second = stores.taken()
        finish(stores, second.grant)

        assert [first.operation.id, second.operation.id] == [add, health]
        assert stores.take() is None
        assert sorted(ids(stores, Stage.PENDING)) == sorted([delete, test])

    def test_several_operations_may_be_parked(self, stores: Stores) -> None:
        first = park(stores, NEW_VERSION)
        second = park(stores, REMOVE)

        assert sorted(ids(stores, Stage.ACTIVE)) == sorted([first, second])
        assert stores.take() is None

    def test_a_change_of_a_room_wakes_it(self, stores: Stores) -> None:
        grant = self._with_room(stores)
        parked = park(stores, NEW_VERSION, wake_on_rooms=True)
        assert grant.operation != parked
        assert stores.take() is None

        outcome = stores.rooms.ping("arena", "arena-1", make.ping(PingStatus.TERMINATING))

        assert outcome.status_changed
        assert outcome.wakes_operation
        assert stores.taken().operation.id == parked

    def test_a_change_wakes_only_what_waits_for_one(self, stores: Stores) -> None:
        self._with_room(stores)
        park(stores, NEW_VERSION, wake_on_rooms=False)

        outcome = stores.rooms.ping("arena", "arena-1", make.ping(PingStatus.TERMINATING))

        assert outcome.status_changed
        assert not outcome.wakes_operation
        assert stores.take() is None

    def test_a_ping_that_changes_nothing_wakes_nobody(self, stores: Stores) -> None:
        self._with_room(stores)
        park(stores, NEW_VERSION, wake_on_rooms=True)

        outcome = stores.rooms.ping("arena", "arena-1", make.ping())

        assert not outcome.status_changed
        assert not outcome.wakes_operation
        assert stores.take() is None

    def test_a_change_shortly_before_is_not_missed(self, stores: Stores) -> None:
        self._with_room(stores)
        grant = stores.begin(make.operation(NEW_VERSION))
        # Between looking at the rooms and waiting for them, one of them changes.
        stores.rooms.ping("arena", "arena-1", make.ping(PingStatus.TERMINATING))

        stores.operations.park(grant, until=stores.now() + minutes(60), wake_on_rooms=True)

        assert stores.taken().operation.id == grant.operation

    def test_it_may_wait_again(self, stores: Stores) -> None:
        self._with_room(stores)
        grant = stores.begin(make.operation(NEW_VERSION))
        for status in ("terminating", "terminated"):
            stores.operations.park(grant, until=stores.now() + minutes(60), wake_on_rooms=True)
            assert stores.take() is None
            stores.rooms.ping("arena", "arena-1", make.ping(PingStatus(status)))
            grant = stores.taken().grant

        stores.operations.park(grant, until=stores.now() + minutes(60), wake_on_rooms=False)
        assert stores.take() is None

    def _woken(self, stores: Stores, parked: str) -> Grant:
        """Let a room come, which wakes what is parked."""
        self._with_room(stores)
        taken = stores.taken()
        assert taken.operation.id == parked
        return taken.grant

    def _with_room(self, stores: Stores) -> Grant:
        """Let `arena-1` exist, and the operation that made it be over."""
        grant = stores.begin(make.operation(ADD))
        stores.rooms.register(grant, [make.new_room()])
        finish(stores, grant)
        return grant


class TestRunning:
    def test_lines_are_added_to_the_history_in_order(self, stores: Stores) -> None:
        grant = stores.begin()

        stores.operations.note(grant, "first")
        stores.operations.note(grant, 'second, with "quotes", ünïcode and\nlines')

        assert events(stores, grant.operation)[2:] == [
            "first",
            'second, with "quotes", ünïcode and\nlines',
        ]

    def test_lines_have_the_time_of_the_store(self, stores: Stores) -> None:
        before = stores.now()
        grant = stores.begin()
        stores.operations.note(grant, "something")

        history = stores.operations.get("arena", grant.operation).history

        times = [line.created_at for line in history]
        assert times == sorted(times)
        assert before <= times[0]
        assert times[-1] <= stores.now()

    def test_choices_may_come_with_a_line_of_history(self, stores: Stores) -> None:
        grant = stores.begin()

        stores.operations.choose(grant, {"switch": "id"}, event="chosen")
        stores.operations.choose(grant, {"switch": "id", "more": [1]})

        stored = stores.operations.get("arena", grant.operation)
        assert stored.choices == {"switch": "id", "more": [1]}
        assert [line.event for line in stored.history][2:] == ["chosen"]

    def test_choices_are_written_down_at_once(self, stores: Stores) -> None:
        grant = stores.begin()
        choices = {"rooms": ["arena-1"], "count": 3, "nested": {"empty": None, "half": 0.5}}

        stores.operations.choose(grant, choices)

        assert stores.operations.get("arena", grant.operation).choices == choices


class TestFinish:
    @pytest.mark.parametrize(
        "status",
        [
            OperationStatus.FINISHED,
            OperationStatus.ERROR,
            OperationStatus.CANCELED,
            OperationStatus.EVICTED,
        ],
    )
    def test_an_operation_that_ended_is_listed_as_final(
        self, stores: Stores, status: OperationStatus
    ) -> None:
        grant = stores.begin()

        stores.operations.finish(grant, status, ADD, event="over")

        assert ids(stores, Stage.FINAL) == [grant.operation]
        assert ids(stores, Stage.ACTIVE) == []
        assert stores.operations.get("arena", grant.operation).status is status
        assert events(stores, grant.operation)[-1] == "over"

    def test_it_has_no_lease_any_more(self, stores: Stores) -> None:
        grant = stores.begin()

        finish(stores, grant)

        assert stores.operations.get("arena", grant.operation).lease_until is None

    def test_the_next_one_begins_at_once(self, stores: Stores) -> None:
        grant = stores.begin()
        (waiting,) = enqueued(stores, NORMAL)

        finish(stores, grant)

        taken = stores.taken()
        assert taken.operation.id == waiting
        assert not taken.recovered

    def test_what_it_came_to_is_stored(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(HEALTH))

        finish(stores, grant, operations.HealthController(took_action=True))

        stored = stores.operations.get("arena", grant.operation)
        assert stored.definition == operations.HealthController(took_action=True)
        assert ids(stores, Stage.FINAL) == [grant.operation]

    @pytest.mark.parametrize(
        "nothing_done",
        [
            operations.HealthController(took_action=False),
            operations.HealthController(),
            operations.StorageCleanUp(),
        ],
    )
    def test_what_did_nothing_worth_telling_leaves_no_record(
        self, stores: Stores, nothing_done: operations.Definition
    ) -> None:
        grant = stores.begin(make.operation(nothing_done))

        finish(stores, grant, nothing_done)

        assert stores.operations.knows("arena", [grant.operation]) == [False]
        assert ids(stores, Stage.FINAL) == []
        assert ids(stores, Stage.ACTIVE) == []
        with pytest.raises(errors.NotFound):
            stores.operations.get("arena", grant.operation)

    def test_what_failed_is_recorded_in_any_case(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(HEALTH))

        stores.operations.finish(grant, OperationStatus.ERROR, HEALTH, event="over")

        assert ids(stores, Stage.FINAL) == [grant.operation]


class TestCancelWaiting:
    def test_what_waits_or_is_parked_ends_as_cancelled(self, stores: Stores) -> None:
        parked = park(stores, NEW_VERSION)
        grant = stores.begin(make.operation(ADD))
        waiting = enqueued(stores, NORMAL, REMOVE, HEALTH)

        cancelled = stores.operations.cancel_waiting("arena", besides=grant)

        assert sorted(cancelled) == sorted([parked, *waiting])
        assert sorted(ids(stores, Stage.FINAL)) == sorted(cancelled)
        for operation in cancelled:
            assert stores.operations.get("arena", operation).status == "canceled"

    def test_the_operation_that_asks_goes_on(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(DELETE))
        enqueued(stores, ADD)

        stores.operations.cancel_waiting("arena", besides=grant)

        assert stores.operations.get("arena", grant.operation).status == "in_progress"
        finish(stores, grant, DELETE)
        assert stores.take() is None

    def test_where_nothing_waits_nothing_is_cancelled(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(DELETE))

        assert stores.operations.cancel_waiting("arena", besides=grant) == []

    def test_what_was_cancelled_is_never_taken(self, stores: Stores) -> None:
        park(stores, NEW_VERSION, wake_on_rooms=True)
        grant = stores.begin(make.operation(REMOVE))
        enqueued(stores, ADD, HEALTH, DELETE)

        stores.operations.cancel_waiting("arena", besides=grant)
        stores.rooms.register(grant, [make.new_room()])
        finish(stores, grant, REMOVE)

        assert stores.take() is None


class TestGet:
    def test_an_unknown_operation_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(errors.NotFound, match="operation nothing not found in scheduler arena"):
            stores.operations.get("arena", "nothing")

    def test_an_operation_of_another_scheduler_is_not_found(self, stores: Stores) -> None:
        (operation,) = enqueued(stores, ADD)

        with pytest.raises(errors.NotFound):
            stores.operations.get("other", operation)


class TestPages:
    @pytest.fixture
    def ended(self, stores: Stores) -> list[str]:
        """Seven operations that ended, by creation; not in the order in which they ended."""
        moments = [3, 1, 2, 2, 0, 4, 2]
        created = [
            make.operation(NORMAL, created_at=make.NOW + minutes(moment)) for moment in moments
        ]
        for operation in created:
            finish(stores, stores.begin(operation), NORMAL)
        return [each.id for each in sorted(created, key=lambda each: (each.created_at, each.id))]

    def test_operations_are_listed_by_creation_then_id(
        self, stores: Stores, ended: list[str]
    ) -> None:
        assert ids(stores, Stage.FINAL) == ended
        assert ids(stores, Stage.FINAL, descending=True) == ended[::-1]

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_together_are_the_whole_list(
        self, stores: Stores, ended: list[str], descending: bool
    ) -> None:
        pages = [
            ids(stores, Stage.FINAL, descending=descending, offset=offset, limit=3)
            for offset in (0, 3, 6, 9)
        ]

        assert [len(page) for page in pages] == [3, 3, 1, 0]
        joined = [operation for page in pages for operation in page]
        assert joined == (ended[::-1] if descending else ended)

    def test_every_page_knows_the_total(self, stores: Stores, ended: list[str]) -> None:
        for offset in (0, 5, 100):
            _, total = stores.operations.page(
                "arena", Stage.FINAL, descending=True, offset=offset, limit=2
            )

            assert total == len(ended)

    def test_a_list_shows_no_history_but_everything_else(self, stores: Stores) -> None:
        operation = make.operation(NORMAL)
        finish(stores, stores.begin(operation), NORMAL)

        (listed,), _ = stores.operations.page("arena", Stage.FINAL, descending=True, limit=1)

        assert listed.history == ()
        assert listed.id == operation.id
        assert listed.definition == NORMAL
        assert listed.created_at == operation.created_at
        assert listed.status is OperationStatus.FINISHED

    def test_each_operation_is_in_the_list_of_its_stage(self, stores: Stores) -> None:
        finish(stores, stores.begin(make.operation(ADD)))
        parked = park(stores, NEW_VERSION)
        running = stores.begin(make.operation(ADD)).operation
        waiting = enqueued(stores, NORMAL, ADD)

        assert sorted(ids(stores, Stage.PENDING)) == sorted(waiting)
        assert sorted(ids(stores, Stage.ACTIVE)) == sorted([parked, running])
        assert len(ids(stores, Stage.FINAL)) == 1

    def test_waiting_operations_are_listed_by_creation_too(self, stores: Stores) -> None:
        late = make.operation(NORMAL, created_at=make.NOW + minutes(1))
        early = make.operation(NORMAL, created_at=make.NOW)
        for operation in (late, early):
            stores.operations.enqueue(operation)

        assert ids(stores, Stage.PENDING) == [early.id, late.id]
        assert ids(stores, Stage.PENDING, descending=True, limit=1) == [late.id]

    @pytest.mark.parametrize("stage", Stage)
    def test_the_lists_of_an_unknown_scheduler_are_empty(
        self, stores: Stores, stage: Stage
    ) -> None:
        page = stores.operations.page("nowhere", stage, descending=True, limit=10)

        assert page == ([], 0)


class TestWork:
    def test_where_nothing_waits_there_is_no_work(self, stores: Stores) -> None:
        (work,) = stores.operations.work(["arena"])

        assert work.scheduler == "arena"
        assert not work.operations
        assert not work.changes
        assert not work.check_due

    def test_every_scheduler_is_answered_for_in_order(self, stores: Stores) -> None:
        stores.operations.enqueue(make.operation(NORMAL, scheduler="busy"))

        found = stores.operations.work(["idle", "busy", "unknown"])

        assert [(work.scheduler, work.operations) for work in found] == [
            ("idle", False),
            ("busy", True),
            ("unknown", False),
        ]
        assert stores.operations.work([]) == []

    def test_what_waits_is_work_until_somebody_took_it(self, stores: Stores) -> None:
        enqueued(stores, ADD, NORMAL)
        assert self._is_work(stores)

        grant = stores.taken().grant

        assert not self._is_work(stores)
        finish(stores, grant)
        assert self._is_work(stores)

    def test_what_fell_silent_is_work(self, stores: Stores) -> None:
        enqueued(stores, ADD)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        assert self._is_work(stores)

    def test_what_is_parked_is_work_when_its_time_came(self, stores: Stores) -> None:
        park(stores, NORMAL, until=stores.now())
        stores.let_pass(0.001)

        assert self._is_work(stores)

    def test_what_is_parked_is_no_work_before(self, stores: Stores) -> None:
        park(stores, NORMAL)

        assert not self._is_work(stores)

    def test_what_has_to_wait_for_what_is_parked_is_no_work(self, stores: Stores) -> None:
        park(stores, NEW_VERSION)
        enqueued(stores, DELETE)

        assert stores.take() is None
        assert not self._is_work(stores)

        enqueued(stores, HEALTH)
        assert self._is_work(stores)

    def test_a_room_that_changed_is_told_until_it_was_checked(self, stores: Stores) -> None:
        grant = stores.begin()
        stores.rooms.register(grant, [make.new_room()])
        (changed,) = stores.operations.work(["arena"])
        assert changed.check_due

        stores.operations.enqueue(make.operation(HEALTH))

        (checked,) = stores.operations.work(["arena"])
        assert not checked.check_due

    def test_a_room_that_changed_after_the_check_was_asked_for_is_told_again(
        self, stores: Stores
    ) -> None:
        grant = stores.begin()
        stores.rooms.register(grant, [make.new_room()])
        stores.operations.enqueue(make.operation(HEALTH))
        (before,) = stores.operations.work(["arena"])
        assert not before.check_due

        stores.rooms.ping("arena", "arena-1", make.ping(PingStatus.TERMINATING))

        (after,) = stores.operations.work(["arena"])
        assert after.check_due
        assert after.generation > before.generation

    def test_a_check_is_due_when_none_ended_for_long(self, stores: Stores) -> None:
        grant = stores.begin()
        stores.rooms.remember(grant, Memory(), check_again_s=1, check_due_s=0.02)
        assert not self._is_check_due(stores)

        stores.let_pass(0.03)
        assert self._is_check_due(stores)
        enqueued(stores, HEALTH)
        assert self._is_check_due(stores)

        stores.rooms.remember(grant, Memory(), check_again_s=1, check_due_s=60)
        assert not self._is_check_due(stores)

    def test_a_check_that_waits_already_looks_at_later_changes_too(self, stores: Stores) -> None:
        enqueued(stores, HEALTH)
        self._let_a_room_come(stores)

        stores.operations.enqueue(make.operation(HEALTH))

        (checked,) = stores.operations.work(["arena"])
        assert not checked.check_due
        assert len(ids(stores, Stage.PENDING)) == 1

    def test_an_operation_that_says_nothing_of_rooms_checks_none(self, stores: Stores) -> None:
        self._let_a_room_come(stores)

        enqueued(stores, NORMAL)

        assert self._is_check_due(stores)

    def test_changes_on_their_way_are_told_until_they_are_applied(self, stores: Stores) -> None:
        stores.rooms.configure(make.scheduler())
        stores.changes.push([make.change()])
        (waiting,) = stores.operations.work(["arena"])
        assert waiting.changes

        stores.changes.apply("arena", limit=10)

        (applied,) = stores.operations.work(["arena"])
        assert not applied.changes

    @staticmethod
    def _is_check_due(stores: Stores) -> bool:
        (work,) = stores.operations.work(["arena"])
        return work.check_due

    def _let_a_room_come(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(REMOVE))
        stores.rooms.register(grant, [make.new_room()])
        finish(stores, grant, REMOVE)

    def _is_work(self, stores: Stores) -> bool:
        (work,) = stores.operations.work(["arena"])
        return work.operations


class TestHints:
    def test_one_hint_at_a_time_is_enough(self, stores: Stores) -> None:
        assert stores.operations.may_hint("arena", ttl_s=60)
        assert not stores.operations.may_hint("arena", ttl_s=60)

    def test_after_a_hint_arrived_the_next_one_may_be_sent(self, stores: Stores) -> None:
        stores.operations.may_hint("arena", ttl_s=60)

        stores.operations.hint_taken("arena")

        assert stores.operations.may_hint("arena", ttl_s=60)

    def test_a_hint_that_never_arrived_is_sent_again_after_a_while(self, stores: Stores) -> None:
        stores.operations.may_hint("arena", ttl_s=0.02)
        stores.let_pass(0.04)

        assert stores.operations.may_hint("arena", ttl_s=60)

    def test_schedulers_are_hinted_each_for_itself(self, stores: Stores) -> None:
        stores.operations.may_hint("arena", ttl_s=60)

        assert stores.operations.may_hint("other", ttl_s=60)

    def test_a_hint_nobody_sent_may_be_taken(self, stores: Stores) -> None:
        stores.operations.hint_taken("arena")

        assert stores.operations.may_hint("arena", ttl_s=60)


class TestForget:
    def test_nothing_is_left_of_a_scheduler_but_what_is_kept(self, stores: Stores) -> None:
        ended = stores.begin()
        finish(stores, ended)
        grant = stores.begin(make.operation(DELETE))
        stores.rooms.configure(make.scheduler())
        stores.rooms.register(grant, [make.new_room()])
        waiting = enqueued(stores, NORMAL, HEALTH)

        stores.operations.forget("arena", keep=[grant.operation])

        known = stores.operations.knows("arena", [ended.operation, grant.operation, *waiting])
        assert known == [False, True, False, False]
        assert stores.rooms.all("arena") == []
        assert stores.rooms.counts(["arena"])[0].total == 0
        assert stores.rooms.configured(["arena"]) == [False]
        assert stores.changes.known_rooms(["arena"]) == {"arena": []}

    def test_the_operation_that_forgets_ends_and_stays_readable(self, stores: Stores) -> None:
        finish(stores, stores.begin())
        grant = stores.begin(make.operation(DELETE))
        stores.operations.note(grant, "everything is gone")

        stores.operations.forget("arena", keep=[grant.operation])
        finish(stores, grant, DELETE)

        assert stores.operations.get("arena", grant.operation).status == "finished"
        assert "everything is gone" in events(stores, grant.operation)
        assert ids(stores, Stage.FINAL) == [grant.operation]
        assert ids(stores, Stage.ACTIVE) == []

    def test_what_is_kept_is_still_listed(self, stores: Stores) -> None:
        ended = stores.begin()
        finish(stores, ended)
        grant = stores.begin(make.operation(DELETE))

        stores.operations.forget("arena", keep=[ended.operation, grant.operation])

        assert ids(stores, Stage.FINAL) == [ended.operation]
        assert ids(stores, Stage.ACTIVE) == [grant.operation]
        assert stores.operations.open_kinds("arena") == {grant.operation: "delete_scheduler"}

    def test_when_its_worker_dies_another_one_ends_the_operation_that_forgets(
        self, stores: Stores
    ) -> None:
        enqueued(stores, DELETE)
        grant = stores.taken(lease_ttl_s=SHORT_LEASE_S).grant
        stores.operations.forget("arena", keep=[grant.operation])
        stores.let_lease_expire()

        (work,) = stores.operations.work(["arena"])
        taken = stores.taken(worker="worker-2")
        finish(stores, taken.grant, DELETE)

        assert work.operations
        assert taken.recovered
        assert taken.operation.id == grant.operation
        assert ids(stores, Stage.FINAL) == [grant.operation]

    def test_an_operation_that_forgets_itself_leaves_nothing(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(DELETE))

        stores.operations.forget("arena")
        finish(stores, grant, DELETE)

        assert stores.operations.knows("arena", [grant.operation]) == [False]
        assert ids(stores, Stage.FINAL) == []

    def test_what_waited_is_never_taken(self, stores: Stores) -> None:
        park(stores, NEW_VERSION, until=stores.now())
        enqueued(stores, NORMAL, ADD, HEALTH)

        stores.operations.forget("arena")
        stores.let_pass(0.001)

        assert stores.take() is None
        (work,) = stores.operations.work(["arena"])
        assert not work.operations
        assert not work.check_due

    def test_a_room_of_it_that_still_pings_stays_unknown(self, stores: Stores) -> None:
        grant = stores.begin()
        stores.rooms.register(grant, [make.new_room()])
        finish(stores, grant)

        stores.operations.forget("arena")

        assert not stores.rooms.ping("arena", "arena-1", make.ping()).known
        assert stores.rooms.all("arena") == []

    def test_late_changes_of_its_rooms_are_dropped(self, stores: Stores) -> None:
        stores.rooms.configure(make.scheduler())
        stores.operations.forget("arena")

        stores.changes.push([make.change()])
        stores.changes.apply("arena", limit=10)

        assert stores.rooms.all("arena") == []
        (work,) = stores.operations.work(["arena"])
        assert not work.changes

    def test_a_new_scheduler_of_the_name_begins_afresh(self, stores: Stores) -> None:
        enqueued(stores, HEALTH)
        enqueued(stores, NEW_VERSION)
        stores.operations.may_hint("arena", ttl_s=60)
        stores.operations.forget("arena")

        stores.rooms.configure(make.scheduler())
        health, edit = enqueued(stores, HEALTH, SWITCH)

        assert taken_in_turn(stores) == [health, edit]
        assert stores.operations.may_hint("arena", ttl_s=60)

    def test_other_schedulers_keep_everything(self, stores: Stores) -> None:
        other = make.operation(NORMAL, scheduler="other")
        stores.operations.enqueue(other)

        stores.operations.forget("arena")

        assert stores.taken("other").operation.id == other.id

    def test_forgetting_an_unknown_scheduler_does_nothing(self, stores: Stores) -> None:
        stores.operations.forget("nowhere")


class TestKeys:
    """What lies in Redis, for whoever looks there."""

    @pytest.fixture
    def busy(self, redis_client: redis.Redis, redis_prefix: str) -> Stores:
        """A fleet with something of everything."""
        stores = in_redis(redis_client, prefix=redis_prefix)
        scheduler = make.scheduler()
        stores.rooms.configure(scheduler)
        finish(stores, stores.begin())
        park(stores, NEW_VERSION, wake_on_rooms=True)
        enqueued(stores, NORMAL, HEALTH)
        grant = stores.begin(make.operation(REMOVE))
        stores.ports.reserve(grant, ["arena-1", "arena-2"], scheduler)
        stores.rooms.register(grant, [make.new_room(id=name) for name in ("arena-1", "arena-2")])
        stores.rooms.created(grant, [make.instance()])
        stores.rooms.gone(grant, ["arena-1"])
        stores.rooms.ping("arena", "arena-2", make.ping(metadata={"region": "eu"}))
        stores.changes.push([make.change(make.instance(room="arena-3"))])
        stores.operations.may_hint("arena", ttl_s=60)
        stores.operations.release(grant)
        return stores

    @pytest.mark.usefixtures("busy")
    def test_everything_of_a_scheduler_lies_in_one_slot(
        self, redis_client: redis.Redis, redis_prefix: str
    ) -> None:
        keys = list(redis_client.scan_iter(f"{redis_prefix}*arena*"))

        assert len(keys) > 10
        assert {key.split("{")[1].split("}")[0] for key in keys} == {"arena"}

    def test_nothing_is_left_of_what_is_forgotten(
        self, redis_client: redis.Redis, redis_prefix: str, busy: Stores
    ) -> None:
        grant = busy.taken().grant

        busy.operations.forget("arena", keep=[grant.operation])
        finish(busy, grant, REMOVE)
        busy.operations.retire("arena")

        left = sorted(redis_client.scan_iter(f"{redis_prefix}*"))
        assert [key for key in left if grant.operation not in key] == [
            f"{redis_prefix}:{{arena}}:final"
        ]


class TestWhoServes:
    def test_what_workers_say_is_heard_until_it_is_old(self, stores: Stores) -> None:
        attend, arena = stores.operations.attend, Served(("arena-*", "duel"))
        assert attend(arena, ttl_s=LEASE_S) == [arena]
        assert set(attend(EVERYTHING, ttl_s=LEASE_S)) == {arena, EVERYTHING}
        assert set(stores.operations.attended()) == {arena, EVERYTHING}

        attend(arena, ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        assert stores.operations.attended() == [EVERYTHING]
        assert attend(EVERYTHING, ttl_s=LEASE_S) == [EVERYTHING]
