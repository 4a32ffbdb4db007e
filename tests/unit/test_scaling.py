"""Fleets that follow demand and change their version, on fakes: what operators and players see."""

from typing import Any

import pytest

from maestro import errors
from maestro.domain.operations import HealthController, Operation, OperationStatus, RemovalReason
from maestro.domain.patches import SchedulerPatch, SpecPatch
from maestro.domain.rooms import InstanceStatus, PingStatus
from maestro.domain.schedulers import Autoscaling, Policy, PortRange
from maestro.ports.storage import Stage
from maestro.services.explanations import NO_ROLLOUT
from tests import make
from tests.fakes.maestro import FakeMaestro


def scaling(target: str = "0.5", **changes: Any) -> Autoscaling:
    policy = Policy(type="roomOccupancy", parameters=make.occupancy(target))
    return make.autoscaling(policy=policy, **changes)


def started(**changes: Any) -> FakeMaestro:
    """A fleet that has all its rooms, all of them ready."""
    settings = changes.pop("settings", {})
    maestro = FakeMaestro(**settings)
    maestro.management.schedulers.create(make.scheduler(**changes))
    maestro.settle(rounds=1)
    follow(maestro)
    return maestro


def follow(maestro: FakeMaestro, *, rounds: int = 60) -> None:
    """Check and let new rooms get ready, until nothing changes any more."""
    for _ in range(rounds):
        before = shape(maestro)
        get_ready(maestro)
        maestro.pass_time(2)
        check(maestro)
        if shape(maestro) == before:
            return


def check(maestro: FakeMaestro) -> None:
    maestro.enqueue(HealthController())
    maestro.settle(rounds=2)


def get_ready(maestro: FakeMaestro) -> None:
    """Rooms say that they go on as they did, and new ones that they are ready."""
    for room in maestro.rooms.all("arena"):
        status = room.ping_status if room.last_ping_at else PingStatus.READY
        maestro.ping(room.id, make.ping(status, running_matches=room.running_matches))


def play(maestro: FakeMaestro, amount: int) -> list[str]:
    """Matches begin in that many ready rooms."""
    ready = [room.id for room in maestro.rooms.all("arena") if room.status == "ready"][:amount]
    for room in ready:
        maestro.ping(room, make.ping(PingStatus.OCCUPIED, running_matches=1))
    return ready


def shape(maestro: FakeMaestro) -> list[tuple[str, str, str]]:
    return [(room.id, room.version, room.status) for room in maestro.rooms.all("arena")]


def versions(maestro: FakeMaestro) -> list[str]:
    return sorted(room.version for room in maestro.rooms.all("arena"))


def final(maestro: FakeMaestro, kind: str) -> list[Operation]:
    """The ended operations of a kind, newest first."""
    found, _ = maestro.operations.page("arena", Stage.FINAL, descending=True, limit=1000)
    return [each for each in found if kind == each.definition.NAME]


def update(maestro: FakeMaestro, **changes: Any) -> None:
    """Give the fleet other rooms, and let one of them prove that they work."""
    maestro.management.edits.patch("arena", SchedulerPatch(**changes))
    for _ in range(6):
        maestro.settle(rounds=1)
        for room in maestro.rooms.all("arena"):
            if room.is_validation:
                maestro.ping(room.id)
        if not maestro.operations.open_kinds("arena"):
            return


OTHER_ROOMS = {"spec": SpecPatch(toleration="other")}


