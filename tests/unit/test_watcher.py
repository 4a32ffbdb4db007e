"""The watcher: what it makes of lists and watches, and what it does when they fail."""

import threading

import pytest

from maestro import errors
from maestro.domain.rooms import InstanceStatus
from maestro.ports.runtime import ChangeKind, InstanceChange, Listing
from maestro.watcher import changes
from tests import make
from tests.fakes.maestro import FakeMaestro
from tests.fakes.runtime import FakeRuntime


def test_a_list_shows_what_is_there_and_what_is_not() -> None:
    instance = make.instance(room="here")
    found = changes.of_listing(
        Listing(instances=[instance], resource_version="7"),
        known={"arena": ["here", "gone"]},
        epoch=3,
        listed_at=make.NOW,
    )
    assert found == [
        make.change(instance, epoch=3),
        make.absent(make.NOW, room="gone", epoch=3),
    ]


def test_a_watch_tells_which_instance_is_gone() -> None:
    instance = make.instance()
    told = changes.of_watch(InstanceChange(kind=ChangeKind.GONE, instance=instance), epoch=3)
    assert told == make.gone(instance, epoch=3)
    told = changes.of_watch(InstanceChange(kind=ChangeKind.PRESENT, instance=instance), epoch=3)
    assert told == make.change(instance, epoch=3)


@pytest.fixture
def fleet() -> FakeMaestro:
    """Two rooms that the watcher has seen."""
    maestro = FakeMaestro(relist_interval_s=30)
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=2))
    maestro.settle()
    return maestro


def follow(maestro: FakeMaestro, *, after_list: str = "") -> None:
    """Watch until the time to list again; the fake's watch ends when it has told everything."""
    stopping = threading.Event()
    watch = maestro.fake_runtime.watch_rooms

    def watch_once(version: str, *, timeout_s: float) -> object:
        if after_list:
            maestro.fake_runtime.gone("arena", after_list)
        maestro.fake_clock.advance(31)
        return watch(version, timeout_s=timeout_s)

    maestro.fake_runtime.watch_rooms = watch_once  # type: ignore[method-assign, assignment]
    maestro.watcher.follow(stopping)
    maestro.fake_runtime.watch_rooms = watch  # type: ignore[method-assign]
    while maestro.changes.apply("arena", limit=100).more:
        pass


def waits_for_its_turn(maestro: FakeMaestro) -> bool:
    """Whether a watcher that runs until it first waits or follows does the former."""
    stopping, waited = threading.Event(), []
    follow, watcher = maestro.watcher.follow, maestro.watcher

    def wait(seconds: float | None = None) -> bool:
        waited.append(seconds)
        stopping.set()
        return True

    def follow_once(stopping: threading.Event) -> None:
        stopping.set()
        follow(stopping)

    stopping.wait = wait  # type: ignore[method-assign, assignment]
    watcher.follow = follow_once  # type: ignore[method-assign]
    watcher.run(stopping)
    watcher.follow = follow  # type: ignore[method-assign]
    return bool(waited)


def test_what_happens_after_the_list_is_watched(fleet: FakeMaestro) -> None:
    lost, kept = (room.id for room in fleet.rooms.all("arena"))
    fleet.fake_hints.for_changes.clear()
    follow(fleet, after_list=lost)
    assert [room.id for room in fleet.rooms.all("arena")] == [kept]
    assert set(fleet.fake_hints.for_changes) == {"arena"}


def test_only_one_watcher_works(fleet: FakeMaestro) -> None:
    lost, kept = (room.id for room in fleet.rooms.all("arena"))
    assert fleet.changes.lead("another", ttl_s=15)
    fleet.fake_runtime.gone("arena", lost)
    fleet.fake_clock.advance(1)
    # Given another one that leads, nothing is looked at here
    assert waits_for_its_turn(fleet)
    fleet.changes.apply("arena", limit=100)
    assert [room.id for room in fleet.rooms.all("arena")] == [lost, kept]
    # When that one fell silent
    fleet.fake_clock.advance(16)
    assert not waits_for_its_turn(fleet)
    fleet.changes.apply("arena", limit=100)
    assert [room.id for room in fleet.rooms.all("arena")] == [kept]


def test_after_a_list_that_showed_what_nobody_knew_there_soon_is_another(
    fleet: FakeMaestro,
) -> None:
    asked: list[float] = []
    watch = fleet.fake_runtime.watch_rooms

    def watch_and_note(version: str, *, timeout_s: float) -> object:
        asked.append(timeout_s)
        return watch(version, timeout_s=timeout_s)

    fleet.fake_runtime.watch_rooms = watch_and_note  # type: ignore[method-assign, assignment]
    fleet.look()
    # Given that the store forgot everything, and does not know the fleet again before three lists
    fleet.world.forget("arena", operations={})
    for _ in range(3):
        fleet.look()
    fleet.sweep.once()
    fleet.look()
    fleet.look()
    assert asked == [30, 2, 4, 8, 16, 30]
    assert len(fleet.rooms.all("arena")) == 2


