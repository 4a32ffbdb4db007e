"""Rolling updates, step by step: what is added and removed, and what is left alone."""

import dataclasses
import datetime

import pytest

from maestro.domain import rollout
from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import RoomStatus
from maestro.domain.schedulers import Policy, Scheduler
from tests import make
from tests.unit.model_fleet import ModelFleet


def replicas(amount: int, *, surge: str = "25%") -> Scheduler:
    return make.scheduler(rooms_replicas=amount, max_surge=surge)


def occupancy(target: str = "0.5", *, surge: str = "25%", **bounds: int) -> Scheduler:
    policy = Policy(type="roomOccupancy", parameters=make.occupancy(target))
    scaling = make.autoscaling(policy=policy, **{"min": 1, "max": -1, **bounds})
    return make.scheduler(autoscaling=scaling, max_surge=surge)


def fleet_of(scheduler: Scheduler, *, ready: int = 0, occupied: int = 0) -> ModelFleet:
    """A fleet of v1 that is to be of v2."""
    fleet = ModelFleet(scheduler)
    fleet.add(ready)
    for room in fleet.add(occupied):
        fleet.play(room)
    fleet.switch("v2.0.0")
    return fleet


def steps(fleet: ModelFleet, *, most: int = 100) -> list[str]:
    """What is done until nothing is, when all rooms start at once."""
    done: list[str] = []
    for _ in range(most):
        plan = fleet.plan()
        if not (plan.add or plan.remove or plan.evict):
            return done
        fleet.carry_out(plan)
        done.append(plan.decision.outcome)
        fleet.get_ready()
    raise AssertionError(f"it never ends: {done}")


class TestSurge:
    @pytest.mark.parametrize(
        ("text", "desired", "surge"),
        [("25%", 10, 3), ("25%", 0, 1), ("1%", 10, 1), ("100%", 7, 7), ("10", 40, 10), ("1", 0, 1)],
    )
    def test_it_is_absolute_or_a_share_rounded_up_and_at_least_one(
        self, text: str, desired: int, surge: int
    ) -> None:
        assert rollout.surge(text, desired) == surge