class TestDemand:
    def test_rooms_follow_as_matches_begin(self) -> None:
        maestro = started(autoscaling=scaling())
        assert maestro.statuses() == ["ready"]
        for ready, occupied in [(1, 1), (2, 2), (4, 4), (2, 8), (0, 10)]:
            play(maestro, 10)
            follow(maestro)
            statuses = maestro.statuses()
            assert (statuses.count("ready"), statuses.count("occupied")) == (ready, occupied)

    def test_an_idle_fleet_shrinks_once_per_cooldown(self) -> None:
        maestro = started(
            autoscaling=scaling(min=1, cooldown_s=60),
            settings={"remove_rooms_limit": 4},
        )
        playing = []
        for amount in (1, 1, 2):
            playing += play(maestro, amount)
            follow(maestro)
        assert len(maestro.rooms.all("arena")) == 8
        for room in playing:
            maestro.ping(room)
        check(maestro)
        assert len(maestro.rooms.all("arena")) == 4
        check(maestro)
        assert len(maestro.rooms.all("arena")) == 4
        newest = maestro.management.explanations.decisions("arena")[0]
        assert newest.outcome.startswith("none removed: cooldown until ")
        maestro.pass_time(61)
        get_ready(maestro)
        check(maestro)
        assert len(maestro.rooms.all("arena")) == 1

    def test_the_cooldown_survives_a_switch_of_versions(self) -> None:
        maestro = started(rooms_replicas=3)
        update(maestro, rooms_replicas=2)
        follow(maestro)
        at = maestro.schedulers.get("arena").last_downscale_at
        assert at is not None
        maestro.management.edits.switch("arena", "v1.0.0")
        maestro.settle(rounds=1)
        follow(maestro)
        assert len(maestro.rooms.all("arena")) == 3
        assert maestro.schedulers.get("arena").last_downscale_at == at

    def test_when_all_rooms_are_in_use_nothing_is_enqueued_in_vain(self) -> None:
        maestro = started(rooms_replicas=3)
        play(maestro, 3)
        update(maestro, rooms_replicas=1)
        follow(maestro)
        assert final(maestro, "remove_rooms") == []
        newest = maestro.management.explanations.decisions("arena")[0]
        assert newest.outcome == "none removed: all 3 rooms are in use"


class TestShortage:
    def test_what_cannot_be_created_is_tried_again_later_and_later(self) -> None:
        ports = PortRange(start=5000, end=5002)
        maestro = started(rooms_replicas=4, port_range=ports)
        assert len(maestro.rooms.all("arena")) == 3
        shortage = "not enough ports to allocate: need 1, free 0 in 5000-5002"
        assert f"1 rooms could not be created: {shortage}" in maestro.history(
            final(maestro, "add_rooms")[-1].id
        )
        before = len(final(maestro, "add_rooms"))
        # When it is checked every second for five minutes
        for _ in range(300):
            maestro.pass_time(1)
            get_ready(maestro)
            maestro.enqueue(HealthController())
            maestro.worker().run_next("arena")
            maestro.worker().run_next("arena")
        # Then it is tried a few times only, and operators see why
        assert 3 <= len(final(maestro, "add_rooms")) - before <= 7
        newest = maestro.management.explanations.decisions("arena")[0]
        assert shortage in newest.bounds[0]
        assert newest.outcome == "no rooms added yet"

    def test_a_room_that_dies_meanwhile_does_not_wait_for_the_others(self) -> None:
        maestro = started(rooms_replicas=4, port_range=PortRange(start=5000, end=5002))
        lost = maestro.rooms.all("arena")[0].id
        maestro.fake_runtime.set_status("arena", lost, InstanceStatus.ERROR)
        maestro.look()
        check(maestro)
        # Given that its ports are free a moment later
        maestro.pass_time(6)
        check(maestro)
        assert len(maestro.rooms.all("arena")) == 3
        assert lost not in {room.id for room in maestro.rooms.all("arena")}

    def test_a_majority_that_fails_does_not_keep_the_rest_from_being_created(self) -> None:
        maestro = started(rooms_replicas=10, port_range=PortRange(start=5000, end=5002))
        assert len(maestro.rooms.all("arena")) == 3

    def test_another_version_is_tried_at_once(self) -> None:
        maestro = started(rooms_replicas=4, port_range=PortRange(start=5000, end=5002))
        update(maestro, port_range=PortRange(start=5000, end=5009))
        follow(maestro)
        assert versions(maestro) == ["v2.0.0"] * 4


