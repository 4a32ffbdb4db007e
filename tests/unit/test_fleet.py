"""A fleet from its creation to its end, on fakes: what operators, rooms and workers see."""

from collections.abc import Mapping
from typing import Any

import pytest

from maestro import errors
from maestro.domain.operations import (
    AddRooms,
    CreateScheduler,
    Definition,
    DeleteScheduler,
    HealthController,
    Operation,
    OperationStatus,
    RemovalReason,
    RemoveRooms,
    TestOperation,
)
from maestro.domain.rooms import InstanceStatus, PingStatus, RoomStatus
from maestro.domain.schedulers import PortRange, SchedulerState
from maestro.ports.storage import Renewal, Stage
from maestro.services.archiving import SETTLED
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.fixture
def maestro() -> FakeMaestro:
    return FakeMaestro()


@pytest.fixture
def fleet(maestro: FakeMaestro) -> FakeMaestro:
    """Three ready rooms."""
    maestro.management.schedulers.create(make.scheduler())
    maestro.settle()
    maestro.ping_all()
    assert maestro.statuses() == ["ready"] * 3
    return maestro


def final(maestro: FakeMaestro, kind: str) -> list[Operation]:
    """The ended operations of a kind, newest first."""
    found, _ = maestro.operations.page("arena", Stage.FINAL, descending=True, limit=1000)
    return [each for each in found if kind == each.definition.NAME]


class TestCreation:
    def test_a_new_scheduler_gets_its_rooms_without_waiting_for_a_tick(
        self, maestro: FakeMaestro
    ) -> None:
        created = maestro.management.schedulers.create(make.scheduler())
        assert created.state is SchedulerState.CREATING
        maestro.settle()
        assert maestro.schedulers.get("arena").state is SchedulerState.IN_SYNC
        assert maestro.statuses() == ["unready"] * 3
        assert [each.status for each in final(maestro, "create_scheduler")] == ["finished"]
        assert "added 3 rooms" in maestro.history(final(maestro, "add_rooms")[0].id)

    def test_what_is_not_acceptable_leaves_nothing(self, maestro: FakeMaestro) -> None:
        maestro.fake_runtime.refused = [errors.Violation(field="spec", description="no")]
        with pytest.raises(errors.InvalidInput) as refusal:
            maestro.management.schedulers.create(make.scheduler(max_surge="", game=""))
        assert [each.field for each in refusal.value.violations] == ["game", "maxSurge", "spec"]
        assert maestro.schedulers.find() == []

    def test_a_name_that_is_taken_in_the_runtime_is_free_again_here(
        self, maestro: FakeMaestro
    ) -> None:
        maestro.fake_runtime.fail_next("create_scheduler", errors.AlreadyExists("not ours"))
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle()
        operation = final(maestro, "create_scheduler")[0]
        assert operation.status is OperationStatus.ERROR
        assert maestro.history(operation.id) == [
            "Created",
            "Starting operation",
            "error creating scheduler in runtime: scheduler 'arena' already exists",
            "operation execution failed",
            "Starting operation rollback",
            "Operation rollback flow execution finished with success",
            "Operation finished",
        ]
        with pytest.raises(errors.NotFound):
            maestro.schedulers.get("arena")

    def test_a_promise_that_redis_never_heard_of_is_kept_by_the_sweep(
        self, maestro: FakeMaestro
    ) -> None:
        scheduler = make.scheduler()
        definition = CreateScheduler(scheduler=scheduler)
        operation = maestro.dispatch.new("arena", scheduler.uid, definition)
        maestro.schedulers.create(scheduler, operation)
        maestro.sweep.once()
        assert maestro.operations.knows("arena", [operation.id]) == [True]
        assert maestro.fake_hints.for_operations == ["arena"]


