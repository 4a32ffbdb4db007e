"""What health checks and matchmakers rely on, of the stores of tests and of production."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from maestro import errors
from maestro.domain import health
from maestro.domain.decisions import Decision
from maestro.domain.figures import figures_of
from maestro.domain.health import Evidence, Memory, Verdict
from maestro.domain.rollout import Progress
from maestro.domain.rooms import (
    REMOVABLE,
    AllocationOrder,
    InstanceStatus,
    PingStatus,
    RoomStatus,
)
from maestro.domain.shortage import Asked, Shortage
from maestro.ports.storage import Grant, Reported
from tests import make
from tests.contract.conftest import Stores
from tests.contract.test_room_store import (
    become,
    counted,
    register,
    runtime_says,
    says,
    status_of,
)

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def crashes(stores: Stores, since: datetime.datetime = LONG_AGO) -> dict[str, int]:
    return dict(stores.rooms.fleet("arena", crashes_since=since).crashes)


def allocated(
    stores: Stores,
    times: int,
    *,
    ttl_s: float = 60,
    order: AllocationOrder = AllocationOrder.LONGEST_READY,
) -> list[str]:
    """The rooms that are given when so many are asked for."""
    given = [stores.rooms.allocate("arena", ttl_s=ttl_s, order=order) for _ in range(times)]
    return [allocation.room.id for allocation in given if allocation]


class TestFleet:
    def test_it_shows_the_rooms_of_the_fleet_apart_from_those_that_validate(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")
        register(stores, grant, "arena-3", is_validation=True)
        fleet = stores.rooms.fleet("arena", crashes_since=LONG_AGO)
        assert [room.id for room in fleet.rooms] == ["arena-1", "arena-2"]
        assert [room.id for room in fleet.validation_rooms] == ["arena-3"]
        assert (fleet.memory, dict(fleet.crashes), fleet.resumed_at) == (Memory(), {}, None)

    def test_what_a_check_leaves_is_there_for_the_next(self, stores: Stores, grant: Grant) -> None:
        memory = Memory(
            evidence={"arena-1": Evidence(count=2, at=make.NOW)},
            expired=2,
            cycle_began=make.NOW,
            frozen_since=make.NOW,
            frozen_reason="a wave",
            crash_loop_version="v1.0.0",
            crash_loop_since=make.NOW,
            crash_loop_reason="a loop",
            rollout=Progress(to="v2.0.0", since=make.NOW, done_at_start=3, waiting_since=make.NOW),
            asked=Asked(operation="op-1", amount=4, held_back=2),
            shortage=Shortage(
                rooms=2, reason="no ports", version="v1.0.0", at=make.NOW, delay_s=2.5
            ),
        )
        stores.rooms.remember(grant, memory, check_again_s=5, check_due_s=60)
        assert stores.rooms.fleet("arena", crashes_since=LONG_AGO).memory == memory
        assert stores.rooms.memories(["arena", "other"]) == [memory, Memory()]

    def test_who_lost_the_lease_leaves_nothing(self, stores: Stores, grant: Grant) -> None:
        stores.lose(grant)
        with pytest.raises(errors.LeaseLost):
            stores.rooms.remember(grant, Memory(frozen_reason="x"), check_again_s=1, check_due_s=60)
        assert stores.rooms.memories(["arena"]) == [Memory()]


class TestReported:
    FIGURES = figures_of(
        make.scheduler(autoscaling=make.autoscaling()),
        [make.room()],
        {make.room().id: Verdict.AVAILABLE},
        make.decision(),
    )

    def remember(self, stores: Stores, grant: Grant, *, check_due_s: float) -> None:
        stores.rooms.remember(
            grant, Memory(), figures=self.FIGURES, check_again_s=1, check_due_s=check_due_s
        )

    def test_what_a_check_saw_is_reported_with_the_game(self, stores: Stores, grant: Grant) -> None:
        game = make.scheduler().game
        assert stores.rooms.reported(["arena"]) == [Reported(game=game, figures=None)]
        self.remember(stores, grant, check_due_s=60)
        fleet = Reported(game=game, figures=self.FIGURES)
        assert stores.rooms.reported(["other", "arena"]) == [None, fleet]

    def test_it_is_forgotten_when_no_check_comes(self, stores: Stores, grant: Grant) -> None:
        self.remember(stores, grant, check_due_s=0.01)
        stores.let_pass(0.03)
        (fleet,) = stores.rooms.reported(["arena"])
        assert fleet
        assert fleet.figures is None

    def test_nothing_of_it_is_left_of_a_fleet_that_is_gone(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.remember(stores, grant, check_due_s=60)
        stores.operations.forget("arena")
        assert stores.rooms.reported(["arena"]) == [None]


class TestDecisions:
    def decide(self, stores: Stores, grant: Grant, *decisions: Decision) -> None:
        for decision in decisions:
            stores.rooms.remember(
                grant, Memory(), decision=decision, check_again_s=1, check_due_s=60
            )

    def test_they_are_kept_newest_first(self, stores: Stores, grant: Grant) -> None:
        first, second = make.decision(desired=1), make.decision(desired=2)
        self.decide(stores, grant, first, second)
        assert stores.rooms.decisions("arena") == [second, first]
        assert stores.rooms.decisions("other") == []

    def test_one_that_repeats_the_newest_takes_its_place(
        self, stores: Stores, grant: Grant
    ) -> None:
        first, second = make.decision(desired=1), make.decision(desired=2)
        later = make.NOW + datetime.timedelta(seconds=30)
        again = make.decision(desired=2, at=later, operation_id="op-2")
        self.decide(stores, grant, first, second, again)
        assert stores.rooms.decisions("arena") == [again, first]
        # But not that of an older one
        self.decide(stores, grant, first)
        assert stores.rooms.decisions("arena") == [first, again, first]

    def test_only_so_many_are_kept(self, stores: Stores, grant: Grant) -> None:
        self.decide(stores, grant, *(make.decision(desired=index) for index in range(60)))
        kept = [decision.desired for decision in stores.rooms.decisions("arena")]
        assert kept == list(range(59, 9, -1))

    def test_a_check_that_decided_nothing_leaves_them(self, stores: Stores, grant: Grant) -> None:
        self.decide(stores, grant, make.decision())
        stores.rooms.remember(grant, Memory(), check_again_s=1, check_due_s=60)
        assert stores.rooms.decisions("arena") == [make.decision()]

    def test_who_lost_the_lease_decides_nothing(self, stores: Stores, grant: Grant) -> None:
        stores.lose(grant)
        with pytest.raises(errors.LeaseLost):
            self.decide(stores, grant, make.decision())
        assert stores.rooms.decisions("arena") == []

    def test_they_are_forgotten_with_the_scheduler(self, stores: Stores, grant: Grant) -> None:
        self.decide(stores, grant, make.decision())
        stores.operations.forget("arena")
        assert stores.rooms.decisions("arena") == []


class TestCrashes:
    @pytest.mark.parametrize("status", [InstanceStatus.ERROR, InstanceStatus.TERMINATING])
    def test_what_is_only_just_found_did_not_crash(
        self, stores: Stores, status: InstanceStatus
    ) -> None:
        runtime_says(stores, "arena-1", status)
        assert [room.id for room in stores.rooms.all("arena")] == ["arena-1"]
        assert crashes(stores) == {}

    def test_a_room_that_ends_in_an_error_crashed_once(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=20)
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=21)
        assert list(crashes(stores).values()) == [1]

    def test_one_that_ends_before_it_said_anything_crashed_too(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")
        become(stores, "arena-2", RoomStatus.READY)
        for room in ("arena-1", "arena-2"):
            runtime_says(stores, room, InstanceStatus.TERMINATING, version=20)
        assert list(crashes(stores).values()) == [1]

    def test_one_that_was_told_to_end_did_not_crash(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=list(RoomStatus))
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=20)
        assert crashes(stores) == {}

    def test_only_those_since_a_moment_count_and_a_resume_forgets_them(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=20)
        assert crashes(stores, since=stores.now() + datetime.timedelta(seconds=5)) == {}
        stores.rooms.resume("arena")
        assert crashes(stores) == {}
        assert stores.rooms.fleet("arena", crashes_since=LONG_AGO).resumed_at

    def test_nothing_is_resumed_where_there_is_no_fleet(self, stores: Stores) -> None:
        stores.rooms.resume("nobody")
        assert stores.rooms.configured(["nobody"]) == [False]


class TestWantsCheck:
    def test_changes_want_one_check_until_a_moment_has_passed(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        first = runtime_says(stores, "arena-1", InstanceStatus.READY)
        assert first.wants_check
        assert not says(stores, "arena-1", "ready").wants_check
        stores.let_pass(1.1)
        assert says(stores, "arena-1", "occupied").wants_check
        assert not says(stores, "arena-1", "occupied").wants_check


class TestAllocation:
    def test_the_room_that_is_ready_for_longest_comes_first(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1", "arena-2", "arena-3")
        for name in ("arena-3", "arena-1", "arena-2"):
            become(stores, name, RoomStatus.READY)
            stores.let_pass(0.001)
        taken = [stores.rooms.allocate("arena", ttl_s=60) for _ in range(4)]
        given = [allocation.room.id for allocation in taken if allocation]
        assert given == ["arena-3", "arena-1", "arena-2"]
        assert taken[3] is None
        room = stores.rooms.get("arena", "arena-3")
        assert room.status is RoomStatus.ALLOCATED
        assert room.allocated_until
        assert room.host

    @pytest.mark.parametrize("order", list(AllocationOrder))
    def test_callers_at_once_never_get_the_same_room(
        self, stores: Stores, grant: Grant, order: AllocationOrder
    ) -> None:
        names = [f"arena-{index}" for index in range(100)]
        register(stores, grant, *names)
        for room in names:
            become(stores, room, RoomStatus.READY)
        at_once = threading.Barrier(64)

        def allocate(_: int) -> list[str]:
            at_once.wait(30)
            taken = [stores.rooms.allocate("arena", ttl_s=60, order=order) for _ in range(2)]
            return [allocation.room.id for allocation in taken if allocation]

        with ThreadPoolExecutor(64) as pool:
            given = [room for rooms in pool.map(allocate, range(64)) for room in rooms]

        assert sorted(given) == sorted(names)
        assert counted(stores) == {"allocated": 100}

    def test_the_newest_room_comes_first_if_that_is_wanted(
        self, stores: Stores, grant: Grant
    ) -> None:
        names = ("arena-3", "arena-1", "arena-2")
        register(stores, grant, *names)
        for name in names:
            become(stores, name, RoomStatus.READY)
            stores.let_pass(0.001)

        given = allocated(stores, 3, order=AllocationOrder.NEWEST)

        assert given == ["arena-2", "arena-1", "arena-3"]

    def test_a_random_room_comes_first_if_that_is_wanted(
        self, stores: Stores, grant: Grant
    ) -> None:
        names = [f"arena-{index:02}" for index in range(30)]
        register(stores, grant, *names)
        for name in names:
            become(stores, name, RoomStatus.READY)

        given = allocated(stores, 30, order=AllocationOrder.RANDOM)

        assert sorted(given) == names
        assert given not in (names, names[::-1]), "which happens once in the age of the universe"

    def test_rooms_under_validation_are_not_given_away(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", is_validation=True)
        become(stores, "arena-1", RoomStatus.READY)
        assert stores.rooms.allocate("arena", ttl_s=60) is None

    def test_a_claim_ends_with_a_match(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        assert stores.rooms.allocate("arena", ttl_s=60)
        assert says(stores, "arena-1", "ready").status is RoomStatus.ALLOCATED
        assert says(stores, "arena-1", "occupied").status is RoomStatus.OCCUPIED
        assert says(stores, "arena-1", "ready").status is RoomStatus.READY
        assert stores.rooms.allocate("arena", ttl_s=60)

    @pytest.mark.parametrize("who", ["the next caller", "a health check"])
    def test_a_claim_without_a_match_ends_in_time_though_the_room_is_silent(
        self, stores: Stores, grant: Grant, who: str
    ) -> None:
        register(stores, grant, "arena-1", "arena-2")
        become(stores, "arena-1", RoomStatus.READY)
        assert allocated(stores, 2, ttl_s=0.05) == ["arena-1"]
        (before,) = stores.operations.work(["arena"])
        stores.let_pass(0.06)

        # Then the fleet is to be checked, although nothing else happened
        (waits,) = stores.operations.work(["arena"])
        assert waits.check_due
        assert waits.generation == before.generation

        # And the room is given back, once
        if who == "a health check":
            stores.rooms.expire_claims("arena")
            room = stores.rooms.get("arena", "arena-1")
            assert (room.status, room.allocated_until) == (RoomStatus.READY, None)
            (once,) = stores.operations.work(["arena"])
            stores.rooms.expire_claims("arena")
            assert stores.operations.work(["arena"]) == [once]
            assert once.generation == before.generation + 1
        assert allocated(stores, 2) == ["arena-1"]
        stores.rooms.expire_claims("arena")
        assert counted(stores) == {"allocated": 1, "pending": 1}

    def test_claims_that_hold_are_left_alone(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2", "arena-3")
        for room in ("arena-1", "arena-2", "arena-3"):
            become(stores, room, RoomStatus.READY)
            stores.let_pass(0.001)
        assert allocated(stores, 1, ttl_s=60) == ["arena-1"]
        assert allocated(stores, 2, ttl_s=0.05) == ["arena-2", "arena-3"]
        says(stores, "arena-3", "occupied")
        stores.let_pass(0.06)

        stores.rooms.expire_claims("arena")

        assert [status_of(stores, f"arena-{number}") for number in (1, 2, 3)] == [
            RoomStatus.ALLOCATED,
            RoomStatus.READY,
            RoomStatus.OCCUPIED,
        ]

    def test_a_claim_of_a_doubtful_room_ends_in_time_too(
        self, stores: Stores, grant: Grant
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        assert allocated(stores, 1, ttl_s=0.05)
        runtime_says(stores, "arena-1", InstanceStatus.PENDING, version=50)
        stores.let_pass(0.06)

        stores.rooms.expire_claims("arena")

        room = stores.rooms.get("arena", "arena-1")
        assert (room.status, room.allocated_until) == (RoomStatus.PENDING, None)
        assert allocated(stores, 1) == []
        runtime_says(stores, "arena-1", InstanceStatus.READY, version=51)
        assert allocated(stores, 1) == ["arena-1"]

    @pytest.mark.parametrize("end", ["removed", "gone", "occupied"])
    def test_nothing_is_left_of_a_claim_that_is_over(
        self, stores: Stores, grant: Grant, end: str
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        assert allocated(stores, 1, ttl_s=0.05)
        if end == "removed":
            stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=list(RoomStatus))
        elif end == "gone":
            stores.rooms.gone(grant, ["arena-1"])
        else:
            says(stores, "arena-1", "occupied")
        stores.let_pass(0.06)
        before = stores.operations.work(["arena"]), stores.rooms.all("arena")

        stores.rooms.expire_claims("arena")

        assert (stores.operations.work(["arena"]), stores.rooms.all("arena")) == before

    def test_claims_of_an_unknown_fleet_are_none(self, stores: Stores) -> None:
        stores.rooms.expire_claims("nobody")

        assert stores.operations.work(["nobody"])[0].generation == 0

    def test_a_claim_without_a_match_ends_in_time(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        assert stores.rooms.allocate("arena", ttl_s=0.05)
        stores.let_pass(0.06)
        assert says(stores, "arena-1", "ready").status is RoomStatus.READY

    @pytest.mark.parametrize("status", [PingStatus.OCCUPIED, PingStatus.TERMINATING])
    def test_a_room_that_is_ready_no_more_is_not_given_away(
        self, stores: Stores, grant: Grant, status: PingStatus
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        says(stores, "arena-1", status)
        assert stores.rooms.allocate("arena", ttl_s=60) is None

    def test_a_removed_room_is_not_given_away(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2")
        become(stores, "arena-1", RoomStatus.READY)
        become(stores, "arena-2", RoomStatus.READY)
        stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=[RoomStatus.READY])
        stores.rooms.gone(grant, ["arena-2"])
        assert stores.rooms.allocate("arena", ttl_s=60) is None

    def test_an_unknown_fleet_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(errors.NotFound):
            stores.rooms.allocate("nobody", ttl_s=60)


class TestSilence:
    def test_a_room_heard_since_is_spared(self, stores: Stores, grant: Grant) -> None:
        register(stores, grant, "arena-1", "arena-2")
        for room in ("arena-1", "arena-2"):
            become(stores, room, RoomStatus.READY)
        stores.let_pass(0.01)
        since = stores.now()
        stores.let_pass(0.01)
        says(stores, "arena-2", "ready")
        taken = stores.rooms.claim_for_removal(
            grant,
            ["arena-1", "arena-2"],
            allowed=[RoomStatus.ERROR],
            allowed_if_silent=[RoomStatus.READY],
            silent_since=since,
        )
        assert [room.id for room in taken] == ["arena-1"]

    @pytest.mark.parametrize("how", ["occupied", "allocated"])
    def test_a_room_in_use_is_nobodys_while_the_runtime_doubts_that_it_works(
        self, stores: Stores, grant: Grant, how: str
    ) -> None:
        register(stores, grant, "arena-1")
        become(stores, "arena-1", RoomStatus.READY)
        if how == "occupied":
            says(stores, "arena-1", "occupied")
        else:
            assert stores.rooms.allocate("arena", ttl_s=60)
        runtime_says(stores, "arena-1", InstanceStatus.PENDING, version=50)
        assert stores.rooms.get("arena", "arena-1").status is RoomStatus.PENDING

        taken = stores.rooms.claim_for_removal(grant, ["arena-1"], allowed=REMOVABLE)

        assert taken == []
        (taken_by_force,) = stores.rooms.claim_for_removal(
            grant, ["arena-1"], allowed=[RoomStatus.OCCUPIED]
        )
        assert taken_by_force.status is RoomStatus.TERMINATING

    def test_time_since_pings_were_accepted_counts_for_nobody_until_they_are_again(
        self, stores: Stores
    ) -> None:
        # Given that pings were accepted, and for a moment nobody says so
        stores.rooms.accepting()
        stores.let_pass(0.01)
        (latest,) = stores.rooms.outages()
        assert latest.end - latest.start >= datetime.timedelta(seconds=0.01)

        # When somebody says so again, then that moment was no outage
        stores.rooms.accepting()
        (now,) = stores.rooms.outages()
        assert now.start > latest.start

    def test_long_time_in_which_nobody_accepts_pings_stays_an_outage(self, stores: Stores) -> None:
        stores.rooms.accepting()
        stores.let_pass(health.OUTAGE_S + 0.01)
        stores.rooms.accepting()

        outage, latest = stores.rooms.outages()

        assert outage.end - outage.start > datetime.timedelta(seconds=health.OUTAGE_S)
        assert latest.start == outage.end
