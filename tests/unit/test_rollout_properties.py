"""Whatever happens during a rolling update: no room is missing, none too many, and it ends."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from maestro.domain.rooms import IN_USE, RoomStatus
from maestro.domain.schedulers import Autoscaling, Policy
from tests import make, strategies
from tests.unit.model_fleet import ModelFleet, surge_of

assert strategies  # Its import makes examples the same in every run.

MATCH_TIMEOUT_S = 600
SURGES = st.sampled_from(["1", "3", "25%", "100%"])
VERSIONS = st.sampled_from(["v1.0.0", "v1.1.0", "v2.0.0", "v3.0.0"])
POLICIES = st.sampled_from(
    [
        Policy(type="roomOccupancy", parameters=make.occupancy("0.5")),
        Policy(type="roomOccupancy", parameters=make.occupancy("0.2", "0.5")),
        Policy(type="fixedBuffer", parameters=make.fixed_buffer(4)),
    ]
)


@st.composite
def scalings(draw: st.DrawFn) -> Autoscaling:
    low = draw(st.integers(1, 6))
    return make.autoscaling(
        enabled=draw(st.booleans()),
        min=low,
        max=draw(st.just(-1) | st.integers(low, 15)),
        policy=draw(POLICIES),
        cooldown_s=draw(st.sampled_from([0, 60])),
    )


class Rollouts(RuleBasedStateMachine):
    """Operators, players, crashes and health checks, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = ModelFleet(make.scheduler(), match_timeout_s=MATCH_TIMEOUT_S)

    @initialize(
        ready=st.integers(0, 12),
        occupied=st.integers(0, 6),
        replicas=st.integers(0, 12),
        scaling=scalings(),
        surge=SURGES,
    )
    def begin(self, ready: int, occupied: int, **wanted: Any) -> None:
        self.edit(**wanted, version="v1.0.0")
        self.fleet.add(ready)
        for room in self.fleet.add(occupied):
            self.fleet.play(room)

    # Operators

    @rule(replicas=st.integers(0, 12), scaling=scalings(), surge=SURGES, version=VERSIONS)
    def edit(self, replicas: int, scaling: Autoscaling, surge: str, version: str) -> None:
        self.fleet.switch(version, rooms_replicas=replicas, autoscaling=scaling, max_surge=surge)

    @rule(version=VERSIONS)
    def switch(self, version: str) -> None:
        self.fleet.switch(version)

    @rule(reason=st.sampled_from(["", "a crash loop"]))
    def break_or_mend(self, reason: str) -> None:
        self.fleet.no_additions = reason

    @rule(reason=st.sampled_from(["", "a wave"]))
    def freeze_or_thaw(self, reason: str) -> None:
        self.fleet.no_removals = reason

    @rule(free=st.integers(0, 5))
    def run_short_of_ports(self, free: int) -> None:
        self.fleet.room_for = len(self.fleet.rooms) + free

    # Rooms and players

    @rule(amount=st.integers(1, 5))
    def some_get_ready(self, amount: int) -> None:
        self.fleet.get_ready(amount)

    @precondition(lambda self: self.fleet.rooms)
    @rule(data=st.data())
    def one_crashes(self, data: st.DataObject) -> None:
        del self.fleet.rooms[data.draw(st.sampled_from(sorted(self.fleet.rooms)))]

    @rule(amount=st.integers(1, 4))
    def matches_begin(self, amount: int) -> None:
        ready = [r for r in self.fleet.rooms.values() if r.status is RoomStatus.READY]
        for room in ready[-amount:]:
            self.fleet.play(room)

    @rule(amount=st.integers(1, 4))
    def matches_end(self, amount: int) -> None:
        playing = [r for r in self.fleet.rooms.values() if r.status is RoomStatus.OCCUPIED]
        for room in playing[:amount]:
            self.fleet.stop_playing(room)

    @rule(seconds=st.sampled_from([1, 30, 700]))
    def time_passes(self, seconds: float) -> None:
        self.fleet.pass_time(seconds)

    # Health checks

    @rule()
    def check(self) -> None:
        fleet = self.fleet
        before, serving, playing = dict(fleet.rooms), fleet.serving, self.playing()
        old = fleet.old_versions
        waiting = fleet.progress.waiting_since if fleet.progress else None
        plan = fleet.plan()
        desired = plan.decision.desired
        fleet.carry_out(plan)

        assert fleet.serving >= min(serving, desired)
        if plan.add:
            surge = surge_of(fleet, plan) if plan.progress else 0
            assert len(before) + plan.add + plan.held_back <= desired + surge
        assert (plan.add > 0) + (plan.remove > 0) + bool(plan.evict) <= 1
        if ended := playing - self.playing():
            assert ended <= set(plan.evict)
            assert all(before[room].version in old for room in ended)
            assert waiting is not None
            assert (fleet.now - waiting).total_seconds() >= MATCH_TIMEOUT_S
        if fleet.no_removals:
            assert not plan.remove
            assert not plan.evict

    def playing(self) -> set[str]:
        return {room.id for room in self.fleet.rooms.values() if room.status in IN_USE}

    def teardown(self) -> None:
        """Left in peace, it ends, though players go on as they like."""
        fleet = self.fleet
        fleet.no_additions = fleet.no_removals = ""
        fleet.room_for = 10**6
        for _ in range(300):
            self.check()
            fleet.get_ready()
            fleet.pass_time(30)
            if self.is_settled():
                return
        raise AssertionError(f"it never ends: {fleet.plan().decision}")

    def is_settled(self) -> bool:
        """Nothing is left to do but what a cooldown or a threshold forbids."""
        plan = self.fleet.plan()
        enough = self.fleet.serving >= plan.decision.desired
        return enough and not (self.fleet.old_versions or plan.add or plan.remove or plan.evict)


class RolloutsOnFewPorts(Rollouts):
    """The same when there are never more than a few rooms beyond those wanted."""

    def teardown(self) -> None:
        fleet = self.fleet
        fleet.no_additions = fleet.no_removals = ""
        for _ in range(300):
            fleet.room_for = fleet.plan().decision.desired + 1
            self.check()
            fleet.get_ready()
            fleet.pass_time(30)
            if self.is_settled():
                return
        raise AssertionError(f"it never ends: {fleet.plan().decision}")


Rollouts.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, derandomize=True
)
RolloutsOnFewPorts.TestCase.settings = settings(
    max_examples=50, stateful_step_count=20, deadline=None, derandomize=True
)
TestRollouts = Rollouts.TestCase
TestRolloutsOnFewPorts = RolloutsOnFewPorts.TestCase