class TestHealth:
    def test_a_room_that_nobody_comes_to_is_given_back_though_nobody_asks(self) -> None:
        # Given a room that was allocated, and that its fleet was checked since
        maestro = FakeMaestro(room_allocation_ttl_s=60)
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle()
        maestro.ping_all()
        room = maestro.room_services.allocations.allocate("arena")
        maestro.settle()
        assert maestro.statuses() == ["allocated", "ready", "ready"]

        # When its time is over, and neither it nor a matchmaker says anything
        maestro.pass_time(61)
        maestro.settle()
        maestro.sweep.once()
        maestro.settle()

        assert maestro.statuses() == ["ready"] * 3
        assert maestro.rooms.get("arena", room.id).allocated_until is None

    def test_a_check_that_finds_nothing_to_do_leaves_no_record(self, fleet: FakeMaestro) -> None:
        before = len(final(fleet, "health_controller"))
        fleet.enqueue(HealthController())
        fleet.settle()
        assert len(final(fleet, "health_controller")) == before

    @pytest.mark.parametrize("status", [InstanceStatus.ERROR, InstanceStatus.TERMINATING])
    def test_a_room_that_ended_is_replaced(
        self, fleet: FakeMaestro, status: InstanceStatus
    ) -> None:
        lost = fleet.rooms.all("arena")[0].id
        fleet.fake_runtime.set_status("arena", lost, status, "it ended")
        fleet.look()
        fleet.settle()
        assert fleet.statuses() == ["ready", "ready", "unready"]
        assert lost not in {room.id for room in fleet.rooms.all("arena")}
        assert lost in str(final(fleet, "remove_rooms")[0].definition)

    def test_a_room_that_vanished_is_replaced(self, fleet: FakeMaestro) -> None:
        lost = fleet.rooms.all("arena")[0].id
        fleet.fake_clock.advance(1)
        fleet.fake_runtime.gone("arena", lost)
        fleet.look()
        fleet.settle()
        assert fleet.statuses() == ["ready", "ready", "unready"]

    @pytest.mark.parametrize("silence_s", [241])
    def test_a_silent_room_is_replaced(self, fleet: FakeMaestro, silence_s: float) -> None:
        silent, *others = (room.id for room in fleet.rooms.all("arena"))
        fleet.pass_time(silence_s)
        for other in others:
            fleet.ping(other)
        fleet.enqueue(HealthController())
        fleet.settle()
        assert silent not in {room.id for room in fleet.rooms.all("arena")}
        assert len(fleet.statuses()) == 3

    def test_a_room_that_never_starts_is_replaced(self, maestro: FakeMaestro) -> None:
        maestro.fake_runtime.holds_starts = True
        maestro.management.schedulers.create(make.scheduler(rooms_replicas=1))
        maestro.settle()
        stuck = maestro.rooms.all("arena")[0].id
        maestro.pass_time(301)
        maestro.enqueue(HealthController())
        maestro.settle()
        assert stuck not in {room.id for room in maestro.rooms.all("arena")}

    def test_when_the_store_forgot_the_fleet_no_room_is_added_before_it_found_them(
        self, fleet: FakeMaestro
    ) -> None:
        # Given that everything is forgotten, and found so
        rooms = {room.id for room in fleet.rooms.all("arena")}
        fleet.world.forget("arena", operations={})
        fleet.sweep.once()
        fleet.health_checks.one("arena")
        while fleet.worker().run_next("arena"):
            pass
        assert fleet.statuses() == []
        # Then it is as large as before once its rooms are found, and later
        fleet.settle()
        fleet.ping_all()
        assert {room.id for room in fleet.rooms.all("arena")} == rooms
        fleet.pass_time(30)
        fleet.ping_all()
        fleet.health_checks.one("arena")
        fleet.settle()
        assert {room.id for room in fleet.rooms.all("arena")} == rooms

    def test_too_many_rooms_are_removed_but_none_with_players(self, fleet: FakeMaestro) -> None:
        fleet.enqueue(AddRooms(amount=3))
        fleet.settle(rounds=1)
        playing = [room.id for room in fleet.rooms.all("arena")][:4]
        for room in playing:
            fleet.ping(room, make.ping(PingStatus.OCCUPIED))
        fleet.enqueue(HealthController())
        fleet.settle()
        assert {room.id for room in fleet.rooms.all("arena")} == set(playing)

    def test_checks_do_not_pile_up(self, fleet: FakeMaestro) -> None:
        for _ in range(5):
            fleet.health_checks.one("arena")
        kinds = list(fleet.operations.open_kinds("arena").values())
        assert kinds == ["health_controller"]