class TestRollingUpdate:
    def test_all_rooms_are_replaced_and_never_too_few_are_ready(self) -> None:
        maestro = started(rooms_replicas=10)
        update(maestro, **OTHER_ROOMS)
        for _ in range(40):
            check(maestro)
            serving = [s for s in maestro.statuses() if s in ("ready", "occupied")]
            assert len(serving) >= 10
            assert len(maestro.rooms.all("arena")) <= 13
            get_ready(maestro)
        assert versions(maestro) == ["v2.0.0"] * 10
        reasons = {each.definition.reason for each in final(maestro, "remove_rooms")}  # type: ignore[attr-defined]
        assert RemovalReason.ROLLING_UPDATE_REPLACE in reasons
        assert maestro.management.explanations.rollout("arena").waits_for == NO_ROLLOUT

    def test_a_match_is_waited_for_and_its_room_goes_when_it_ends(self) -> None:
        maestro = started(rooms_replicas=4)
        (playing,) = play(maestro, 1)
        update(maestro, **OTHER_ROOMS)
        follow(maestro)
        assert versions(maestro) == ["v1.0.0"] + ["v2.0.0"] * 4
        shown = maestro.management.explanations.rollout("arena")
        assert shown.waits_for == "matches in 1 older rooms to end"
        assert (shown.from_versions, shown.to_version) == (["v1.0.0"], "v2.0.0")
        assert (shown.rooms_done, shown.rooms_to_do) == (4, 1)
        assert shown.waiting_since
        maestro.ping(playing)
        follow(maestro)
        assert versions(maestro) == ["v2.0.0"] * 4

    def test_after_the_timeout_its_room_goes_all_the_same(self) -> None:
        maestro = started(rooms_replicas=4, settings={"rollout_match_timeout_s": 100})
        (playing,) = play(maestro, 1)
        update(maestro, **OTHER_ROOMS)
        follow(maestro)
        maestro.pass_time(101)
        follow(maestro)
        assert versions(maestro) == ["v2.0.0"] * 4
        (eviction,) = [each for each in final(maestro, "remove_rooms") if "ids" in str(each)][:1]
        assert eviction.definition.rooms_ids == (playing,)  # type: ignore[attr-defined]

    def test_a_rollback_in_the_middle_turns_it_around(self) -> None:
        maestro = started(rooms_replicas=6)
        update(maestro, **OTHER_ROOMS)
        check(maestro)
        get_ready(maestro)
        check(maestro)
        assert {"v1.0.0", "v2.0.0"} == set(versions(maestro))
        maestro.management.edits.switch("arena", "v1.0.0")
        follow(maestro)
        assert versions(maestro) == ["v1.0.0"] * 6

    def test_a_small_change_replaces_nobody(self) -> None:
        maestro = started(rooms_replicas=3)
        before = shape(maestro)
        update(maestro, max_surge="3")
        follow(maestro)
        assert shape(maestro) == before

    def test_a_version_that_crashes_leaves_the_old_rooms_alone(self) -> None:
        maestro = started(rooms_replicas=4, settings={"crash_loop_crashes": 3})
        old = {room.id for room in maestro.rooms.all("arena")}
        update(maestro, **OTHER_ROOMS)
        for _ in range(8):
            for room in maestro.rooms.all("arena"):
                if room.version == "v2.0.0":
                    maestro.fake_runtime.set_status("arena", room.id, InstanceStatus.ERROR, "bad")
            maestro.look()
            check(maestro)
        assert old == {room.id for room in maestro.rooms.all("arena")}
        shown = maestro.management.explanations.rollout("arena")
        assert shown.waits_for.startswith("version v2.0.0 is in a crash loop: ")

    def test_a_paused_fleet_is_replaced_when_it_is_resumed(self) -> None:
        maestro = started(rooms_replicas=3)
        update(maestro, **OTHER_ROOMS)
        maestro.management.schedulers.pause("arena")
        get_ready(maestro)
        before = shape(maestro)
        follow(maestro)
        assert shape(maestro) == before
        shown = maestro.management.explanations.rollout("arena")
        assert shown.waits_for == "the end of the pause"
        newest = maestro.management.explanations.decisions("arena")[0]
        assert newest.bounds == ("rolling update of 3 rooms from v1.0.0 stands still",)
        maestro.management.schedulers.resume("arena")
        follow(maestro)
        assert versions(maestro) == ["v2.0.0"] * 3

    def test_a_worker_that_dies_in_between_does_no_harm(self) -> None:
        maestro = started(rooms_replicas=4)
        update(maestro, **OTHER_ROOMS)
        for _ in range(30):
            maestro.enqueue(HealthController())
            taken = maestro.operations.take("arena", worker="x", lease_ttl_s=15, may_recover=True)
            assert taken
            maestro.pass_time(16)
            maestro.settle(rounds=2)
            get_ready(maestro)
            assert sum(s == "ready" for s in maestro.statuses()) >= 4
        assert versions(maestro) == ["v2.0.0"] * 4

    def test_the_stored_versions_are_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        maestro = started(rooms_replicas=4)
        play(maestro, 4)
        update(maestro, **OTHER_ROOMS)
        follow(maestro)
        asked: list[str | None] = []
        get = maestro.schedulers.get

        def counted(name: str, *, version: str | None = None) -> Any:
            asked.append(version)
            return get(name, version=version)

        monkeypatch.setattr(maestro.schedulers, "get", counted)
        check(maestro)
        assert asked
        assert set(asked) == {None}


