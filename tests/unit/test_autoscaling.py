"""How many rooms are wanted, and when a fleet may shrink: worked examples, exact to the room."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.domain import autoscaling
from maestro.domain.autoscaling.load import Load, load_of
from maestro.domain.rooms import Room, RoomStatus
from maestro.domain.scheduler_rules import violations
from maestro.domain.schedulers import Policy, PolicyParameters, Scheduler
from tests import make


def scheduler(
    parameters: PolicyParameters, *, max_matches: int = 1, **changes: object
) -> Scheduler:
    kind = "roomOccupancy" if parameters.room_occupancy else "fixedBuffer"
    policy = Policy(type=kind, parameters=parameters)
    scaling = make.autoscaling(**{"min": 1, "max": -1, "policy": policy, **changes})
    allocation = make.match_allocation(max_matches)
    return make.scheduler(autoscaling=scaling, match_allocation=allocation)


def load(rooms: list[Room], *, max_matches: int = 1) -> Load:
    return load_of(rooms, max_matches=max_matches, now=make.NOW)


def desired(wanted: Scheduler, rooms: list[Room]) -> int:
    matches = wanted.match_allocation.max_matches
    return autoscaling.size_of(wanted, load(rooms, max_matches=matches)).desired


class TestRoomOccupancy:
    @pytest.mark.parametrize(
        ("occupied", "target", "rooms"),
        [
            (80, "0.5", 160),
            (50, "0.5", 100),
            (40, "0.3", 58),
            (35, "0.3", 50),
            (10, "0.3", 15),
            (5, "0.9", 50),
            (1, "0.9", 10),
            (1, "0.8", 5),
            (5, "0.1", 6),
            (1, "0.3", 2),
            (2, "0.9", 20),
            (8, "0.2", 10),
            (30, "0.4", 50),
            (0, "0.5", 1),
        ],
    )
    def test_so_many_rooms_that_the_target_share_is_free(
        self, occupied: int, target: str, rooms: int
    ) -> None:
        assert desired(scheduler(make.occupancy(target)), make.fleet_of(occupied=occupied)) == rooms

    def test_rooms_of_several_matches_are_counted_by_matches(self) -> None:
        playing = [make.room(status=RoomStatus.ACTIVE, running_matches=5) for _ in range(2)]
        assert desired(scheduler(make.occupancy("0.5"), max_matches=7), playing) == 3

    def test_an_allocated_room_counts_as_the_match_that_is_about_to_begin(self) -> None:
        rooms = make.fleet_of(allocated=2, occupied=3, ready=1)
        assert load(rooms).matches == 5
        assert load(rooms).free_slots == 1

    def test_an_occupied_room_that_tells_no_number_holds_a_match(self) -> None:
        silent_about_it = make.room(status=RoomStatus.OCCUPIED, running_matches=0)
        assert desired(scheduler(make.occupancy("0.5")), [silent_about_it]) == 2

    def test_the_formula_shows_the_numbers(self) -> None:
        size = autoscaling.size_of(
            scheduler(make.occupancy("0.3")), load(make.fleet_of(occupied=35))
        )
        assert size.wish.formula == "ceil(ceil(35 / (1 - 0.3)) / 1)"
        assert size.wish.inputs["readyTarget"] == 0.3

    @given(
        matches=st.integers(0, 10**6),
        target=st.decimals(Decimal("0.0001"), Decimal("0.9999"), places=4),
        max_matches=st.integers(1, 35),
    )
    def test_it_is_the_smallest_number_that_leaves_the_share_free(
        self, matches: int, target: Decimal, max_matches: int
    ) -> None:
        carried = Load(rooms=1, in_use=0, serving=1, matches=matches, max_matches=max_matches)
        rooms = autoscaling.size_of(
            scheduler(make.occupancy(str(target)), max_matches=max_matches), carried
        ).wish.rooms
        share = Fraction(target)
        slots = rooms * max_matches
        assert slots * (1 - share) >= matches
        assert rooms == 0 or (slots - max_matches) * (1 - share) < matches


class TestFixedBuffer:
    @pytest.mark.parametrize(
        ("occupied", "amount", "rooms"), [(80, 50, 130), (10, 20, 30), (0, 5, 5)]
    )
    def test_so_many_rooms_beyond_those_in_use(
        self, occupied: int, amount: int, rooms: int
    ) -> None:
        rooms_in_use = make.fleet_of(occupied=occupied)
        assert desired(scheduler(make.fixed_buffer(amount)), rooms_in_use) == rooms

    def test_rooms_are_in_use_from_their_first_match_and_when_allocated(self) -> None:
        playing = make.room(id="x", status=RoomStatus.ACTIVE, running_matches=1)
        rooms = [playing, *make.fleet_of(allocated=2, ready=4)]
        assert desired(scheduler(make.fixed_buffer(5), max_matches=7), rooms) == 8


class TestBounds:
    @pytest.mark.parametrize(
        ("occupied", "low", "high", "rooms", "bounds"),
        [
            (1, 4, 10, 4, ("raised to min 4",)),
            (30, 1, 10, 10, ("lowered to max 10",)),
            (30, 1, -1, 60, ()),
            (4, 1, 8, 8, ()),
        ],
    )
    def test_min_and_max_hold(
        self, occupied: int, low: int, high: int, rooms: int, bounds: tuple[str, ...]
    ) -> None:
        wanted = scheduler(make.occupancy("0.5"), min=low, max=high)
        size = autoscaling.size_of(wanted, load(make.fleet_of(occupied=occupied)))
        assert (size.desired, size.bounds) == (rooms, bounds)

    def test_without_automatic_scaling_it_is_the_fixed_number(self) -> None:
        off = scheduler(make.occupancy("0.5"), enabled=False)
        assert desired(off, make.fleet_of(occupied=30)) == 3
        assert desired(make.scheduler(), make.fleet_of(occupied=30)) == 3

    def test_no_number_of_matches_breaks_the_wire(self) -> None:
        absurd = make.room(status=RoomStatus.OCCUPIED, running_matches=2**62)
        assert desired(scheduler(make.occupancy("0.5")), [absurd]) == autoscaling.MOST_ROOMS


def may_shrink(wanted: Scheduler, rooms: list[Room], *, later_s: float = 0) -> tuple[bool, str]:
    matches = wanted.match_allocation.max_matches
    carried = load(rooms, max_matches=matches)
    size = autoscaling.size_of(wanted, carried)
    now = make.NOW + datetime.timedelta(seconds=later_s)
    answer = autoscaling.may_shrink(wanted, carried, size, now=now)
    return answer.allowed, answer.reason


class TestShrinking:
    @pytest.mark.parametrize(("rooms", "allowed"), [(100, True), (62, True), (60, False)])
    def test_only_when_clearly_more_is_free_than_wanted(self, rooms: int, allowed: bool) -> None:
        wanted = scheduler(make.occupancy("0.5", "0.99"))
        fleet = make.fleet_of(occupied=30, ready=rooms - 30)
        assert may_shrink(wanted, fleet)[0] is allowed

    def test_not_when_no_slot_is_free(self) -> None:
        wanted = scheduler(make.occupancy("0.5"))
        allowed, reason = may_shrink(wanted, make.fleet_of(occupied=3, pending=10))
        assert (allowed, reason) == (
            False,
            "down threshold: 3 slots wanted free / 0 free, at most 0.99",
        )

    def test_an_idle_fleet_may_always(self) -> None:
        assert may_shrink(scheduler(make.occupancy("0.5")), make.fleet_of(ready=10))[0]

    def test_a_buffer_may_whenever_it_is_larger_than_wanted(self) -> None:
        wanted = scheduler(make.fixed_buffer(5))
        assert may_shrink(wanted, make.fleet_of(occupied=3, ready=6))[0]
        assert not may_shrink(wanted, make.fleet_of(occupied=3, ready=5))[0]

    @pytest.mark.parametrize(("later_s", "allowed"), [(0, False), (59, False), (60, True)])
    def test_only_when_the_cooldown_is_over(self, later_s: float, allowed: bool) -> None:
        wanted = make.downscaled(scheduler(make.occupancy("0.5"), cooldown_s=60), at=make.NOW)
        answer = may_shrink(wanted, make.fleet_of(ready=10), later_s=later_s)
        assert answer[0] is allowed
        assert allowed or answer[1] == "cooldown until 12:01:00 UTC"


def test_every_policy_that_is_accepted_is_known() -> None:
    for kind in autoscaling.POLICIES:
        policy = Policy(
            type=kind,
            parameters=PolicyParameters(
                room_occupancy=make.occupancy().room_occupancy,
                fixed_buffer=make.fixed_buffer().fixed_buffer,
            ),
        )
        assert violations(make.scheduler(autoscaling=make.autoscaling(policy=policy))) == []