class TestReplacement:
    def test_ten_rooms_are_replaced_three_at_a_time(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        assert steps(fleet) == [
            "add 3 rooms", "replace 3 rooms", "add 3 rooms", "replace 3 rooms",
            "add 3 rooms", "replace 3 rooms", "add 1 rooms", "replace 1 rooms",
        ]  # fmt: skip
        assert len(fleet.of("v2.0.0", "ready")) == 10
        assert fleet.of("v1.0.0") == []

    def test_a_gap_is_filled_along_with_the_surge(self) -> None:
        fleet = fleet_of(replicas(40, surge="10"), ready=25)
        assert fleet.check() == "add 25 rooms"

    def test_nothing_is_removed_before_new_rooms_are_ready(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.check()
        assert fleet.check() == "waits for 3 new rooms to get ready"
        fleet.get_ready(1)
        assert fleet.check() == "replace 1 rooms"
        assert fleet.serving == 10

    def test_it_goes_on_at_the_maximum_of_automatic_scaling(self) -> None:
        fleet = fleet_of(occupancy(max=4), ready=1, occupied=3)
        # Given that more is wanted than there may be
        assert fleet.plan().decision.bounds[0] == "lowered to max 4"
        assert fleet.check() == "add 1 rooms"
        fleet.get_ready()
        assert fleet.check() == "replace 1 rooms"
        assert len(fleet.rooms) == 4

    def test_without_a_maximum_it_surges_too(self) -> None:
        fleet = fleet_of(occupancy(max=-1), ready=5, occupied=5)
        assert fleet.check() == "add 3 rooms"

    def test_neither_cooldown_nor_threshold_hold_it_up(self) -> None:
        fleet = fleet_of(make.downscaled(occupancy(), at=make.NOW), ready=5, occupied=5)
        assert fleet.check() == "add 3 rooms"
        fleet.get_ready()
        plan = fleet.plan()
        assert (plan.remove, plan.reason) == (3, RemovalReason.ROLLING_UPDATE_REPLACE)
        assert not plan.is_downscale

    def test_rooms_that_are_not_ready_go_first(self) -> None:
        fleet = fleet_of(replicas(4, surge="1"), ready=2)
        fleet.switch("v1.0.0")
        fleet.add(2, status=RoomStatus.PENDING)
        fleet.switch("v2.0.0")
        fleet.check()
        fleet.get_ready(0)
        fleet.change(fleet.of("v2.0.0")[0], status=RoomStatus.READY)
        assert fleet.check() == "replace 1 rooms"
        assert len(fleet.of("v1.0.0", "ready")) == 2

    def test_a_version_that_differs_little_replaces_nobody(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.switch("v1.1.0")
        assert fleet.check() == "nothing to do"
        assert fleet.progress is None

    def test_a_fleet_of_nobody_loses_its_old_rooms(self) -> None:
        fleet = fleet_of(replicas(0), ready=3)
        assert steps(fleet) == ["replace 3 rooms"]


class TestMatches:
    def test_rooms_with_players_are_waited_for(self) -> None:
        fleet = fleet_of(occupancy(), ready=5, occupied=5)
        steps(fleet)
        assert len(fleet.of("v1.0.0")) == len(fleet.of("v1.0.0", "occupied")) == 5
        assert fleet.check() == "waits for matches in 5 older rooms to end"
        # When one ends its room goes
        fleet.stop_playing(fleet.of("v1.0.0")[0])
        assert fleet.check() == "replace 1 rooms"
        assert len(fleet.of("v1.0.0")) == 4

    def test_after_long_enough_they_go_too_a_few_at_a_time(self) -> None:
        fleet = fleet_of(replicas(10), occupied=10)
        assert steps(fleet) == ["add 3 rooms"]
        fleet.check()
        fleet.pass_time(3599)
        assert steps(fleet) == []
        fleet.pass_time(1)
        assert steps(fleet)[:3] == [
            "replace 3 rooms with players in them",
            "add 3 rooms",
            "replace 3 rooms with players in them",
        ]
        assert fleet.of("v1.0.0") == []
        assert len(fleet.of("v2.0.0", "ready")) == 10

    def test_the_wait_begins_only_when_nothing_else_is_left(self) -> None:
        fleet = fleet_of(replicas(4, surge="1"), ready=2, occupied=2)
        fleet.check()
        fleet.pass_time(10_000)
        fleet.get_ready()
        assert fleet.check() == "replace 1 rooms"
        assert fleet.progress
        assert fleet.progress.waiting_since is None

    def test_no_wait_at_all_is_possible(self) -> None:
        fleet = fleet_of(replicas(3, surge="3"), occupied=3)
        fleet.match_timeout_s = 0
        fleet.check()
        fleet.get_ready()
        fleet.check()
        assert fleet.check() == "replace 3 rooms with players in them"

    def test_a_surplus_of_new_rooms_goes_while_old_matches_are_waited_for(self) -> None:
        fleet = fleet_of(occupancy(surge="100%"), occupied=10)
        steps(fleet)
        # Given that all matches but one ended
        for room in fleet.of("v1.0.0")[1:]:
            fleet.stop_playing(room)
        steps(fleet)
        assert len(fleet.of("v1.0.0")) == 1
        assert len(fleet.rooms) == 3


class TestInTheMiddle:
    def test_a_rollback_turns_it_around(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        for _ in range(3):
            fleet.check()
            fleet.get_ready()
        assert len(fleet.of("v2.0.0")) == 6
        fleet.switch("v1.0.0")
        assert steps(fleet)[:2] == ["replace 3 rooms", "add 3 rooms"]
        assert len(fleet.of("v1.0.0", "ready")) == 10
        assert fleet.of("v2.0.0") == []

    def test_a_third_version_replaces_both(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.check()
        fleet.get_ready()
        fleet.switch("v3.0.0")
        steps(fleet)
        assert len(fleet.of("v3.0.0", "ready")) == len(fleet.rooms) == 10

    def test_a_small_edit_goes_on_and_keeps_the_clock(self) -> None:
        fleet = fleet_of(replicas(10), occupied=10)
        steps(fleet)
        fleet.check()
        assert fleet.progress
        waiting = fleet.progress.waiting_since
        fleet.pass_time(60)
        fleet.switch("v2.1.0", rooms_replicas=12)
        steps(fleet)
        assert fleet.progress.to == "v2.1.0"
        assert fleet.progress.waiting_since == waiting
        assert len(fleet.of("v2.0.0")) + len(fleet.of("v2.1.0")) == 5

    def test_a_crash_loop_leaves_the_old_rooms_alone(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.check()
        fleet.no_additions = "a crash loop"
        assert fleet.check() == "remove 3 rooms"
        assert len(fleet.of("v1.0.0", "ready")) == 10
        assert fleet.check() == "nothing to do"
        assert fleet.plan().decision.bounds == (
            "rolling update of 10 rooms from v1.0.0 stands still",
        )

    def test_a_wave_of_silence_leaves_all_rooms_alone(self) -> None:
        fleet = fleet_of(replicas(10), ready=13)
        fleet.no_removals = "10 of 13 rooms are silent at once"
        assert fleet.check() == "none removed: 10 of 13 rooms are silent at once"
        assert len(fleet.rooms) == 13


class TestProgress:
    def test_the_estimate_follows_from_what_was_done(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.check()
        assert fleet.progress == rollout.Progress(to="v2.0.0", since=make.NOW, done_at_start=0)
        fleet.pass_time(30)
        fleet.get_ready()
        fleet.check()
        seen = rollout.survey(fleet.rooms.values(), old_versions=fleet.old_versions, now=fleet.now)
        ends = rollout.estimate(fleet.progress, seen, now=fleet.now)
        assert ends == fleet.now + datetime.timedelta(seconds=70)

    def test_nothing_is_estimated_before_anything_is_done(self) -> None:
        fleet = fleet_of(replicas(10), ready=10)
        fleet.check()
        assert fleet.progress
        seen = rollout.survey(fleet.rooms.values(), old_versions=fleet.old_versions, now=fleet.now)
        assert rollout.estimate(fleet.progress, seen, now=fleet.now) is None

    def test_rooms_nobody_hears_of_are_not_relied_upon(self) -> None:
        fleet = fleet_of(replicas(3), ready=3)
        room = fleet.of("v1.0.0")[0]
        seen = rollout.survey(
            fleet.rooms.values(), old_versions={"v1.0.0"}, silent={room.id}, now=fleet.now
        )
        assert (seen.serving, seen.old_ready, seen.old_idle) == (2, 2, 1)
        playing = dataclasses.replace(room, status=RoomStatus.OCCUPIED)
        seen = rollout.survey([playing], old_versions={"v1.0.0"}, silent={room.id}, now=fleet.now)
        assert (seen.serving, len(seen.old_in_use)) == (0, 1)
