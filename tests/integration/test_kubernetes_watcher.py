"""The watcher over a cluster: whatever it misses it finds later, and it shows no ghosts."""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

import pytest

from maestro.runtime.kubernetes.runtime import KubernetesRuntime
from maestro.watcher import loop
from tests import kubernetes_rooms, make
from tests.fakes.kubernetes import Cluster
from tests.fakes.maestro import FakeMaestro
from tests.waiting import eventually


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def runtime(cluster: Cluster, tmp_path: pathlib.Path) -> KubernetesRuntime:
    return kubernetes_rooms.runtime(
        cluster.write_kubeconfig(tmp_path / "kubeconfig"), timeout_s=2, silence_s=5
    )


class Fleet:
    """A scheduler without a wish for rooms of its own, and a watcher that may be killed."""

    def __init__(self, cluster: Cluster, runtime: KubernetesRuntime) -> None:
        self.cluster = cluster
        self.runtime = runtime
        self.maestro = FakeMaestro(relist_interval_s=300)
        self.maestro.runtime = runtime
        self.maestro.management.schedulers.create(make.scheduler(rooms_replicas=0))
        worker = self.maestro.worker()
        while worker.run_next("arena"):
            pass

    @contextlib.contextmanager
    def watched(self) -> Iterator[loop.Watcher]:
        """A new watcher works, in a process of its own as it were."""
        self.maestro.__dict__.pop("watcher", None)
        watcher, stopping = self.maestro.watcher, threading.Event()
        thread = threading.Thread(target=watcher.run, args=(stopping,))
        thread.start()
        try:
            yield watcher
        finally:
            stopping.set()
            thread.join()

    def add(self, *rooms: str) -> None:
        scheduler = self.maestro.schedulers.get("arena")
        for room in rooms:
            self.runtime.create_room(make.new_room(id=room), scheduler)

    def remove(self, *rooms: str) -> None:
        """Somebody else deletes pods."""
        for room in rooms:
            self.cluster.delete_pod("arena", room)

    def shows(self, **statuses: str) -> None:
        """Wait until exactly these rooms are on record."""
        expected = {name.replace("_", "-"): status for name, status in statuses.items()}
        eventually(lambda: self.recorded() == expected, explain=lambda: str(self.recorded()))

    def recorded(self) -> dict[str, str]:
        # A list tells nothing of what was created in the very same moment.
        self.maestro.fake_clock.advance(0.001)
        while self.maestro.changes.apply("arena", limit=100).more:
            pass
        return {room.id: str(room.instance_status) for room in self.maestro.rooms.all("arena")}


@pytest.fixture
def fleet(cluster: Cluster, runtime: KubernetesRuntime) -> Fleet:
    return Fleet(cluster, runtime)


def test_what_happens_is_recorded(fleet: Fleet) -> None:
    fleet.add("a", "b")
    with fleet.watched():
        fleet.shows(a="ready", b="ready")
        fleet.add("c")
        fleet.shows(a="ready", b="ready", c="ready")
        fleet.remove("a")
        fleet.cluster.crash_loop("arena", "b")
        fleet.shows(b="error", c="ready")


def test_what_happens_while_nobody_watches_is_recorded_later(fleet: Fleet) -> None:
    with fleet.watched():
        fleet.add("a", "b", "c")
        fleet.shows(a="ready", b="ready", c="ready")
    fleet.remove("a", "b")
    fleet.add("b", "d")
    fleet.cluster.crash_loop("arena", "c")
    with fleet.watched():
        fleet.shows(b="ready", c="error", d="ready")


def test_a_watcher_killed_again_and_again_loses_nothing(fleet: Fleet) -> None:
    alive: list[str] = []
    for number in range(4):
        with fleet.watched():
            fleet.add(f"in-{number}")
            alive.append(f"in-{number}")
        if number % 2:
            fleet.remove(alive.pop(0))
        fleet.add(f"out-{number}")
        alive.append(f"out-{number}")
    with fleet.watched():
        eventually(lambda: set(fleet.recorded()) == set(alive), explain=lambda: str(alive))


def test_whatever_goes_wrong_with_streams_and_lists_nothing_is_lost(fleet: Fleet) -> None:
    with fleet.watched():
        fleet.add("a")
        fleet.shows(a="ready")
        fleet.cluster.cut_watches()
        fleet.add("b")
        fleet.shows(a="ready", b="ready")
        fleet.cluster.fail_next(410, match=("GET", "watch=true"))
        fleet.cluster.fail_next(500, times=2, match=("GET", "/pods"))
        fleet.cluster.cut_watches()
        fleet.remove("a")
        fleet.shows(b="ready")
        fleet.cluster.compact()
        fleet.cluster.cut_watches()
        fleet.add("c")
        fleet.shows(b="ready", c="ready")


def test_a_room_that_moved_to_another_owner_and_back_is_one_room(fleet: Fleet) -> None:
    """Whoever takes the label away takes the room; a room that was gone is not revived."""
    with fleet.watched():
        fleet.add("a", "b")
        fleet.shows(a="ready", b="ready")
        fleet.cluster.remove_label("arena", "a", "maestro-installation")
        fleet.shows(b="ready")


def test_interruptions_that_are_far_apart_do_not_add_up(fleet: Fleet) -> None:
    """The wait grows while nothing works, and not with every stream that ever broke."""
    with fleet.watched() as watcher:
        for number in range(5):
            fleet.add(f"room-{number}")
            eventually(lambda: f"room-{number}" in fleet.recorded())  # noqa: B023
            assert watcher._failures == 0
            watches = fleet.cluster.calls["watch", "pods"]
            fleet.cluster.cut_watches()
            eventually(lambda: fleet.cluster.calls["watch", "pods"] > watches)  # noqa: B023


def test_it_is_stuck_when_nothing_is_heard_for_long(fleet: Fleet) -> None:
    clock = fleet.maestro.fake_clock
    with fleet.watched() as watcher:
        fleet.add("a")
        fleet.shows(a="ready")
        # A quiet cluster is not a dead one
        clock.advance(loop.STUCK_S + 1)
        eventually(lambda: not watcher.is_stuck())
        fleet.cluster.go_away()
        eventually(lambda: watcher._failures > 0)
        clock.advance(loop.STUCK_S + 1)
        assert watcher.is_stuck()
        fleet.cluster.come_back()
        eventually(lambda: not watcher.is_stuck(), within_s=30)
        fleet.add("b")
        fleet.shows(a="ready", b="ready")