class TestExplanations:
    def test_a_decision_shows_how_it_came_about(self) -> None:
        maestro = started(autoscaling=scaling(max=3))
        play(maestro, 1)
        follow(maestro)
        play(maestro, 2)
        check(maestro)
        decisions = maestro.management.explanations.decisions("arena")
        newest = next(each for each in decisions if each.operation_id)
        assert (newest.policy, newest.formula) == (
            "roomOccupancy",
            "ceil(ceil(2 / (1 - 0.5)) / 1)",
        )
        assert (newest.raw, newest.desired, newest.available) == (4, 3, 2)
        assert newest.bounds == ("lowered to max 3",)
        assert newest.outcome == "add 1 rooms"
        operation = maestro.operations.get("arena", newest.operation_id)
        assert operation.status is OperationStatus.FINISHED
        histories = [maestro.history(each.id) for each in final(maestro, "health_controller")]
        assert any(newest.line in history for history in histories)

    def test_looking_again_and_again_pushes_out_nothing(self) -> None:
        maestro = started(rooms_replicas=2)
        before = maestro.management.explanations.decisions("arena")
        for _ in range(100):
            maestro.pass_time(1)
            get_ready(maestro)
            check(maestro)
        after = maestro.management.explanations.decisions("arena")
        assert len(after) <= len(before) + 1
        assert after[0].at > before[0].at
        assert {each.outcome for each in after} == {"add 2 rooms", "nothing to do"}

    def test_a_pause_is_told(self) -> None:
        maestro = started(rooms_replicas=2)
        maestro.management.schedulers.pause("arena")
        update(maestro, rooms_replicas=4)
        check(maestro)
        newest = maestro.management.explanations.decisions("arena")[0]
        assert newest.outcome == "no rooms added: the fleet is paused"
        assert (newest.desired, newest.available) == (4, 2)

    def test_of_unknown_schedulers_nothing_is_told(self) -> None:
        maestro = FakeMaestro()
        with pytest.raises(errors.NotFound):
            maestro.management.explanations.decisions("arena")
        with pytest.raises(errors.NotFound):
            maestro.management.explanations.rollout("arena")
