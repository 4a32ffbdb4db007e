"""Rooms on a cluster that is played: creation, the way of a change, and how a watch compares."""

import contextlib
import pathlib
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator

import psutil
from kubernetes import client, config, informer

from maestro.bootstrap import Maestro
from maestro.domain.schedulers import PortRange
from tests import kubernetes_rooms, make
from tests.benchmarks.cluster_process import ClusterProcess
from tests.benchmarks.stand import cpu_s, stand
from tests.waiting import eventually

ROOMS = 1_000
PODS = 10_000
CHANGES = 20_000
#: Of the informer, which would take minutes for as many.
FEWER_CHANGES = 2_000
STARTS_PER_S = 100
MODULES = ("worker", "runtime-watcher")


def run() -> None:
    """Print what rooms cost, and what changes cost."""
    with _cluster() as (cluster, kubeconfig):
        _rooms(cluster, kubeconfig)
    with _cluster() as (cluster, kubeconfig):
        _changes(cluster, kubeconfig)


@contextlib.contextmanager
def _cluster() -> Iterator[tuple[ClusterProcess, pathlib.Path]]:
    with tempfile.TemporaryDirectory(prefix="maestro-bench-") as folder:
        kubeconfig = pathlib.Path(folder) / "kubeconfig"
        with ClusterProcess(kubeconfig) as cluster:
            yield cluster, kubeconfig


# Rooms ------------------------------------------------------------------------


def _rooms(cluster: ClusterProcess, kubeconfig: pathlib.Path) -> None:
    settings = {
        "runtime": "kubernetes",
        "kubernetes_kubeconfig": str(kubeconfig),
        "kubernetes_qps": 10_000,
        "kubernetes_burst": 10_000,
        "room_pending_timeout_s": 3600,
    }
    cluster.ask("hold")
    with stand(**settings) as here, contextlib.ExitStack() as modules:
        processes = {name: modules.enter_context(here.module(name)) for name in MODULES}
        spent = _create(here.maestro, cluster, processes)
        counted = cluster.ask("calls")
        print(
            f"{ROOMS} rooms created: {spent}; create pods "
            f"{counted.get('create pods', 0) / ROOMS:.2f} a room, get pods "
            f"{counted.get('get pods', 0) / ROOMS:.2f} a room"
        )
        delays = sorted(_delays(here.maestro, cluster))
        median, p99 = statistics.median(delays), delays[round(0.99 * (len(delays) - 1))]
        print(
            f"pod ready to room ready, {STARTS_PER_S} a second: p50 {median * 1000:.0f} ms, "
            f"p99 {p99 * 1000:.0f} ms"
        )


def _create(maestro: Maestro, cluster: ClusterProcess, processes: dict[str, psutil.Process]) -> str:
    before = {name: cpu_s(process) for name, process in processes.items()}
    began = time.monotonic()
    ports = PortRange(start=20000, end=29999)
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=ROOMS, port_range=ports))
    eventually(lambda: cluster.ask("count") == ROOMS, within_s=120, every_s=0.1)
    eventually(lambda: len(maestro.rooms.all("arena")) == ROOMS, within_s=60, every_s=0.1)
    wall = time.monotonic() - began
    cpu = ", ".join(
        f"{name} {cpu_s(process) - before[name]:.1f} s CPU" for name, process in processes.items()
    )
    return f"{wall:.1f} s, {cpu}"


def _delays(maestro: Maestro, cluster: ClusterProcess) -> list[float]:
    """Rooms that have pinged already are ready as soon as their pods are."""
    for room in maestro.rooms.all("arena"):
        maestro.rooms.ping("arena", room.id, make.ping())
    started = cluster.ask("start_all", STARTS_PER_S)
    key = f"{maestro.settings.redis_prefix}:{{arena}}:ready"
    eventually(lambda: maestro.redis.zcard(key) == ROOMS, within_s=60, every_s=0.1)
    ready: dict[str, float] = dict(maestro.redis.zrange(key, 0, -1, withscores=True))  # type: ignore[arg-type]
    return [at / 1_000_000 - started[room] for room, at in ready.items()]


# Changes ----------------------------------------------------------------------


def _changes(cluster: ClusterProcess, kubeconfig: pathlib.Path) -> None:
    cluster.ask("fill", PODS)
    ours = _rate(cluster, CHANGES, lambda count: _by_us(kubeconfig, count))
    print(
        f"watching {PODS} pods: {ours:.0f} events per CPU second, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"
    )
    theirs = _rate(cluster, FEWER_CHANGES, lambda count: _by_informer(kubeconfig, count))
    print(
        f"the client's own informer: {theirs:.0f} events per CPU second (ours {ours / theirs:.1f} "
        f"times that), {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"
    )


def _rate(
    cluster: ClusterProcess,
    changes: int,
    watch: Callable[["_Count"], contextlib.AbstractContextManager[None]],
) -> float:
    """Events per CPU second of this process, once the first list is done."""
    count = _Count(changes)
    with watch(count):
        before = time.process_time()
        cluster.ask("shake", changes)
        assert count.reached.wait(300)
        return changes / (time.process_time() - before)


class _Count:
    """How many changes were seen."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._seen = 0
        self.reached = threading.Event()

    def add(self, amount: int) -> None:
        self._seen += amount
        if self._seen >= self._expected:
            self.reached.set()


@contextlib.contextmanager
def _by_us(kubeconfig: pathlib.Path, count: _Count) -> Iterator[None]:
    runtime = kubernetes_rooms.runtime(kubeconfig, installation="bench", timeout_s=60)
    since = runtime.list_rooms().resource_version

    def loop() -> None:
        for batch in runtime.watch_rooms(since, timeout_s=300):
            count.add(len(batch))
            if count.reached.is_set():
                return

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    yield
    thread.join()


@contextlib.contextmanager
def _by_informer(kubeconfig: pathlib.Path, count: _Count) -> Iterator[None]:
    configuration = client.Configuration()
    config.load_kube_config(  # type: ignore[no-untyped-call]
        str(kubeconfig), client_configuration=configuration, persist_config=False
    )
    core = client.CoreV1Api(client.ApiClient(configuration))
    shared = informer.SharedInformer(  # type: ignore[no-untyped-call]
        core.list_pod_for_all_namespaces, label_selector="maestro-installation=bench"
    )
    shared.start()  # type: ignore[no-untyped-call]
    eventually(lambda: len(shared.cache.list()) == PODS, within_s=120, every_s=0.1)
    shared.add_event_handler(informer.MODIFIED, lambda _: count.add(1))  # type: ignore[no-untyped-call]
    yield
    shared.stop()  # type: ignore[no-untyped-call]