class TestAddingRooms:
    def test_an_operation_that_runs_twice_ends_with_the_same_rooms(
        self, fleet: FakeMaestro
    ) -> None:
        before = {room.id for room in fleet.rooms.all("arena")}
        fleet.enqueue(AddRooms(amount=4))
        # Given a worker that dies after its last side effect
        taken = fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
        assert taken
        fleet.fake_clock.advance(16)
        # When others take over, twice
        fleet.worker("second").run_next("arena")
        rooms = {room.id for room in fleet.rooms.all("arena")}
        assert len(rooms - before) == 4
        operation = final(fleet, "add_rooms")[0]
        assert operation.attempt == 2
        assert any("worker dies fell silent" in event for event in fleet.history(operation.id))

    def test_a_failed_minority_is_reported_and_the_rest_kept(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("create_room", errors.RuntimeRefused("no space left"))
        operation = fleet.enqueue(AddRooms(amount=3))
        fleet.worker().run_next("arena")
        assert len(fleet.rooms.all("arena")) == 5
        history = fleet.history(operation.id)
        assert "added 2 rooms" in history
        assert "1 rooms could not be created: no space left" in history

    def test_a_failed_majority_is_undone(self, fleet: FakeMaestro) -> None:
        refusals = [errors.RuntimeRefused("no space left")] * 2
        fleet.fake_runtime.fail_next("create_room", *refusals)
        operation = fleet.enqueue(AddRooms(amount=3))
        fleet.worker().run_next("arena")
        fleet.look()
        assert len(fleet.rooms.all("arena")) == 3
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.ERROR
        reason = "more rooms failed than succeeded, errors: 2 and successes: 1 of amount: 3"
        assert reason in fleet.history(operation.id)

    def test_a_creation_of_unknown_outcome_leaves_no_room_behind(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("create_room", errors.Unavailable("no answer"), after=True)
        fleet.enqueue(AddRooms(amount=3))
        fleet.worker().run_next("arena")
        fleet.look()
        assert len(fleet.fake_runtime.list_rooms().instances) == 5
        assert len(fleet.rooms.all("arena")) == 5

    def test_four_rooms_on_three_ports_are_three(self, maestro: FakeMaestro) -> None:
        ports = PortRange(start=5000, end=5002)
        scheduler = make.scheduler(rooms_replicas=0, port_range=ports)
        maestro.management.schedulers.create(scheduler)
        maestro.settle()
        operation = maestro.enqueue(AddRooms(amount=4), scheduler)
        maestro.worker().run_next("arena")
        history = maestro.history(operation.id)
        assert "added 3 rooms" in history
        shortage = "not enough ports to allocate: need 1, free 0 in 5000-5002"
        assert f"1 rooms could not be created: {shortage}" in history

    def test_no_more_than_the_limit_at_once(self) -> None:
        maestro = FakeMaestro(add_rooms_limit=2, add_rooms_batch=1)
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle(rounds=20)
        assert len(maestro.rooms.all("arena")) == 3
        assert len(final(maestro, "add_rooms")) == 2


class TestRemovingRooms:
    def test_a_deletion_that_the_runtime_did_not_accept_is_tried_again(
        self, fleet: FakeMaestro
    ) -> None:
        room = fleet.rooms.all("arena")[0].id
        fleet.fake_runtime.set_status("arena", room, InstanceStatus.ERROR)
        fleet.look()
        fleet.fake_runtime.fail_next("delete_room", errors.Unavailable("no answer"))
        definition = RemoveRooms(rooms_ids=(room,), reason=RemovalReason.EXPIRED_ROOM)
        operation = fleet.enqueue(definition)
        fleet.worker().run_next("arena")
        assert f'error removing room "{room}". Reason => no answer' in fleet.history(operation.id)
        assert fleet.rooms.get("arena", room).status is RoomStatus.TERMINATING
        fleet.enqueue(HealthController())
        fleet.settle()
        assert room not in {each.id for each in fleet.rooms.all("arena")}

    @pytest.mark.parametrize("forces", [True, False])
    def test_a_deletion_that_hangs_is_forced_if_that_is_wanted(self, forces: bool) -> None:
        # Given a room on a dead node, whose deletion the runtime accepted long ago
        maestro = FakeMaestro(force_overdue_deletions=forces)
        maestro.management.schedulers.create(make.scheduler(rooms_replicas=1))
        maestro.settle()
        maestro.ping_all()
        maestro.fake_runtime.holds_deletions = True
        hanging = maestro.rooms.all("arena")[0].id
        maestro.enqueue(RemoveRooms(amount=1))
        maestro.settle()
        assert maestro.fake_runtime.forced == []

        # When its grace period and the time for a deletion are over
        maestro.pass_time(131)
        maestro.enqueue(HealthController())
        maestro.settle()

        # Then it is asked again, with force or without
        asked = [room for _, room, _, _ in maestro.fake_runtime.deletions]
        assert asked.count(hanging) > 1
        assert (hanging in maestro.fake_runtime.forced) is forces

    def test_a_room_that_players_entered_since_is_spared(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(RemoveRooms(amount=1))
        # Given a choice that was written down by a worker that died
        taken = fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
        assert taken
        chosen = fleet.rooms.all("arena")[0].id
        fleet.operations.choose(taken.grant, {"rooms": [chosen]})
        # When a match begins there before another one continues
        fleet.ping(chosen, make.ping(PingStatus.OCCUPIED))
        fleet.fake_clock.advance(16)
        fleet.worker().run_next("arena")
        # Then it is spared
        assert fleet.rooms.get("arena", chosen).status is RoomStatus.OCCUPIED
        assert "removed 0 rooms" in fleet.history(operation.id)


class TestDeletion:
    def test_nothing_stays_but_the_record_of_the_deletion(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.schedulers.delete("arena")
        fleet.settle()
        assert fleet.schedulers.find() == []
        assert fleet.rooms.all("arena") == []
        assert fleet.fake_runtime.list_rooms().instances == []
        ended, total = fleet.management.operations.page("arena", Stage.FINAL, descending=True)
        assert (total, ended[0].id, ended[0].status) == (1, operation, "finished")

    def test_asked_twice_it_is_one_deletion(self, fleet: FakeMaestro) -> None:
        first = fleet.management.schedulers.delete("arena")
        assert fleet.management.schedulers.delete("arena") == first

    @pytest.mark.parametrize(
        "definition", [DeleteScheduler(), CreateScheduler(scheduler=make.scheduler())]
    )
    def test_what_was_meant_for_an_earlier_scheduler_of_the_name_changes_nothing(
        self, fleet: FakeMaestro, definition: Definition
    ) -> None:
        earlier = make.scheduler(uid="of an earlier one")
        before = {room.id for room in fleet.rooms.all("arena")}

        fleet.enqueue(definition, earlier)
        fleet.settle()

        assert {room.id for room in fleet.rooms.all("arena")} == before
        assert fleet.statuses() == ["ready"] * 3
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC

    def test_it_waits_for_the_rooms_without_a_thread(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.holds_deletions = True
        operation = fleet.management.schedulers.delete("arena")
        assert fleet.worker().run_next("arena")
        assert not fleet.worker().run_next("arena")
        assert "Waiting for instances to be deleted: 3" in fleet.history(operation)
        assert fleet.operations.get("arena", operation).status is OperationStatus.IN_PROGRESS
        for room in fleet.rooms.all("arena"):
            fleet.fake_runtime.gone("arena", room.id)
        fleet.settle()
        assert fleet.operations.get("arena", operation).status is OperationStatus.FINISHED

    def test_no_room_is_added_meanwhile(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.holds_deletions = True
        fleet.management.schedulers.delete("arena")
        fleet.worker().run_next("arena")
        fleet.enqueue(HealthController())
        fleet.worker().run_next("arena")
        assert len(fleet.rooms.all("arena")) == 3
        assert list(fleet.operations.open_kinds("arena").values()) == ["delete_scheduler"]

    def test_a_new_scheduler_of_the_name_does_not_see_the_old_one(self, fleet: FakeMaestro) -> None:
        fleet.management.schedulers.delete("arena")
        fleet.settle()
        fleet.management.schedulers.create(make.scheduler())
        _, total = fleet.management.operations.page("arena", Stage.FINAL, descending=True)
        assert total == 0


class TestExecution:
    def test_an_unknown_kind_is_evicted(self, fleet: FakeMaestro) -> None:
        worker = fleet.worker()
        worker._executors = {}
        operation = fleet.enqueue(TestOperation())
        worker.run_next("arena")
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.EVICTED

    def test_a_defect_ends_the_operation_with_its_reason(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("ports_in_use", ValueError("oops"))  # type: ignore[arg-type]
        operation = fleet.enqueue(AddRooms(amount=1))
        fleet.worker().run_next("arena")
        assert "unexpected ValueError: oops" in fleet.history(operation.id)
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.ERROR

    def test_an_outage_is_waited_for_without_counting_an_attempt(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("ports_in_use", *[errors.Unavailable("away")] * 3)
        operation = fleet.enqueue(AddRooms(amount=1))
        for _ in range(4):
            fleet.worker().run_next("arena")
            fleet.fake_clock.advance(5)
        ended = fleet.operations.get("arena", operation.id)
        assert (ended.status, ended.attempt) == (OperationStatus.FINISHED, 1)
        assert len(fleet.rooms.all("arena")) == 4

    def test_an_outage_that_does_not_end_is_an_error(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("ports_in_use", *[errors.Unavailable("away")] * 100)
        operation = fleet.enqueue(AddRooms(amount=1))
        for _ in range(100):
            fleet.worker().run_next("arena")
            fleet.fake_clock.advance(5)
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.ERROR
        assert "away" in fleet.history(operation.id)

    def test_after_too_many_deaths_it_is_rolled_back(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(AddRooms(amount=1))
        for _ in range(3):
            assert fleet.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
            fleet.fake_clock.advance(16)
        fleet.worker().run_next("arena")
        assert "given up after 3 attempts" in fleet.history(operation.id)
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.ERROR

    def test_after_an_outage_of_the_store_nobody_is_taken_for_dead_too_soon(
        self, fleet: FakeMaestro
    ) -> None:
        # Given a worker that could not renew its lease, because nobody could
        operation = fleet.enqueue(AddRooms(amount=1))
        taken = fleet.operations.take("arena", worker="lives", lease_ttl_s=15, may_recover=True)
        assert taken
        fleet.fake_clock.advance(20)
        fleet.leases.store_was_away()
        # Then it gets one lease time to come back
        assert not fleet.worker().run_next("arena")
        assert fleet.operations.renew([taken.grant], lease_ttl_s=15) == [Renewal.OURS]
        fleet.fake_clock.advance(16)
        assert fleet.worker().run_next("arena")
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.FINISHED

    def test_a_stopping_worker_hands_back_what_it_runs(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(AddRooms(amount=1))
        worker = fleet.worker("stops")
        # Given a worker that is told to stop while it asks the runtime
        ask = fleet.fake_runtime.ports_in_use

        def stop_meanwhile() -> frozenset[tuple[str, int]]:
            worker.stop()
            return ask()

        fleet.fake_runtime.ports_in_use = stop_meanwhile  # type: ignore[method-assign]
        fleet.fake_runtime.fail_next("create_room", errors.RuntimeRefused("so that it checks"))
        worker.run_next("arena")
        assert not worker.run_next("arena")
        # Then another one finishes it, in the same attempt
        fleet.fake_runtime.ports_in_use = ask  # type: ignore[method-assign]
        fleet.worker().run_next("arena")
        ended = fleet.operations.get("arena", operation.id)
        assert (ended.status, ended.attempt) == (OperationStatus.FINISHED, 1)

    def test_what_does_not_end_before_its_worker_goes_on_elsewhere_at_once(
        self, fleet: FakeMaestro
    ) -> None:
        operation = fleet.enqueue(AddRooms(amount=1))
        ask = fleet.fake_runtime.ports_in_use

        def take_too_long() -> frozenset[tuple[str, int]]:
            fleet.fake_runtime.ports_in_use = ask  # type: ignore[method-assign]
            # When the time of the worker is over in the middle of a step
            assert fleet.leases.hand_back() == ["arena"]
            assert fleet.worker("second").run_next("arena")
            return ask()

        fleet.fake_runtime.ports_in_use = take_too_long  # type: ignore[method-assign]
        fleet.worker("stops").run_next("arena")
        # Then it ended once, in the same attempt
        ended = fleet.operations.get("arena", operation.id)
        assert (ended.status, ended.attempt) == (OperationStatus.FINISHED, 1)
        assert len(fleet.rooms.all("arena")) == 4

    def test_a_hint_that_reaches_a_stopping_worker_is_passed_on(self, fleet: FakeMaestro) -> None:
        worker = fleet.worker("stops")
        worker.stop()
        fleet.enqueue(TestOperation())
        sent = len(fleet.fake_hints.for_operations)
        worker.run_next("arena")
        assert fleet.fake_hints.for_operations[sent:] == ["arena"]

    def test_a_lease_that_ended_while_rooms_were_deleted_spares_the_rest(self) -> None:
        fleet = FakeMaestro()
        fleet.management.schedulers.create(make.scheduler(rooms_replicas=45))
        fleet.settle()
        fleet.enqueue(RemoveRooms(amount=45))
        delete = fleet.fake_runtime.delete_room

        def delete_slowly(*place: str, **options: Any) -> bool:
            fleet.fake_runtime.delete_room = delete  # type: ignore[method-assign]
            fleet.fake_clock.advance(16)
            return delete(*place, **options)

        fleet.fake_runtime.delete_room = delete_slowly  # type: ignore[method-assign]
        fleet.worker("slow").run_next("arena")
        assert len(fleet.fake_runtime.deletions) == 40
        # Then whoever comes next deletes them
        fleet.worker("second").run_next("arena")
        assert len({room for _, room, *_ in fleet.fake_runtime.deletions}) == 45

    def test_a_worker_that_lost_its_lease_changes_nothing(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(AddRooms(amount=1))
        ask = fleet.fake_runtime.ports_in_use

        def sleep_too_long() -> frozenset[tuple[str, int]]:
            fleet.fake_runtime.ports_in_use = ask  # type: ignore[method-assign]
            fleet.fake_clock.advance(16)
            fleet.worker("second").run_next("arena")
            return ask()

        fleet.fake_runtime.ports_in_use = sleep_too_long  # type: ignore[method-assign]
        fleet.worker("first").run_next("arena")
        assert len(fleet.rooms.all("arena")) == 4
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.FINISHED
        assert len(fleet.fake_runtime.list_rooms().instances) == 4

    def test_an_operation_that_takes_a_while_holds_no_lease(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(TestOperation(sleep_seconds=60))
        fleet.worker().run_next("arena")
        # Then what keeps the fleet alive runs meanwhile, and anything else waits
        waits = fleet.enqueue(TestOperation())
        fleet.enqueue(AddRooms(amount=1))
        assert fleet.worker().run_next("arena")
        assert not fleet.worker().run_next("arena")
        assert fleet.operations.get("arena", waits.id).status is OperationStatus.PENDING
        fleet.fake_clock.advance(61)
        fleet.settle()
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.FINISHED
        assert fleet.operations.get("arena", waits.id).status is OperationStatus.FINISHED


class TestSweep:
    def test_what_waits_is_hinted_when_its_hint_was_lost(self, fleet: FakeMaestro) -> None:
        fleet.enqueue(TestOperation())
        fleet.fake_hints.for_operations.clear()
        fleet.sweep.once()
        assert fleet.fake_hints.for_operations == []
        fleet.fake_clock.advance(6)
        fleet.sweep.once()
        assert fleet.fake_hints.for_operations == ["arena"]

    def test_it_goes_on_while_postgres_is_away(self, fleet: FakeMaestro) -> None:
        # Given a fleet of which nothing is open, so that only what was stored tells of it
        fleet.settle()
        fleet.sweep.once()

        def no_answer() -> Mapping[str, str]:
            raise errors.Unavailable("away")

        fleet.schedulers.uids = no_answer  # type: ignore[method-assign]
        assert fleet.sweep.once() == {"arena"}
        # And what waits in Redis is hinted all the same
        fleet.enqueue(TestOperation())
        fleet.fake_clock.advance(6)
        fleet.fake_hints.for_operations.clear()
        assert fleet.sweep.once() == {"arena"}
        assert fleet.fake_hints.for_operations == ["arena"]

    def test_names_that_nothing_is_left_of_are_forgotten(self, fleet: FakeMaestro) -> None:
        fleet.management.schedulers.delete("arena")
        fleet.settle()
        fleet.fake_clock.advance(SETTLED.total_seconds() + 1)
        fleet.sweep.once()
        assert fleet.operations.schedulers() == []
        assert fleet.sweep.once() == set()


class TestCaution:
    """Evidence before harm."""

    @pytest.fixture
    def ten(self) -> FakeMaestro:
        """Ten ready rooms."""
        maestro = FakeMaestro()
        maestro.management.schedulers.create(make.scheduler(rooms_replicas=10))
        maestro.settle()
        maestro.ping_all()
        return maestro

    def check(self, maestro: FakeMaestro) -> set[str]:
        """One health check; returns the rooms that go."""
        before = {room.id for room in maestro.rooms.all("arena")}
        maestro.enqueue(HealthController())
        maestro.settle(rounds=1)
        return before - {room.id for room in maestro.rooms.all("arena")}

    def fall_silent(self, maestro: FakeMaestro, amount: int, seconds: float = 241) -> list[str]:
        """Let some rooms be silent while the others ping on."""
        silent = [room.id for room in maestro.rooms.all("arena")][:amount]
        maestro.pass_time(seconds)
        for room in maestro.rooms.all("arena"):
            if room.id not in silent:
                maestro.ping(room.id)
        return silent

    def test_only_a_share_of_a_fleet_expires_at_once(self, ten: FakeMaestro) -> None:
        silent = self.fall_silent(ten, 4)
        first = self.check(ten)
        assert len(first) == 2
        assert first < set(silent)
        # However often it is checked because rooms come and go
        assert self.check(ten) == set()
        ten.pass_time(16)
        assert first | self.check(ten) == set(silent)

    def test_a_wave_of_silence_expires_nobody_and_says_so(self, ten: FakeMaestro) -> None:
        self.fall_silent(ten, 8)
        assert self.check(ten) == set()
        info = ten.management.schedulers.info()[0]
        assert info.frozen_reason == "8 of 10 rooms are silent at once; none of them expires"
        # When they are heard again it is over
        ten.ping_all()
        assert self.check(ten) == set()
        assert ten.management.schedulers.info()[0].frozen_reason is None

    def test_a_wave_that_lasts_is_believed_a_few_rooms_at_a_time(self, ten: FakeMaestro) -> None:
        silent = self.fall_silent(ten, 8)
        assert self.check(ten) == set()
        ten.pass_time(601)
        for room in ten.rooms.all("arena"):
            if room.id not in silent:
                ten.ping(room.id)
        assert len(self.check(ten)) == 2

    def test_our_own_outage_counts_for_nobody(self, ten: FakeMaestro) -> None:
        # Given that no ping could be accepted for long
        ten.fake_clock.advance(1000)
        assert self.check(ten) == set()
        # And later that it ended just now
        ten.rooms.accepting()
        ten.pass_time(200)
        assert self.check(ten) == set()
        # Then silence counts from there
        self.fall_silent(ten, 2, seconds=50)
        assert len(self.check(ten)) == 2

    def test_a_match_needs_more_evidence_than_one_check(self, ten: FakeMaestro) -> None:
        playing = ten.rooms.all("arena")[0].id
        ten.ping(playing, make.ping(PingStatus.OCCUPIED))
        self.fall_silent(ten, 1)
        assert self.check(ten) == set()
        # Two checks at once are one piece of evidence
        assert self.check(ten) == set()
        ten.pass_time(16)
        assert self.check(ten) == set()
        ten.pass_time(16)
        assert self.check(ten) == {playing}

    def test_one_ping_undoes_all_evidence(self, ten: FakeMaestro) -> None:
        playing = ten.rooms.all("arena")[0].id
        ten.ping(playing, make.ping(PingStatus.OCCUPIED))
        self.fall_silent(ten, 1)
        for _ in range(2):
            assert self.check(ten) == set()
            ten.pass_time(16)
        ten.ping(playing, make.ping(PingStatus.OCCUPIED))
        assert self.check(ten) == set()
        self.fall_silent(ten, 1)
        assert self.check(ten) == set()

    def test_a_match_goes_on_while_the_runtime_doubts_that_its_room_works(
        self, ten: FakeMaestro
    ) -> None:
        # Given a match on a machine of which the runtime hears nothing for a while
        playing, doubted, *_ = (room.id for room in ten.rooms.all("arena"))
        ten.ping(playing, make.ping(PingStatus.OCCUPIED))
        for room in (playing, doubted):
            ten.fake_runtime.holds_starts = True
            ten.fake_runtime.set_status("arena", room, InstanceStatus.PENDING, "not ready")
        ten.look()
        assert ten.rooms.get("arena", playing).status is RoomStatus.PENDING

        # Then it is no room that never started, as long as it is heard
        ten.pass_time(301)
        ten.ping_all()
        ten.ping(playing, make.ping(PingStatus.OCCUPIED))
        assert self.check(ten) == set()

        # And none that a fleet can do without
        ten.enqueue(RemoveRooms(amount=10))
        ten.worker().run_next("arena")
        ten.look()
        assert [room.id for room in ten.rooms.all("arena")] == [playing]

    def test_a_room_heard_just_before_its_removal_is_spared(self, ten: FakeMaestro) -> None:
        silent = self.fall_silent(ten, 1)[0]
        ten.enqueue(HealthController())
        ten.worker().run_next("arena")
        assert "remove_rooms" in ten.operations.open_kinds("arena").values()
        ten.ping(silent, make.ping(PingStatus.OCCUPIED))
        ten.settle()
        assert ten.rooms.get("arena", silent).status is RoomStatus.OCCUPIED


class TestCrashLoop:
    @pytest.fixture
    def broken(self) -> FakeMaestro:
        """A fleet whose rooms all crash."""
        maestro = FakeMaestro(crash_loop_crashes=5)
        maestro.management.schedulers.create(make.scheduler(rooms_replicas=2))
        maestro.settle(rounds=1)
        for _ in range(6):
            for room in maestro.rooms.all("arena"):
                maestro.fake_runtime.set_status("arena", room.id, InstanceStatus.ERROR, "exit 1")
            maestro.look()
            maestro.enqueue(HealthController())
            maestro.settle(rounds=2)
        return maestro

    def test_a_version_that_crashes_on_is_created_no_more_and_says_why(
        self, broken: FakeMaestro
    ) -> None:
        assert broken.rooms.all("arena") == []
        info = broken.management.schedulers.info()[0]
        assert info.crash_loop_reason is not None
        assert info.crash_loop_reason.startswith("version v1.0.0 is in a crash loop: ")
        histories = [broken.history(each.id) for each in final(broken, "health_controller")]
        assert sum(info.crash_loop_reason in history for history in histories) == 1

    def test_time_alone_does_not_mend_it_but_a_resume_does(self, broken: FakeMaestro) -> None:
        broken.pass_time(2000)
        broken.enqueue(HealthController())
        broken.settle()
        assert broken.rooms.all("arena") == []
        broken.management.schedulers.resume("arena")
        broken.settle()
        assert len(broken.rooms.all("arena")) == 2
        assert broken.management.schedulers.info()[0].crash_loop_reason is None


class TestPause:
    def test_a_paused_fleet_is_left_alone_until_it_is_resumed(self, fleet: FakeMaestro) -> None:
        fleet.management.schedulers.pause("arena")
        lost = fleet.rooms.all("arena")[0].id
        fleet.fake_runtime.set_status("arena", lost, InstanceStatus.ERROR)
        fleet.look()
        fleet.settle()
        assert fleet.statuses() == ["error", "ready", "ready"]
        assert fleet.management.schedulers.info()[0].scheduler.paused
        # But manual operations and pings go on
        fleet.enqueue(AddRooms(amount=1))
        fleet.settle()
        fleet.ping_all()
        assert fleet.statuses() == ["error", "ready", "ready", "ready"]
        fleet.management.schedulers.resume("arena")
        fleet.settle()
        assert fleet.statuses() == ["ready"] * 3

    def test_all_fleets_can_be_paused_at_once(self, fleet: FakeMaestro) -> None:
        fleet.management.schedulers.pause(None)
        fleet.management.schedulers.create(make.scheduler(name="second"))
        fleet.settle("second")
        assert fleet.rooms.all("second") == []
        fleet.management.schedulers.resume(None)
        fleet.settle("second")
        assert len(fleet.rooms.all("second")) == 3

    def test_an_unknown_scheduler_cannot_be_paused(self, fleet: FakeMaestro) -> None:
        with pytest.raises(errors.NotFound):
            fleet.management.schedulers.pause("nobody")
