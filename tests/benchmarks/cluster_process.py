"""
A cluster in a process of its own, so that its CPU time is not counted as Maestro's.

`python -m tests.benchmarks.cluster_process KUBECONFIG` writes the file and does what it reads, a
line each, answering with a line of JSON.
"""

import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from maestro.runtime.kubernetes import manifests
from tests import make
from tests.fakes.kubernetes import Cluster

NAMESPACE = "arena"
#: Enough nodes for as many rooms as want the same host ports.
NODES = tuple(f"node-{number:02}" for number in range(20))


class ClusterProcess:
    """The other end: asks the process, and ends it with the block."""

    def __init__(self, kubeconfig: pathlib.Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.cluster_process", str(kubeconfig)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answer()

    def ask(self, *words: str | int) -> Any:
        assert self._process.stdin
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> "ClusterProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


def fill(cluster: Cluster, amount: str) -> int:
    """Put running rooms into the namespace."""
    scheduler, setting = make.scheduler(), manifests.Setting(installation="bench")
    cluster.add_namespace(NAMESPACE)
    for index in range(int(amount)):
        ports = make.host_ports(port=20000 + index % 500)
        room = make.new_room(id=f"room-{index:05}", ports=ports)
        cluster.add_pod(NAMESPACE, manifests.pod(room, scheduler, setting))
    return len(cluster.pods(NAMESPACE))


def shake(cluster: Cluster, amount: str) -> int:
    """Let so many changes happen, one after the other over all rooms."""
    names = [pod["metadata"]["name"] for pod in cluster.pods(NAMESPACE)]
    for index in range(int(amount)):
        cluster.set_label(NAMESPACE, names[index % len(names)], "shaken", str(index))
    return int(amount)


def hold(cluster: Cluster) -> bool:
    """Let no room start by itself."""
    cluster.hold_starts = True
    return True


def start_all(cluster: Cluster, per_second: str) -> dict[str, float]:
    """Start what is held, at an even pace; when each was ready."""
    started = {}
    for pod in cluster.pods(NAMESPACE):
        name = pod["metadata"]["name"]
        cluster.start(NAMESPACE, name)
        started[name] = time.time()
        time.sleep(1 / float(per_second))
    return started


def calls(cluster: Cluster) -> dict[str, int]:
    """How often what was asked for."""
    return {f"{verb} {resource}": times for (verb, resource), times in cluster.calls.items()}


DEEDS: dict[str, Callable[..., Any]] = {
    "fill": fill,
    "shake": shake,
    "hold": hold,
    "start_all": start_all,
    "calls": calls,
    "count": lambda cluster: len(cluster.pods(NAMESPACE)),
}


def main() -> None:
    """Serve until the other end closes."""
    with Cluster(node_names=NODES) as cluster:
        cluster.write_kubeconfig(pathlib.Path(sys.argv[1]))
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            name, *arguments = line.split()
            print(json.dumps(DEEDS[name](cluster, *arguments)), flush=True)


if __name__ == "__main__":
    main()
