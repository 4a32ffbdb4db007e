"""What every RoomStore promises: what rooms and the runtime said, and the status that follows."""

import itertools
from collections.abc import Callable, Iterator

import pytest
import redis

from maestro import errors
from maestro.domain import schedulers
from maestro.domain.operations import EventText, OperationStatus, RemoveRooms, TestOperation
from maestro.domain.rooms import InstanceStatus, PingStatus, RoomStatus
from maestro.ports import storage
from maestro.ports.storage import Grant
from tests import make
from tests.contract.conftest import WITH_LEAN, Stores, in_redis
from tests.round_trips import CountingConnection

REMOVABLE = (RoomStatus.ERROR, RoomStatus.UNREADY, RoomStatus.PENDING, RoomStatus.READY)

#: What the room said last, what the runtime said last, what the room is then (contract 4.2).
COMPOSITION = [
    ("unknown", "unknown", "pending"),
    ("unknown", "pending", "pending"),
    ("unknown", "ready", "unready"),
    ("unknown", "terminating", "terminating"),
    ("unknown", "error", "error"),
    ("ready", "unknown", "pending"),
    ("ready", "pending", "pending"),
    ("ready", "ready", "ready"),
    ("ready", "terminating", "terminating"),
    ("ready", "error", "error"),
    ("occupied", "unknown", "pending"),
    ("occupied", "pending", "pending"),
    ("occupied", "ready", "occupied"),
    ("occupied", "terminating", "terminating"),
    ("occupied", "error", "error"),
    ("terminating", "unknown", "terminating"),
    ("terminating", "pending", "terminating"),
    ("terminating", "ready", "terminating"),
    ("terminating", "terminating", "terminating"),
    ("terminating", "error", "error"),
    ("terminated", "unknown", "terminated"),
    ("terminated", "pending", "terminated"),
    ("terminated", "ready", "terminated"),
    ("terminated", "terminating", "terminated"),
    ("terminated", "error", "error"),
]


def hosting(max_matches: int) -> schedulers.Scheduler:
    """The scheduler of rooms that host so many matches at once."""
    allocation = schedulers.MatchAllocation(max_matches=max_matches)
    return make.scheduler(match_allocation=allocation)


def register(stores: Stores, grant: Grant, *rooms: str, **changes: object) -> None:
    stores.rooms.register(grant, [make.new_room(id=room, **changes) for room in rooms])


def runtime_says(
    stores: Stores, room: str, status: InstanceStatus, *, version: int = 10
) -> storage.Applied:
    """Let the watcher learn what became of a room's instance."""
    instance = make.instance(
        room=room, uid=f"uid-of-{room}", status=status, resource_version=str(version)
    )
    stores.changes.push([make.change(instance)])
    return stores.changes.apply("arena", limit=100)


def says(stores: Stores, room: str, status: str, matches: int = 0) -> storage.PingOutcome:
    ping = make.ping(PingStatus(status), running_matches=matches)
    return stores.rooms.ping("arena", room, ping)


def become(stores: Stores, room: str, status: RoomStatus) -> None:
    """Let a registered room get into a status, by what it and the runtime say."""
    if status is RoomStatus.ACTIVE:
        stores.rooms.configure(hosting(3))
    if status is not RoomStatus.PENDING:
        instance = InstanceStatus.ERROR if status is RoomStatus.ERROR else InstanceStatus.READY
        runtime_says(stores, room, instance)
    spoken = {
        RoomStatus.READY: ("ready", 0),
        RoomStatus.OCCUPIED: ("occupied", 3),
        RoomStatus.ACTIVE: ("occupied", 1),
        RoomStatus.TERMINATING: ("terminating", 0),
        RoomStatus.TERMINATED: ("terminated", 0),
    }
    if status in spoken:
        says(stores, room, *spoken[status])
    assert status_of(stores, room) == status


def status_of(stores: Stores, room: str = "arena-1") -> RoomStatus:
    return stores.rooms.get("arena", room).status


def ids(stores: Stores) -> list[str]:
    return [room.id for room in stores.rooms.all("arena")]


