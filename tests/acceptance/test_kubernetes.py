"""Maestro on a cluster: `maestro dev` as a user runs it, against a server that plays one."""

import contextlib
import json
import pathlib
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, running, soon
from tests.fakes.kubernetes import Cluster

FIRST_PORT = 30000
PING_EVERY_S = 0.3
SETTINGS = {
    "room_pending_timeout_s": "8",
    "health_interval_s": "1",
    "disruption_interval_s": "1",
    "room_deletion_timeout_s": "3",
}


class Rooms:
    """What the programs in the pods would do: ping while they run."""

    def __init__(self, cluster: Cluster, system: System) -> None:
        self._cluster = cluster
        self._url = f"http://127.0.0.1:{system.ports['rooms_api']}"
        self._stopped = threading.Event()

    def ping_on(self) -> None:
        while not self._stopped.wait(PING_EVERY_S):
            for pod in self._cluster.pods():
                if pod["status"]["phase"] == "Running":
                    self._ping(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _ping(self, scheduler: str, room: str) -> None:
        body = json.dumps({"status": "ready", "timestamp": "1"}).encode()
        url = f"{self._url}/scheduler/{scheduler}/rooms/{room}/ping"
        request = urllib.request.Request(url, data=body, method="PUT")
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            answer.read()

    @contextlib.contextmanager
    def playing(self) -> Iterator[None]:
        thread = threading.Thread(target=self.ping_on)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def system(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    kubeconfig = cluster.write_kubeconfig(tmp_path_factory.mktemp("cluster") / "kubeconfig")
    with (
        running("--kubeconfig", str(kubeconfig), **SETTINGS) as system,
        Rooms(cluster, system).playing(),
    ):
        yield system


def pods(cluster: Cluster, name: str) -> list[str]:
    """The names of the pods of a scheduler."""
    return [pod["metadata"]["name"] for pod in cluster.pods(name)]


def start(system: System, name: str, rooms: int, first_port: int) -> list[str]:
    """A fleet; returns the ids of its rooms once they are ready."""
    assert system.post("/schedulers", fleet(name, rooms, first_port=first_port)).status == 200
    soon(lambda: len(system.ready_rooms(name)) == rooms, within_s=60, explain=system.text)
    return system.ready_rooms(name)


def delete(system: System, name: str) -> None:
    system.delete(f"/schedulers/{name}")
    soon(lambda: system.get(f"/schedulers/{name}").status == 404, within_s=30, explain=system.text)


def test_a_fleet_lives_in_a_namespace_of_its_own(system: System, cluster: Cluster) -> None:
    # Given a fleet, and another one that nobody is to touch
    cluster.add_namespace("bystander", labels={"heritage": "maestro"})
    ready = start(system, "arena", 3, FIRST_PORT)

    # Then each room is a pod that players can reach
    assert sorted(pods(cluster, "arena")) == sorted(ready)
    room = system.get(f"/schedulers/arena/rooms/{ready[0]}").body["room"]
    assert room["host"]
    assert FIRST_PORT <= room["ports"][0]["port"] < FIRST_PORT + 100

    # And maintenance may take one of three at a time
    def is_protected() -> bool:
        budget = cluster.budget("arena", "arena")
        return budget is not None and budget["spec"]["minAvailable"] == 2

    soon(is_protected, within_s=20, explain=system.text)

    # When it is deleted, nothing of it is left, and nothing else is gone
    delete(system, "arena")
    assert cluster.namespace("arena") is None
    assert cluster.namespace("bystander")


def test_what_happens_to_pods_is_answered(system: System, cluster: Cluster) -> None:
    crashed, drained, kept = start(system, "shaken", 3, FIRST_PORT + 100)
    cluster.end_container("shaken", crashed, exit_code=1)
    cluster.delete_pod("shaken", drained)

    def is_whole() -> bool:
        ready = set(system.ready_rooms("shaken"))
        return len(ready) == 3 and kept in ready and ready.isdisjoint([crashed, drained])

    soon(is_whole, within_s=30, explain=system.text)
    assert sorted(pods(cluster, "shaken")) == sorted(system.ready_rooms("shaken"))
    delete(system, "shaken")


def test_a_room_that_cannot_start_says_why_and_is_replaced(
    system: System, cluster: Cluster
) -> None:
    cluster.hold_starts = True
    body = fleet("stuck", 1, first_port=FIRST_PORT + 200)
    assert system.post("/schedulers", body).status == 200
    first = soon(lambda: pods(cluster, "stuck"), within_s=20, explain=system.text)[0]
    cluster.waiting("stuck", first, "CreateContainerConfigError", 'secret "key" not found')

    def reason() -> str:
        (room,) = system.rooms_of("stuck") or [{"instanceStatus": {"description": ""}}]
        return str(room["instanceStatus"]["description"])

    soon(lambda: 'CreateContainerConfigError: secret "key" not found' in reason(), within_s=10)
    soon(lambda: first not in pods(cluster, "stuck"), within_s=30, explain=system.text)
    cluster.hold_starts = False
    for pod in pods(cluster, "stuck"):
        cluster.start("stuck", pod)
    soon(lambda: len(system.ready_rooms("stuck")) == 1, within_s=30, explain=system.text)
    delete(system, "stuck")


def test_a_cluster_that_does_not_answer_for_a_while_changes_nothing(
    system: System, cluster: Cluster
) -> None:
    rooms = start(system, "patient", 2, FIRST_PORT + 300)
    cluster.fail_next(500, times=60)
    cluster.cut_watches()
    lost, kept = rooms
    cluster.end_container("patient", lost, exit_code=1)

    def is_whole() -> bool:
        ready = set(system.ready_rooms("patient"))
        return len(ready) == 2 and kept in ready and lost not in ready

    soon(is_whole, within_s=60, explain=system.text)
    delete(system, "patient")


def test_rooms_of_a_dead_node_are_replaced_and_forgotten_when_nobody_can_end_them(
    system: System, cluster: Cluster
) -> None:
    rooms = start(system, "lost", 2, FIRST_PORT + 400)
    node = next(
        pod["spec"]["nodeName"]
        for pod in cluster.pods("lost")
        if pod["metadata"]["name"] == rooms[0]
    )
    doomed = [
        pod["metadata"]["name"] for pod in cluster.pods("lost") if pod["spec"]["nodeName"] == node
    ]
    cluster.kill_node(node)
    # Whoever drains the dead node deletes its pods, which then hang
    for pod in doomed:
        cluster.delete_pod("lost", pod)
    assert set(doomed) <= set(pods(cluster, "lost"))

    soon(lambda: set(pods(cluster, "lost")).isdisjoint(doomed), within_s=60, explain=system.text)
    soon(lambda: len(system.ready_rooms("lost")) == 2, within_s=30, explain=system.text)
    cluster.revive_node(node)
    delete(system, "lost")


def test_a_stop_takes_the_pods_along(
    system: System, cluster: Cluster, tmp_path: pathlib.Path
) -> None:
    start(system, "brief", 2, FIRST_PORT + 500)
    assert system.stop() == 0
    soon(lambda: pods(cluster, "brief") == [], within_s=10)
    assert cluster.namespace("brief")
