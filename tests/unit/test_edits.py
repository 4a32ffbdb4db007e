"""Versions of a fleet from the request to the switch, on fakes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from maestro import errors
from maestro.domain.operations import (
    AddRooms,
    CreateNewSchedulerVersion,
    HealthController,
    Operation,
    OperationStatus,
    SwitchActiveVersion,
)
from maestro.domain.patches import ContainerPatch, SchedulerPatch, SpecPatch
from maestro.domain.rooms import InstanceStatus, PingStatus, Room
from maestro.domain.schedulers import PortRange, SchedulerState
from maestro.ports.storage import Stage
from maestro.services.sweep import SURELY_ANSWERED_S
from tests import make
from tests.fakes.maestro import FakeMaestro

MINOR = SchedulerPatch(max_surge="2")
MAJOR = SchedulerPatch(spec=SpecPatch(containers=(ContainerPatch(image="arena:2"),)))
VALIDATION_S = 120


@pytest.fixture
def maestro() -> FakeMaestro:
    return FakeMaestro()


@pytest.fixture
def fleet(maestro: FakeMaestro) -> FakeMaestro:
    """Three ready rooms of v1.0.0."""
    return with_rooms(maestro)


def with_rooms(maestro: FakeMaestro, **changes: Any) -> FakeMaestro:
    maestro.management.schedulers.create(make.scheduler(**changes))
    maestro.settle()
    maestro.ping_all()
    maestro.settle()
    return maestro


def work(maestro: FakeMaestro) -> None:
    """Have everything done that can be done now, rooms seen included."""
    worker = maestro.worker()
    for _ in range(5):
        while worker.run_next("arena"):
            pass
        maestro.look()


def validation_rooms(maestro: FakeMaestro) -> list[Room]:
    return [room for room in maestro.rooms.all("arena") if room.is_validation]


def validated(maestro: FakeMaestro) -> str:
    """The id of the room that validates now."""
    (room,) = validation_rooms(maestro)
    return room.id


def status(maestro: FakeMaestro, operation: str) -> OperationStatus:
    return maestro.operations.get("arena", operation).status


def ended(maestro: FakeMaestro, kind: str) -> list[Operation]:
    found, _ = maestro.operations.page("arena", Stage.FINAL, descending=True, limit=1000)
    return [each for each in found if kind == each.definition.NAME]


def versions(maestro: FakeMaestro) -> list[str]:
    return [each.version for each in maestro.schedulers.versions("arena")]


def is_as_before(maestro: FakeMaestro) -> bool:
    """The old version is active and in sync; of the new one there is neither room nor row."""
    active = maestro.schedulers.get("arena")
    assert (active.version, active.state) == ("v1.0.0", SchedulerState.IN_SYNC)
    assert versions(maestro) == ["v1.0.0"]
    assert validation_rooms(maestro) == []
    assert maestro.schedulers.opened() == []
    assert {each.version for each in maestro.fake_runtime.list_rooms().instances} == {"v1.0.0"}
    with maestro.world.fleet("arena") as stored:
        holders = {room for room, _ in stored.ports.values()}
    assert holders == {room.id for room in maestro.rooms.all("arena")}
    return maestro.statuses() == ["ready"] * 3


class TestMinorVersions:
    def test_it_becomes_active_without_validation_and_rooms_stay(self, fleet: FakeMaestro) -> None:
        rooms = fleet.rooms.all("arena")

        operation = fleet.management.edits.patch("arena", MINOR)
        fleet.settle()

        active = fleet.schedulers.get("arena")
        assert (active.version, active.state) == ("v1.1.0", SchedulerState.IN_SYNC)
        assert (active.max_surge, active.rollback_version) == ("2", "v1.0.0")
        assert versions(fleet) == ["v1.1.0", "v1.0.0"]
        assert fleet.rooms.all("arena") == rooms
        assert fleet.schedulers.opened() == []
        (switch,) = ended(fleet, SwitchActiveVersion.NAME)
        assert fleet.history(operation) == [
            "Created",
            "Starting operation",
            f"enqueued switch active version operation with id: {switch.id}",
            "Operation finished",
        ]
        assert fleet.history(switch.id) == ["Created", "Starting operation", "Operation finished"]

    def test_more_rooms_follow_at_once(self, fleet: FakeMaestro) -> None:
        fleet.management.edits.patch("arena", SchedulerPatch(rooms_replicas=5))
        fleet.settle()
        assert len(fleet.rooms.all("arena")) == 5
        assert {room.version for room in fleet.rooms.all("arena")} == {"v1.0.0", "v1.1.0"}

    def test_what_pings_need_to_know_follows(self, fleet: FakeMaestro) -> None:
        allocation = make.scheduler().match_allocation
        patch = SchedulerPatch(match_allocation=dataclasses.replace(allocation, max_matches=3))
        fleet.management.edits.patch("arena", patch)
        fleet.settle()
        room = fleet.rooms.all("arena")[0].id
        fleet.ping(room, make.ping(PingStatus.OCCUPIED, running_matches=1))
        assert fleet.rooms.get("arena", room).status == "active"

    def test_the_scheduler_posted_back_is_a_minor_version(self, fleet: FakeMaestro) -> None:
        fleet.management.edits.new_version(fleet.schedulers.get("arena"))
        fleet.settle()
        assert versions(fleet) == ["v1.1.0", "v1.0.0"]

    def test_an_edit_of_an_older_version_gets_the_next_free_number(
        self, fleet: FakeMaestro
    ) -> None:
        for _ in range(2):
            fleet.management.edits.patch("arena", MINOR)
            fleet.settle()
        fleet.management.edits.switch("arena", "v1.0.0")
        fleet.settle()
        fleet.management.edits.patch("arena", SchedulerPatch(max_surge="3"))
        fleet.settle()
        assert fleet.schedulers.get("arena").version == "v1.3.0"
        assert fleet.schedulers.get("arena").rollback_version == "v1.0.0"

    def test_it_may_be_asked_for_while_the_scheduler_is_being_created(
        self, maestro: FakeMaestro
    ) -> None:
        maestro.management.schedulers.create(make.scheduler())
        maestro.management.edits.patch("arena", MINOR)
        maestro.settle()
        active = maestro.schedulers.get("arena")
        assert (active.version, active.state) == ("v1.1.0", SchedulerState.IN_SYNC)


class TestMajorVersions:
    def test_a_room_has_to_get_ready_first(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        work(fleet)

        # While it is awaited the old version is active, and the fleet as it was
        room = validated(fleet)
        shown = fleet.schedulers.get("arena")
        assert (shown.version, shown.state) == ("v1.0.0", SchedulerState.CREATING)
        assert fleet.rooms.get("arena", room).version == "v2.0.0"
        assert fleet.rooms.counts(["arena"])[0].total == 3
        assert not fleet.worker().run_next("arena")

        # When it is ready
        fleet.ping(room)
        work(fleet)

        # Then it goes, and the version is active
        assert room not in {each.id for each in fleet.rooms.all("arena")}
        assert (room, 10, "new_version_validation_finished") in {
            deletion[1:] for deletion in fleet.fake_runtime.deletions
        }
        assert fleet.schedulers.get("arena").version == "v2.0.0"
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
        (switch,) = ended(fleet, SwitchActiveVersion.NAME)
        assert fleet.history(operation) == [
            "Created",
            "Starting operation",
            "Major version detected, starting game room validation process...",
            "1º Attempt: Game room validation success!",
            f"enqueued switch active version operation with id: {switch.id}",
            "Operation finished",
        ]

    def test_a_room_that_never_gets_ready_leaves_everything_as_it_was(
        self, fleet: FakeMaestro
    ) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        rooms = []
        for _ in range(3):
            work(fleet)
            rooms.append(validated(fleet))
            fleet.pass_time(VALIDATION_S)
            fleet.look()
            for room in fleet.rooms.all("arena"):
                if not room.is_validation:
                    fleet.ping(room.id)
            work(fleet)
            fleet.fake_clock.advance(1)
        work(fleet)

        assert status(fleet, operation) is OperationStatus.ERROR
        assert len(set(rooms)) == 3
        assert is_as_before(fleet)
        assert fleet.history(operation) == [
            "Created",
            "Starting operation",
            "Major version detected, starting game room validation process...",
            *[
                f"{number}º Attempt: Got timeout waiting for the GRU with ID: {room} to be ready. "
                "You can check if\n\t\tthe GRU image is stable on its logs."
                for number, room in enumerate(rooms, 1)
            ],
            "All validation attempts have failed, operation aborted!",
            "operation execution failed",
            "Starting operation rollback",
            "Operation rollback flow execution finished with success",
            "Operation finished",
        ]

    def test_a_room_that_crashes_is_not_waited_for(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        room = validated(fleet)
        fleet.fake_runtime.set_status("arena", room, InstanceStatus.ERROR, "exit code 1")
        work(fleet)
        assert (
            f"1º Attempt: The room created for validation with ID {room} is entering in error "
            "state. You can check if\n\t\tthe GRU image is stable on its logs using the provided "
            'room id. Last event in the game room: "exit code 1"'
        ) in fleet.history(operation)
        # And the second attempt may succeed
        fleet.fake_clock.advance(1)
        work(fleet)
        assert validated(fleet) != room
        fleet.ping(validated(fleet))
        work(fleet)
        assert fleet.schedulers.get("arena").version == "v2.0.0"

    @pytest.mark.parametrize("end", [InstanceStatus.TERMINATING, None])
    def test_a_room_that_ends_is_not_waited_for_either(
        self, fleet: FakeMaestro, end: InstanceStatus | None
    ) -> None:
        operation = fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        room = validated(fleet)
        fleet.fake_clock.advance(1)
        if end:
            fleet.fake_runtime.set_status("arena", room, end, "Completed")
        else:
            fleet.fake_runtime.gone("arena", room)
        work(fleet)
        assert any(f"with ID {room} is entering" in line for line in fleet.history(operation))

    def test_what_the_runtime_refuses_is_tried_again_and_told(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.fail_next("create_room", errors.RuntimeRefused("no space left"))
        operation = fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        assert (
            "1º Attempt: Unexpected Error, contact the Maestro's responsible team for helping: "
            '"no space left"'
        ) in fleet.history(operation)
        fleet.fake_clock.advance(1)
        work(fleet)
        fleet.ping(validated(fleet))
        work(fleet)
        assert fleet.schedulers.get("arena").version == "v2.0.0"

    def test_without_a_free_port_it_fails_and_says_so(self, maestro: FakeMaestro) -> None:
        with_rooms(maestro, port_range=PortRange(start=5000, end=5002))
        operation = maestro.management.edits.patch("arena", MAJOR)
        for _ in range(4):
            work(maestro)
            maestro.fake_clock.advance(1)
        assert status(maestro, operation) is OperationStatus.ERROR
        shortage = "not enough ports to allocate: need 1, free 0 in 5000-5002"
        assert any(f'"{shortage}"' in line for line in maestro.history(operation))
        assert is_as_before(maestro)

    @pytest.mark.parametrize("accepts", [False, True])
    def test_whether_an_occupied_room_is_good_enough_is_a_setting(self, accepts: bool) -> None:
        fleet = with_rooms(FakeMaestro(room_validation_accept_occupied=accepts))
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        fleet.ping(validated(fleet), make.ping(PingStatus.OCCUPIED))
        work(fleet)
        assert (fleet.schedulers.get("arena").version == "v2.0.0") == accepts

    def test_the_fleet_keeps_its_rooms_and_gets_new_ones_meanwhile(
        self, fleet: FakeMaestro
    ) -> None:
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        lost = next(room.id for room in fleet.rooms.all("arena") if not room.is_validation)
        fleet.fake_runtime.set_status("arena", lost, InstanceStatus.ERROR)
        work(fleet)
        fleet.sweep.once()
        work(fleet)
        rooms = [room for room in fleet.rooms.all("arena") if not room.is_validation]
        assert len(rooms) == 3
        assert lost not in {room.id for room in rooms}
        assert {room.version for room in rooms} == {"v1.0.0"}

    def test_in_a_busy_fleet_others_get_their_turn(self, fleet: FakeMaestro) -> None:
        # Given rooms that change all the time
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        room = next(room.id for room in fleet.rooms.all("arena") if not room.is_validation)

        def change() -> None:
            was_ready = fleet.rooms.get("arena", room).status == "ready"
            fleet.ping(room, make.ping(PingStatus.OCCUPIED if was_ready else PingStatus.READY))

        # When they wake the operation again and again
        for _ in range(30):
            change()
            if not fleet.worker().run_next("arena"):
                break
        # Then it lets others go first, and comes back
        change()
        operation = fleet.enqueue(AddRooms(amount=1))
        assert fleet.worker().run_next("arena")
        assert status(fleet, operation.id) is OperationStatus.FINISHED
        fleet.ping(validated(fleet))
        fleet.fake_clock.advance(1)
        work(fleet)
        assert fleet.schedulers.get("arena").version == "v2.0.0"

    def test_crashes_of_validation_rooms_are_no_crash_loop(self) -> None:
        fleet = with_rooms(FakeMaestro(crash_loop_crashes=1))
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        room = validated(fleet)
        fleet.fake_runtime.set_status("arena", room, InstanceStatus.ERROR, "exit code 1")
        work(fleet)
        fleet.enqueue(HealthController())
        work(fleet)
        assert fleet.management.schedulers.info()[0].crash_loop_reason is None

    def test_a_room_in_validation_is_never_allocated(self, fleet: FakeMaestro) -> None:
        fleet.management.edits.patch("arena", MAJOR)
        fleet.worker().run_next("arena")
        fleet.worker().run_next("arena")
        fleet.look()
        fleet.ping(validated(fleet))
        given = {fleet.room_services.allocations.allocate("arena").id for _ in range(3)}
        assert validated(fleet) not in given
        with pytest.raises(errors.NoReadyRoom):
            fleet.room_services.allocations.allocate("arena")


class TestLeftBehind:
    def test_a_room_of_an_operation_that_is_over_is_removed(self, fleet: FakeMaestro) -> None:
        # Given a validation room of an operation that nobody knows any more
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        room = validated(fleet)
        fleet.ping(room)
        with fleet.world.fleet("arena") as stored:
            operation = stored.rooms[room].room.operation
            stored.operations.pop(operation)
            stored.parked.clear()
        # When the fleet is checked
        fleet.enqueue(HealthController())
        work(fleet)
        # Then it goes, whatever it says of itself
        assert validation_rooms(fleet) == []
        assert len(fleet.rooms.all("arena")) == 3

    def test_a_room_that_is_still_needed_stays(self, fleet: FakeMaestro) -> None:
        fleet.management.edits.patch("arena", MAJOR)
        work(fleet)
        fleet.enqueue(HealthController())
        work(fleet)
        assert len(validation_rooms(fleet)) == 1


class TestSwitching:
    @pytest.fixture
    def two(self, fleet: FakeMaestro) -> FakeMaestro:
        """Two versions, of which the second is active."""
        patch = dataclasses.replace(MINOR, rooms_replicas=3)
        fleet.management.edits.patch("arena", patch)
        fleet.settle()
        return fleet

    def test_an_older_version_becomes_active_again(self, two: FakeMaestro) -> None:
        operation = two.management.edits.switch("arena", "v1.0.0")
        assert two.operations.get("arena", operation).definition == SwitchActiveVersion(
            new_active_version="v1.0.0"
        )
        two.settle()
        active = two.schedulers.get("arena")
        assert (active.version, active.state) == ("v1.0.0", SchedulerState.IN_SYNC)
        assert active.max_surge == "25%"
        assert two.schedulers.opened() == []

    def test_asked_twice_by_a_worker_that_died_it_is_the_same(self, two: FakeMaestro) -> None:
        two.management.edits.switch("arena", "v1.0.0")
        for _ in range(2):
            assert two.operations.take("arena", worker="dies", lease_ttl_s=15, may_recover=True)
            two.fake_clock.advance(16)
        two.settle()
        assert two.schedulers.get("arena").version == "v1.0.0"

    def test_a_version_that_is_not_there_is_an_error(self, two: FakeMaestro) -> None:
        operation = two.enqueue(SwitchActiveVersion(new_active_version="v9.0.0"))
        two.settle()
        assert status(two, operation.id) is OperationStatus.ERROR
        text = "error fetching scheduler version to be switched to: scheduler arena not found"
        assert text in two.history(operation.id)
        assert two.schedulers.get("arena").version == "v1.1.0"


class TestRefusals:
    def test_an_unknown_scheduler(self, maestro: FakeMaestro) -> None:
        edits = maestro.management.edits
        text = (
            "no scheduler found, can not create new version for inexistent scheduler: "
            "scheduler arena not found"
        )
        with pytest.raises(errors.NotFound) as refusal:
            edits.new_version(make.scheduler())
        assert str(refusal.value) == text
        with pytest.raises(errors.NotFound) as refusal:
            edits.patch("arena", MINOR)
        assert str(refusal.value) == text
        with pytest.raises(errors.NotFound) as refusal:
            edits.switch("arena", "v1.0.0")
        assert str(refusal.value) == "scheduler arena not found"

    def test_what_is_not_acceptable_names_its_fields(self, fleet: FakeMaestro) -> None:
        with pytest.raises(errors.InvalidInput) as refusal:
            fleet.management.edits.new_version(make.scheduler(max_surge="", game=""))
        assert str(refusal.value) == (
            "Validation Error:\ngame: is a required field\nmaxSurge: is a required field"
        )
        with pytest.raises(errors.InvalidInput) as refusal:
            fleet.management.edits.patch("arena", SchedulerPatch(max_surge=""))
        assert str(refusal.value) == ("invalid patched scheduler: \nmaxSurge: is a required field")
        assert [each.field for each in refusal.value.violations] == ["maxSurge"]
        assert fleet.schedulers.opened() == []

    def test_what_the_runtime_cannot_run_is_refused(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.refused = [errors.Violation(field="spec", description="no")]
        with pytest.raises(errors.InvalidInput):
            fleet.management.edits.patch("arena", MINOR)

    def test_a_second_edit_names_the_first(self, fleet: FakeMaestro) -> None:
        edits = fleet.management.edits
        first = edits.patch("arena", MINOR)
        text = f"there is already an ongoing version operation (id: {first}) for scheduler arena"
        others: dict[str, Callable[[], str]] = {
            "cannot create new scheduler version": lambda: edits.new_version(make.scheduler()),
            "cannot patch scheduler": lambda: edits.patch("arena", SchedulerPatch(max_surge="")),
            "cannot switch active version": lambda: edits.switch("arena", "v9.0.0"),
        }
        for prefix, edit in others.items():
            with pytest.raises(errors.EditInProgress) as refusal:
                edit()
            assert str(refusal.value) == f"{prefix}: {text}"
        assert [each.id for each in fleet.schedulers.opened()] == [first]

    def test_while_the_switch_waits_nothing_else_edits(self, fleet: FakeMaestro) -> None:
        fleet.management.edits.patch("arena", MINOR)
        fleet.worker().run_next("arena")
        (waiting,) = [
            operation
            for operation, kind in fleet.operations.open_kinds("arena").items()
            if kind == SwitchActiveVersion.NAME
        ]
        with pytest.raises(errors.EditInProgress, match=waiting):
            fleet.management.edits.patch("arena", MINOR)

    def test_an_edit_refused_by_the_queue_leaves_no_promise(self, fleet: FakeMaestro) -> None:
        # Given an edit that the queue knows of, but no promise
        switch = SwitchActiveVersion(new_active_version="v1.0.0")
        other = fleet.enqueue(switch, fleet.schedulers.get("arena"))
        with pytest.raises(errors.EditInProgress, match=other.id):
            fleet.management.edits.patch("arena", MINOR)
        assert fleet.schedulers.opened() == []

    def test_a_scheduler_that_is_being_deleted_is_not_edited(self, fleet: FakeMaestro) -> None:
        fleet.management.schedulers.delete("arena")
        with pytest.raises(errors.EditInProgress, match="scheduler arena is being deleted"):
            fleet.management.edits.patch("arena", MINOR)


class TestPromises:
    def test_an_edit_that_redis_never_heard_of_is_enqueued_by_the_sweep(
        self, fleet: FakeMaestro
    ) -> None:
        operation = self.promised(fleet)
        # Not at once, because whoever promised it may be about to do so
        fleet.sweep.once()
        assert fleet.operations.knows("arena", [operation.id]) == [False]
        with pytest.raises(errors.EditInProgress, match=operation.id):
            fleet.management.edits.patch("arena", MINOR)
        fleet.fake_clock.advance(SURELY_ANSWERED_S + 1)
        fleet.settle()
        assert status(fleet, operation.id) is OperationStatus.FINISHED
        assert versions(fleet) == ["v1.1.0", "v1.0.0"]

    def test_the_sweep_waits_for_another_edit_to_end(self, fleet: FakeMaestro) -> None:
        switch = SwitchActiveVersion(new_active_version="v1.0.0")
        other = fleet.enqueue(switch, fleet.schedulers.get("arena"))
        operation = self.promised(fleet)
        fleet.fake_clock.advance(SURELY_ANSWERED_S + 1)
        fleet.sweep.once()
        assert fleet.operations.knows("arena", [operation.id]) == [False]
        fleet.worker().run_next("arena")
        fleet.settle()
        assert status(fleet, other.id) is OperationStatus.FINISHED
        assert status(fleet, operation.id) is OperationStatus.FINISHED

    def test_a_promise_of_what_ended_stands_in_nobodys_way(self, fleet: FakeMaestro) -> None:
        operation = self.promised(fleet)
        fleet.dispatch.enqueue(operation)
        # Given that it was cancelled by somebody who died before closing the promise
        fleet.operations.cancel("arena", operation.id)
        fleet.management.edits.patch("arena", SchedulerPatch(max_surge="7"))
        fleet.settle()
        assert fleet.schedulers.get("arena").max_surge == "7"
        assert fleet.schedulers.opened() == []

    def test_a_promise_of_what_ended_is_closed_by_the_sweep(self, fleet: FakeMaestro) -> None:
        operation = self.promised(fleet)
        fleet.dispatch.enqueue(operation)
        fleet.operations.cancel("arena", operation.id)
        fleet.sweep.once()
        assert fleet.schedulers.opened() == []
        assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC

    def test_an_edit_based_on_another_version_than_the_active_one_is_refused(
        self, fleet: FakeMaestro
    ) -> None:
        load = fleet.schedulers.get

        def load_and_be_late(name: str, *, version: str | None = None) -> Any:
            found = load(name, version=version)
            fleet.schedulers.get = load  # type: ignore[method-assign]
            fleet.management.edits.patch("arena", MINOR)
            fleet.settle()
            return found

        fleet.schedulers.get = load_and_be_late  # type: ignore[method-assign]
        with pytest.raises(errors.EditInProgress, match=r"version v1\.1\.0 of arena became active"):
            fleet.management.edits.patch("arena", SchedulerPatch(max_surge="9"))
        assert fleet.schedulers.opened() == []

    def promised(self, fleet: FakeMaestro) -> Operation:
        """An edit of which only the promise was made."""
        active = fleet.schedulers.get("arena")
        definition = CreateNewSchedulerVersion(scheduler=active)
        operation = fleet.dispatch.new("arena", active.uid, definition)
        return fleet.schedulers.open_edit("arena", operation)