def counted(stores: Stores, scheduler: str = "arena") -> dict[str, int]:
    """How many rooms there are of each status of which there is one."""
    (counts,) = stores.rooms.counts([scheduler])
    return {str(status): counts[status] for status in RoomStatus if counts[status]}


def fleet(stores: Stores, scheduler: str = "arena") -> storage.Fleet:
    """What a health check reads."""
    return stores.rooms.fleet(scheduler, crashes_since=make.NOW)


class TestSettings:
    def test_only_configured_schedulers_are_configured(self, stores: Stores) -> None:
        assert stores.rooms.configured(["arena", "other"]) == [True, False]
        assert stores.rooms.configured([]) == []

    def test_what_is_written_is_not_overwritten_by_what_was_thought_missing(
        self, stores: Stores
    ) -> None:
        # Given a version that was switched to after somebody found the fleet forgotten
        stores.rooms.configure(make.in_version("v2.0.0"))
        stores.rooms.configure(make.in_version("v1.0.0"), only_if_missing=True)
        assert fleet(stores).rebuilt_at is None
        assert stores.rooms.configured(["arena"]) == [True]

    def test_a_fleet_that_was_forgotten_tells_when_it_was_found_so(self, stores: Stores) -> None:
        before = stores.now()
        stores.rooms.configure(make.scheduler(name="lost"), only_if_missing=True)
        rebuilt_at = fleet(stores, "lost").rebuilt_at
        assert rebuilt_at
        assert before <= rebuilt_at <= stores.now()

    def test_an_operation_configures_only_while_its_lease_is_its_own(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)
        stores.rooms.configure(hosting(3), grant=grant)
        assert says(stores, "arena-1", "occupied", matches=1).status == "active"

        stores.lose(grant)
        with pytest.raises(errors.LeaseLost):
            stores.rooms.configure(hosting(1), grant=grant)

        assert says(stores, "arena-1", "occupied", matches=2).status == "active"

    def test_what_pings_need_to_know_may_change(self, stores: Stores, grant: Grant) -> None:
        stores.rooms.configure(hosting(5))
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)
        says(stores, "arena-1", "occupied", matches=2)
        assert status_of(stores) == "active"

        stores.rooms.configure(hosting(2))
        says(stores, "arena-1", "occupied", matches=2)

        assert status_of(stores) == "occupied"


