"""Maestro on a real cluster, where `MAESTRO_TEST_KUBECONFIG` leads to one."""

import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from tests import cluster as real_cluster
from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, running, soon
from tests.cluster import RealCluster
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(not real_cluster.KUBECONFIG, reason="needs a cluster")

FIRST_PORT = 31000
#: No name that anybody else is likely to use.
NAME = "maestro-acceptance"
PING_EVERY_S = 0.5


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with real_cluster.real() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def system(cluster: RealCluster) -> Iterator[System]:
    with running("--kubeconfig", real_cluster.KUBECONFIG, health_interval_s="1") as system:
        cluster.adopt((system.folder / "installation").read_text())
        with pinging(cluster, system):
            yield system


@contextlib.contextmanager
def pinging(cluster: RealCluster, system: System) -> Iterator[None]:
    """Ping for the pods, which cannot reach this machine's loopback address."""
    stopped = threading.Event()

    def loop() -> None:
        while not stopped.wait(PING_EVERY_S):
            for pod in cluster.pods(NAME):
                ping(system, pod)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def ping(system: System, room: str) -> None:
    """Say that a room is ready."""
    url = f"http://127.0.0.1:{system.ports['rooms_api']}/scheduler/{NAME}/rooms/{room}/ping"
    body = json.dumps({"status": "ready", "timestamp": "1"}).encode()
    request = urllib.request.Request(url, data=body, method="PUT")
    with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()


def test_a_fleet_comes_heals_and_goes(system: System, cluster: RealCluster) -> None:
    # Given a fleet of pods
    body = fleet(NAME, 3, first_port=FIRST_PORT)
    container = body["spec"]["containers"][0]
    container["image"] = real_cluster.IMAGE
    container["command"] = ["sh", "-c", real_cluster.OBEDIENT]
    assert system.post("/schedulers", body).status == 200
    ready = soon(lambda: whole(system), within_s=PATIENCE_S, explain=system.text)
    assert sorted(cluster.pods(NAME)) == sorted(ready)
    room = system.get(f"/schedulers/{NAME}/rooms/{ready[0]}").body["room"]
    assert room["host"]

    # When one is deleted by hand and one crashes, then both are replaced
    deleted, crashed, kept = ready
    cluster.delete_pod(NAME, deleted)
    cluster.end(NAME, crashed, 1)

    def is_healed() -> bool:
        rooms = whole(system)
        return kept in rooms and set(rooms).isdisjoint([deleted, crashed])

    soon(is_healed, within_s=PATIENCE_S, explain=system.text)

    # When the scheduler is deleted, then its namespace is gone with it
    system.delete(f"/schedulers/{NAME}")

    def is_gone() -> bool:
        return system.get(f"/schedulers/{NAME}").status == 404

    soon(is_gone, within_s=PATIENCE_S, explain=system.text)
    soon(lambda: not cluster.has_namespace(NAME), within_s=PATIENCE_S)


def whole(system: System) -> list[str]:
    """The rooms of the fleet once all three are ready."""
    ready = system.ready_rooms(NAME)
    return ready if len(ready) == 3 else []