def test_after_an_error_it_lists_again_and_misses_nothing(fleet: FakeMaestro) -> None:
    lost = fleet.rooms.all("arena")[0].id
    fleet.fake_clock.advance(1)
    stopping = threading.Event()
    fleet.fake_runtime.fail_next("list_rooms", errors.Unavailable("away"))
    waits: list[float] = []

    def wait(seconds: float | None = None) -> bool:
        waits.append(seconds or 0)
        if len(waits) > 1:
            stopping.set()
        else:
            fleet.fake_runtime.gone("arena", lost)
            fleet.fake_runtime.fail_next("watch_rooms", errors.Unavailable("too old"))
        return stopping.is_set()

    stopping.wait = wait  # type: ignore[method-assign, assignment]
    fleet.watcher.run(stopping)
    fleet.changes.apply("arena", limit=100)
    assert lost not in {room.id for room in fleet.rooms.all("arena")}
    assert all(0 < seconds <= 30 for seconds in waits)


def test_it_says_when_it_is_stuck(fleet: FakeMaestro) -> None:
    assert not fleet.watcher.is_stuck()
    fleet.fake_clock.advance(121)
    assert fleet.watcher.is_stuck()
    fleet.look()
    follow(fleet)
    assert not fleet.watcher.is_stuck()


def test_a_changed_instance_reaches_its_room_with_the_reason(fleet: FakeMaestro) -> None:
    room = fleet.rooms.all("arena")[0].id
    fleet.fake_runtime.set_status("arena", room, InstanceStatus.ERROR, "image cannot be pulled")
    fleet.look()
    stored = fleet.rooms.get("arena", room)
    assert (stored.status, stored.instance_description) == ("error", "image cannot be pulled")


class TestStrays:
    """Instances that nobody asked for."""

    def make_stray(self, maestro: FakeMaestro, **changes: object) -> str:
        """A room in the runtime that the stores know nothing of."""
        room = make.new_room(id="stray", **changes)
        maestro.fake_runtime.create_room(room, maestro.schedulers.get("arena"))
        return room.id

    def present(self, maestro: FakeMaestro) -> set[str]:
        return {instance.room for instance in maestro.fake_runtime.list_rooms().instances}

    def test_one_of_a_known_version_is_adopted(self, fleet: FakeMaestro) -> None:
        stray = self.make_stray(fleet, version="v1.0.0")
        fleet.look()
        assert stray in {room.id for room in fleet.rooms.all("arena")}

    def test_one_of_an_unknown_version_goes_after_two_lists(self, fleet: FakeMaestro) -> None:
        stray = self.make_stray(fleet, version="v9.0.0")
        fleet.look()
        assert stray in self.present(fleet)
        fleet.look()
        assert stray not in self.present(fleet)

    def test_one_of_a_version_under_validation_stays(self, fleet: FakeMaestro) -> None:
        stray = self.make_stray(fleet, version="v2.0.0", is_validation=True)
        for _ in range(3):
            fleet.look()
        assert stray in self.present(fleet)

    def test_one_that_validates_for_a_scheduler_that_is_gone_goes_too(
        self, fleet: FakeMaestro
    ) -> None:
        stray = self.make_stray(fleet, version="v2.0.0", is_validation=True)
        fleet.schedulers.delete(fleet.schedulers.uids()["arena"])
        for _ in range(2):
            assert stray in self.present(fleet)
            fleet.look()
        assert stray not in self.present(fleet)

    def test_nobody_goes_while_postgres_does_not_answer(self, fleet: FakeMaestro) -> None:
        stray = self.make_stray(fleet, version="v9.0.0")
        fleet.look()

        def no_answer(name: str) -> object:
            raise errors.Unavailable("away")

        ask, fleet.schedulers.versions = fleet.schedulers.versions, no_answer  # type: ignore[method-assign, assignment]
        fleet.look()
        fleet.schedulers.versions = ask  # type: ignore[method-assign]
        # And the count begins anew
        fleet.look()
        assert stray in self.present(fleet)
        fleet.look()
        assert stray not in self.present(fleet)

    def test_another_installation_is_left_alone(self, fleet: FakeMaestro) -> None:
        machine = fleet.fake_runtime._machine
        theirs = FakeRuntime(machine, installation="theirs")
        scheduler = make.scheduler(name="their-arena")
        theirs.create_scheduler(scheduler)
        theirs.create_room(make.new_room(id="their-room", scheduler="their-arena"), scheduler)
        for _ in range(3):
            fleet.look()
        assert [instance.room for instance in theirs.list_rooms().instances] == ["their-room"]