class TestRegister:
    def test_a_room_about_to_be_created_is_pending(self, stores: Stores, grant: Grant) -> None:
        before = stores.now()
        new = make.new_room(id="arena-7", version="v3.0.0", operation=grant.operation)

        stores.rooms.register(grant, [new])

        room = stores.rooms.get("arena", "arena-7")
        assert room.id == "arena-7"
        assert room.scheduler == "arena"
        assert room.version == "v3.0.0"
        assert room.operation == grant.operation
        assert room.ports == new.ports
        assert room.status is RoomStatus.PENDING
        assert room.ping_status is PingStatus.UNKNOWN
        assert room.instance_status is InstanceStatus.UNKNOWN
        assert (room.uid, room.host, room.instance_description) == ("", "", "")
        assert room.running_matches == 0
        assert room.metadata == {}
        assert not room.is_validation
        assert not room.deletion_accepted
        assert before <= room.created_at <= stores.now()
        assert room.last_ping_at is None
        assert room.allocated_until is None
        assert room.terminating_since is None

    def test_a_room_registered_twice_stays_as_it_is(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        before = stores.rooms.get("arena", "arena-1")

        register(stores, grant, "arena-1", version="v9.0.0", ports=make.host_ports(49999))

        assert stores.rooms.get("arena", "arena-1") == before
        assert counted(stores) == {"ready": 1}

    def test_new_rooms_are_stored_beside_known_ones(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")

        register(stores, grant, "arena-1", "arena-2")

        assert ids(stores) == ["arena-1", "arena-2"]

    def test_no_rooms_are_registered_without_asking(self, stores: Stores, grant: Grant) -> None:
        stores.rooms.register(grant, [])

        assert ids(stores) == []

    def test_a_thousand_rooms_are_registered_at_once(self, stores: Stores, grant: Grant) -> None:
        names = [f"arena-{number:04}" for number in range(1000)]

        register(stores, grant, *names)

        assert ids(stores) == names
        assert counted(stores) == {"pending": 1000}


class TestCreated:
    def test_an_acknowledged_room_has_the_uid_of_its_instance(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")

        stores.rooms.created(grant, [make.instance(room="arena-2", uid="uid-2")])

        assert stores.rooms.get("arena", "arena-1").uid == ""
        assert stores.rooms.get("arena", "arena-2").uid == "uid-2"

    def test_acknowledging_a_room_that_is_unknown_stores_nothing(
        self, stores: Stores, grant: Grant
    ) -> None:
        stores.rooms.created(grant, [make.instance(room="arena-1")])

        assert ids(stores) == []

    def test_a_room_may_be_acknowledged_after_the_watcher_saw_it(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)
        says(stores, "arena-1", "ready")

        stores.rooms.created(
            grant, [make.instance(uid="uid-of-arena-1", status=InstanceStatus.PENDING)]
        )

        assert status_of(stores) == "ready"
        assert stores.rooms.get("arena", "arena-1").uid == "uid-of-arena-1"


class TestNotCreated:
    def test_a_room_that_never_came_to_be_is_forgotten(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2")

        stores.rooms.not_created(grant, ["arena-1"])

        assert ids(stores) == ["arena-2"]
        assert counted(stores) == {"pending": 1}

    def test_forgetting_a_room_twice_does_nothing(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.not_created(grant, ["arena-1"])

        stores.rooms.not_created(grant, ["arena-1", "arena-2"])

        assert ids(stores) == []

    def test_it_may_be_tried_again_under_the_same_name(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.not_created(grant, ["arena-1"])

        register(stores, grant, "arena-1")

        assert status_of(stores) == "pending"

    def test_forgetting_rooms_nobody_knows_is_no_change(self, stores: Stores, grant: Grant) -> None:
        (before,) = stores.operations.work(["arena"])

        stores.rooms.not_created(grant, ["arena-1"])
        stores.rooms.gone(grant, ["arena-2"])

        (after,) = stores.operations.work(["arena"])
        assert after.generation == before.generation
        assert not after.check_due


@WITH_LEAN
class TestPing:
    @pytest.mark.parametrize(("ping", "instance", "room"), COMPOSITION)
    def test_a_room_is_what_it_and_the_runtime_say(
        self, stores: Stores, grant: Grant, ping: str, instance: str, room: str
    ) -> None:
        register(stores, grant, "arena-1")
        if instance != "unknown":
            runtime_says(stores, "arena-1", InstanceStatus(instance))
        if ping != "unknown":
            says(stores, "arena-1", ping)

        assert status_of(stores) == room
        assert counted(stores) == {room: 1}

    @pytest.mark.parametrize(
        ("ping", "instance", "room"), [cell for cell in COMPOSITION if cell[0] != "terminated"]
    )
    def test_it_does_not_matter_who_spoke_last(
        self, stores: Stores, grant: Grant, ping: str, instance: str, room: str
    ) -> None:
        register(stores, grant, "arena-1")
        if ping != "unknown":
            says(stores, "arena-1", ping)
        if instance != "unknown":
            runtime_says(stores, "arena-1", InstanceStatus(instance))

        assert status_of(stores) == room
        assert counted(stores) == {room: 1}

    @pytest.mark.parametrize("said", ["ready", "occupied"])
    @pytest.mark.parametrize(
        ("matches", "room"),
        [(0, "ready"), (1, "active"), (2, "active"), (3, "occupied"), (4, "occupied")],
    )
    def test_a_room_of_several_matches_is_as_full_as_they_say(
        self, stores: Stores, grant: Grant, said: str, matches: int, room: str
    ) -> None:
        stores.rooms.configure(hosting(3))
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)

        says(stores, "arena-1", said, matches)

        assert status_of(stores) == room
        assert stores.rooms.get("arena", "arena-1").running_matches == matches

    def test_a_room_of_one_match_is_what_it_says(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)

        says(stores, "arena-1", "ready", matches=7)

        assert status_of(stores) == "ready"

    def test_what_a_room_says_is_stored(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        before = stores.now()
        metadata = {"region": "eu", "players": [1, 2.5, None, True], "ünï": {"nested": "ß\n"}}
        ping = make.ping(PingStatus.OCCUPIED, running_matches=2, metadata=metadata)

        outcome = stores.rooms.ping("arena", "arena-1", ping)

        room = stores.rooms.get("arena", "arena-1")
        assert outcome.known
        assert room.ping_status is PingStatus.OCCUPIED
        assert room.running_matches == 2
        assert room.metadata == metadata
        assert room.last_ping_at is not None
        assert before <= room.last_ping_at <= stores.now()

    def test_a_ping_without_metadata_leaves_what_was_stored(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.ping("arena", "arena-1", make.ping(metadata={"region": "eu"}))

        stores.rooms.ping("arena", "arena-1", make.ping(metadata=None))

        assert stores.rooms.get("arena", "arena-1").metadata == {"region": "eu"}

    def test_empty_metadata_clears_what_was_stored(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.ping("arena", "arena-1", make.ping(metadata={"region": "eu"}))

        stores.rooms.ping("arena", "arena-1", make.ping(metadata={}))

        assert stores.rooms.get("arena", "arena-1").metadata == {}

    def test_every_ping_is_a_heartbeat(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        says(stores, "arena-1", "ready")
        first = stores.rooms.get("arena", "arena-1").last_ping_at
        stores.let_pass(0.001)

        outcome = says(stores, "arena-1", "ready")

        second = stores.rooms.get("arena", "arena-1").last_ping_at
        assert outcome.known
        assert not outcome.status_changed
        assert first is not None
        assert second is not None
        assert second > first

    def test_the_answer_tells_whether_the_status_changed(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)

        outcomes = [
            says(stores, "arena-1", status)
            for status in ("ready", "ready", "occupied", "occupied", "terminating")
        ]

        assert [(outcome.status, outcome.status_changed) for outcome in outcomes] == [
            ("ready", True),
            ("ready", False),
            ("occupied", True),
            ("occupied", False),
            ("terminating", True),
        ]

    def test_the_answer_tells_what_the_store_says(self, stores: Stores, grant: Grant) -> None:
        stores.rooms.configure(hosting(3))
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.READY)

        assert says(stores, "arena-1", "occupied", matches=1).status == "active"
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=[RoomStatus.ACTIVE])
        assert says(stores, "arena-1", "ready").status == "terminating"

    def test_a_room_nobody_knows_stays_unknown(self, stores: Stores) -> None:
        outcome = says(stores, "arena-1", "ready")

        assert outcome == storage.PingOutcome(known=False)
        assert ids(stores) == []
        assert counted(stores) == {}

    def test_a_room_of_a_scheduler_nobody_knows_stays_unknown(self, stores: Stores) -> None:
        outcome = stores.rooms.ping("nowhere", "nowhere-1", make.ping())

        assert outcome == storage.PingOutcome(known=False)

    def test_a_late_ping_of_a_deleted_room_writes_nothing(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        stores.rooms.gone(grant, ["arena-1"])

        outcome = says(stores, "arena-1", "ready")

        assert outcome == storage.PingOutcome(known=False)
        assert ids(stores) == []
        assert counted(stores) == {}
        with pytest.raises(errors.NotFound):
            stores.rooms.get("arena", "arena-1")

    @pytest.mark.parametrize("status", ["ready", "occupied", "terminating", "terminated"])
    def test_nothing_leaves_terminated(self, stores: Stores, grant: Grant, status: str) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.TERMINATED)

        outcome = says(stores, "arena-1", status)
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=11)

        assert outcome.known
        assert not outcome.status_changed
        assert status_of(stores) == "terminated"

    @pytest.mark.parametrize("status", ["ready", "occupied", "terminating", "terminated"])
    def test_a_room_being_deleted_stays_terminating_whatever_it_says(
        self, stores: Stores, grant: Grant, status: str
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        outcome = says(stores, "arena-1", status)
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=11)

        assert outcome.known
        assert not outcome.status_changed
        assert status_of(stores) == "terminating"
        assert stores.rooms.get("arena", "arena-1").ping_status == status

    @pytest.mark.parametrize(
        ("first", "then", "room"),
        [
            (("ready", "ready"), ("ready", "pending"), "pending"),
            (("ready", "error"), ("occupied", "ready"), "occupied"),
            (("occupied", "ready"), ("terminated", "ready"), "terminated"),
            (("ready", "pending"), ("terminated", "pending"), "terminated"),
        ],
    )
    def test_moves_that_once_were_refused_are_made(
        self,
        stores: Stores,
        grant: Grant,
        first: tuple[str, str],
        then: tuple[str, str],
        room: str,
    ) -> None:
        register(stores, grant, "arena-1")
        for version, (ping, instance) in enumerate((first, then), start=1):
            says(stores, "arena-1", ping)
            runtime_says(stores, "arena-1", InstanceStatus(instance), version=version)

        assert status_of(stores) == room

    def test_rooms_ping_each_for_itself(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2", "arena-3")
        for room in ("arena-1", "arena-2", "arena-3"):
            runtime_says(stores, room, InstanceStatus.READY)

        says(stores, "arena-1", "ready")
        says(stores, "arena-2", "occupied")

        statuses = {room.id: room.status for room in stores.rooms.all("arena")}
        assert statuses == {"arena-1": "ready", "arena-2": "occupied", "arena-3": "unready"}
        assert counted(stores) == {"ready": 1, "occupied": 1, "unready": 1}


class TestClaimForRemoval:
    @pytest.mark.parametrize("status", REMOVABLE)
    def test_a_room_in_an_allowed_status_is_taken(
        self, stores: Stores, grant: Grant, status: RoomStatus
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", status)
        before = stores.now()

        (taken,) = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        assert taken.status is RoomStatus.TERMINATING
        assert taken.terminating_since is not None
        assert before <= taken.terminating_since <= stores.now()
        assert not taken.deletion_accepted
        assert stores.rooms.get("arena", "arena-1") == taken
        assert counted(stores) == {"terminating": 1}

    @pytest.mark.parametrize("status", [RoomStatus.OCCUPIED, RoomStatus.ACTIVE])
    def test_a_room_with_players_is_left_alone(
        self, stores: Stores, grant: Grant, status: RoomStatus
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", status)
        before = stores.rooms.get("arena", "arena-1")

        taken = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        assert taken == []
        assert stores.rooms.get("arena", "arena-1") == before

    def test_a_match_that_began_meanwhile_saves_its_room(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")
        become(stores, "arena-1", RoomStatus.READY)
        become(stores, "arena-2", RoomStatus.READY)
        chosen = [room.id for room in stores.rooms.all("arena")]
        says(stores, "arena-1", "occupied")

        taken = stores.rooms.claim_for_removal(grant, chosen, allowed=REMOVABLE)

        assert [room.id for room in taken] == ["arena-2"]
        assert status_of(stores, "arena-1") == "occupied"

    def test_only_rooms_that_are_named_are_taken(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2")

        taken = stores.rooms.claim_for_removal(grant, ["arena-2", "arena-9"], allowed=REMOVABLE)

        assert [room.id for room in taken] == ["arena-2"]
        assert status_of(stores, "arena-1") == "pending"

    def test_no_rooms_are_taken_without_asking(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")

        assert stores.rooms.claim_for_removal(grant, [], allowed=REMOVABLE) == []
        assert stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=[]) == []

    @pytest.mark.parametrize("status", [RoomStatus.OCCUPIED, RoomStatus.ACTIVE])
    def test_whoever_allows_it_takes_rooms_with_players(
        self, stores: Stores, grant: Grant, status: RoomStatus
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", status)

        (taken,) = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=list(RoomStatus))

        assert taken.status is RoomStatus.TERMINATING

    def test_a_room_that_says_it_is_terminating_may_be_taken_too(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.TERMINATING)
        allowed = (RoomStatus.TERMINATING,)

        assert stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE) == []
        (taken,) = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=allowed)

        assert taken.terminating_since is not None

    def test_a_room_whose_deletion_was_not_accepted_is_taken_again(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        first = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)
        stores.let_pass(0.001)

        second = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        assert second == first

    def test_another_worker_takes_it_again_too(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        first = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)
        heir = stores.lose(grant)

        assert stores.rooms.claim_for_removal(heir, ["arena-1"], allowed=REMOVABLE) == first

    def test_a_room_whose_deletion_was_accepted_is_not_taken_again(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        stores.rooms.deletions_accepted(grant, ["arena-1", "arena-9"])

        assert stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE) == []
        assert stores.rooms.get("arena", "arena-1").deletion_accepted
        assert ids(stores) == ["arena-1"]

    def test_it_is_taken_once_more_by_whoever_allows_terminating(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        (first,) = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)
        stores.rooms.deletions_accepted(grant, ["arena-1"])
        stores.let_pass(0.001)

        (again,) = stores.rooms.claim_for_removal(
            grant, ["arena-1"], allowed=[RoomStatus.TERMINATING]
        )

        assert again.terminating_since == first.terminating_since
        assert again.deletion_accepted


class TestGone:
    def test_a_room_the_runtime_does_not_have_is_forgotten(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")
        become(stores, "arena-1", RoomStatus.READY)

        stores.rooms.gone(grant, ["arena-1"])

        assert ids(stores) == ["arena-2"]
        assert counted(stores) == {"pending": 1}

    def test_late_news_of_it_does_not_bring_it_back(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        stores.rooms.gone(grant, ["arena-1"])

        runtime_says(stores, "arena-1", InstanceStatus.READY, version=11)

        assert ids(stores) == []

    def test_forgetting_a_room_twice_does_nothing(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.gone(grant, ["arena-1"])

        stores.rooms.gone(grant, ["arena-1", "arena-9"])
        stores.rooms.gone(grant, [])

        assert ids(stores) == []


GRANTED: dict[str, Callable[[Stores, Grant], object]] = {
    "register": lambda stores, grant: register(stores, grant, "arena-2"),
    "created": lambda stores, grant: stores.rooms.created(grant, [make.instance(uid="late")]),
    "not_created": lambda stores, grant: stores.rooms.not_created(grant, ["arena-1"]),
    "claim_for_removal": lambda stores, grant: stores.rooms.claim_for_removal(
        grant, ["arena-1"], allowed=list(RoomStatus)
    ),
    "deletions_accepted": lambda stores, grant: stores.rooms.deletions_accepted(grant, ["arena-1"]),
    "gone": lambda stores, grant: stores.rooms.gone(grant, ["arena-1"]),
    "reserve": lambda stores, grant: stores.ports.reserve(grant, ["arena-1"], make.scheduler()),
}
granted = pytest.mark.parametrize("write", GRANTED.values(), ids=GRANTED.keys())


class TestLostLease:
    @granted
    def test_whoever_lost_its_lease_writes_nothing(
        self,
        stores: Stores,
        grant: Grant,
        write: Callable[[Stores, Grant], object],
    ) -> None:
        register(stores, grant, "arena-1")
        heir = stores.lose(grant)
        before = stores.rooms.all("arena")

        with pytest.raises(errors.LeaseLost):
            write(stores, grant)

        assert stores.rooms.all("arena") == before
        write(stores, heir)

    @granted
    def test_whoever_ended_its_operation_writes_nothing(
        self,
        stores: Stores,
        grant: Grant,
        write: Callable[[Stores, Grant], object],
    ) -> None:
        register(stores, grant, "arena-1")
        before = stores.rooms.all("arena")
        stores.operations.finish(
            grant, OperationStatus.FINISHED, TestOperation(), event=EventText.FINISHED
        )

        with pytest.raises(errors.LeaseLost):
            write(stores, grant)

        assert stores.rooms.all("arena") == before


class TestWaking:
    """Whoever waits for rooms is told of each that changes, comes or goes."""

    @pytest.fixture
    def parked(self, stores: Stores) -> Iterator[None]:
        """An operation that waits for rooms, beside two rooms and one that runs."""
        first = stores.begin(make.operation(TestOperation()))
        register(stores, first, "arena-1", "arena-2")
        become(stores, "arena-1", RoomStatus.READY)
        stores.operations.finish(
            first, OperationStatus.FINISHED, TestOperation(), event=EventText.FINISHED
        )
        waits = stores.begin(make.operation(TestOperation()))
        until = stores.now().replace(year=9000)
        stores.operations.park(waits, until=until, wake_on_rooms=True)
        yield
        taken = stores.take()
        assert taken is not None
        assert taken.operation.id == waits.operation

    def work(self, stores: Stores) -> Grant:
        return stores.begin(make.operation(RemoveRooms(amount=1)))

    def end(self, stores: Stores, grant: Grant) -> None:
        stores.operations.finish(
            grant, OperationStatus.FINISHED, RemoveRooms(amount=1), event=EventText.FINISHED
        )

    @pytest.mark.usefixtures("parked")
    def test_a_room_that_is_registered_wakes(self, stores: Stores) -> None:
        grant = self.work(stores)
        register(stores, grant, "arena-3")
        self.end(stores, grant)

    @pytest.mark.usefixtures("parked")
    def test_a_room_that_is_not_created_wakes(self, stores: Stores) -> None:
        grant = self.work(stores)
        stores.rooms.not_created(grant, ["arena-2"])
        self.end(stores, grant)

    @pytest.mark.usefixtures("parked")
    def test_a_room_that_is_gone_wakes(self, stores: Stores) -> None:
        grant = self.work(stores)
        stores.rooms.gone(grant, ["arena-1"])
        self.end(stores, grant)

    @pytest.mark.usefixtures("parked")
    def test_a_room_that_is_claimed_wakes(self, stores: Stores) -> None:
        grant = self.work(stores)
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)
        self.end(stores, grant)

    @pytest.mark.usefixtures("parked")
    def test_a_room_that_pings_another_status_wakes(self, stores: Stores) -> None:
        assert says(stores, "arena-1", "occupied").wakes_operation

    @pytest.mark.usefixtures("parked")
    def test_a_room_of_which_the_runtime_says_something_else_wakes(self, stores: Stores) -> None:
        applied = runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=11)

        assert applied.wakes_operation


class TestReading:
    @pytest.fixture
    def five(self, stores: Stores, grant: Grant) -> list[str]:
        """Five rooms, registered in no order."""
        names = ["arena-b", "arena-a", "arena-e", "arena-d", "arena-c"]
        register(stores, grant, *names)
        return sorted(names)

    def test_all_rooms_are_listed_by_id(self, stores: Stores, five: list[str]) -> None:
        assert ids(stores) == five

    def test_pages_together_are_the_whole_list(self, stores: Stores, five: list[str]) -> None:
        pages = [stores.rooms.page("arena", offset=offset, limit=2) for offset in (0, 2, 4, 6)]

        assert [room.id for found, _ in pages for room in found] == five
        assert [len(found) for found, _ in pages] == [2, 2, 1, 0]
        assert {total for _, total in pages} == {5}

    def test_a_page_shows_rooms_as_they_are(self, stores: Stores, five: list[str]) -> None:
        become(stores, "arena-a", RoomStatus.READY)

        (first, *_), _ = stores.rooms.page("arena", offset=0, limit=10)

        assert first == stores.rooms.get("arena", five[0])
        assert first.status == "ready"

    def test_a_room_nobody_knows_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(errors.NotFound, match="room arena-9 not found in scheduler arena"):
            stores.rooms.get("arena", "arena-9")

    def test_a_scheduler_nobody_knows_has_no_rooms(self, stores: Stores) -> None:
        assert stores.rooms.all("nowhere") == []
        assert stores.rooms.page("nowhere", offset=0, limit=10) == ([], 0)
        assert counted(stores, "nowhere") == {}

    @pytest.mark.usefixtures("five")
    def test_a_room_of_another_scheduler_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(errors.NotFound):
            stores.rooms.get("other", "arena-a")

        assert stores.rooms.all("other") == []


class TestCounts:
    def test_every_status_is_counted(self, stores: Stores, grant: Grant) -> None:
        wanted = {
            RoomStatus.PENDING: 3,
            RoomStatus.UNREADY: 1,
            RoomStatus.READY: 2,
            RoomStatus.TERMINATING: 1,
            RoomStatus.ERROR: 1,
            RoomStatus.TERMINATED: 1,
            RoomStatus.OCCUPIED: 2,
        }
        names = (f"arena-{number}" for number in itertools.count())
        for status, amount in wanted.items():
            for name in itertools.islice(names, amount):
                register(stores, grant, name)
                become(stores, name, status)

        assert counted(stores) == {str(status): amount for status, amount in wanted.items()}
        assert stores.rooms.counts(["arena"])[0].total == 11

    def test_validation_rooms_are_listed_but_not_counted(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        register(stores, grant, "arena-v", is_validation=True)
        become(stores, "arena-v", RoomStatus.READY)

        assert ids(stores) == ["arena-1", "arena-v"]
        assert stores.rooms.get("arena", "arena-v").is_validation
        assert counted(stores) == {"pending": 1}
        assert stores.rooms.page("arena", offset=0, limit=10)[1] == 2

    def test_several_schedulers_are_counted_at_once(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.configure(make.scheduler(name="other"))
        other = stores.begin(make.operation(TestOperation(), scheduler="other"))
        rooms = [make.new_room(id=f"other-{number}", scheduler="other") for number in (1, 2)]
        stores.rooms.register(other, rooms)

        counts = stores.rooms.counts(["other", "nowhere", "arena"])

        assert [each.total for each in counts] == [2, 0, 1]
        assert stores.rooms.counts([]) == []


class TestRoundTrips:
    """Where a promise says how often the server is asked, it is asked as often."""

    @pytest.fixture
    def counted_stores(self, redis_url: str, redis_prefix: str) -> Iterator[Stores]:
        pool = redis.ConnectionPool.from_url(
            redis_url, decode_responses=True, connection_class=CountingConnection
        )
        with redis.Redis(connection_pool=pool) as client:
            yield in_redis(client, prefix=redis_prefix)
        pool.disconnect()

    @pytest.fixture
    def fleet(self, counted_stores: Stores) -> list[str]:
        """Schedulers of which one has fifty rooms."""
        counted_stores.rooms.configure(make.scheduler())
        grant = counted_stores.begin(make.operation(TestOperation()))
        register(counted_stores, grant, *(f"arena-{number}" for number in range(50)))
        return ["arena", *(f"empty-{number}" for number in range(20))]

    def sent_during(self, action: Callable[[], object]) -> int:
        """How often something is sent, once the server knows the scripts."""
        action()
        before = CountingConnection.sent
        action()
        return CountingConnection.sent - before

    @pytest.mark.usefixtures("fleet")
    def test_a_ping_is_one_round_trip(self, counted_stores: Stores) -> None:
        statuses = itertools.cycle(["terminating", "ready"])
        metadata = {"region": "eu"}

        def ping() -> None:
            status = PingStatus(next(statuses))
            counted_stores.rooms.ping("arena", "arena-1", make.ping(status, metadata=metadata))

        assert self.sent_during(ping) == 1

    def test_an_allocation_is_one_round_trip(
        self, counted_stores: Stores, fleet: list[str]
    ) -> None:
        runtime_says(counted_stores, "arena-1", InstanceStatus.READY)
        says(counted_stores, "arena-1", "ready")

        # The first takes the room, the second comes for nothing, after it was claimed no more.
        assert self.sent_during(lambda: counted_stores.rooms.allocate("arena", ttl_s=0.0001)) == 1

    @pytest.mark.usefixtures("fleet")
    def test_all_rooms_are_read_in_one_round_trip(self, counted_stores: Stores) -> None:
        assert self.sent_during(lambda: counted_stores.rooms.all("arena")) == 1

    def test_rooms_of_many_schedulers_are_counted_in_one_round_trip(
        self, counted_stores: Stores, fleet: list[str]
    ) -> None:
        assert self.sent_during(lambda: counted_stores.rooms.counts(fleet)) == 1

    def test_the_work_of_many_schedulers_is_told_in_one_round_trip(
        self, counted_stores: Stores, fleet: list[str]
    ) -> None:
        assert self.sent_during(lambda: counted_stores.operations.work(fleet)) == 1
