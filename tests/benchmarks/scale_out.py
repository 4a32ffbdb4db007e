"""
Pings and operations with one, two and four processes of a module, and with the state in one Redis
or in a cluster. On few cores, look at what a CPU second does: it should not fall with more of them.
"""

import concurrent.futures
import contextlib
import functools
import time
from collections.abc import Sequence

from maestro.domain.operations import TestOperation
from maestro.domain.schedulers import SchedulerState
from tests import make
from tests.benchmarks import fleets, load
from tests.benchmarks.pings import PING, STORED
from tests.benchmarks.stand import Stand, child, connects, cpu_s, stand, stand_on_cluster
from tests.ports import free_port
from tests.waiting import eventually

PROCESSES = (1, 2, 4)
SCHEDULERS = tuple(f"fleet-{number}" for number in range(24))
ROOMS = 20
OPERATIONS = 480
SECONDS = 3.0
LISTENING = ("rooms_api_port", "rooms_api_grpc_port", "rooms_api_internal_port")


def run() -> None:
    """Print rates, and what a CPU second does."""
    for where, begin in (("one Redis", stand), ("a cluster of three", stand_on_cluster)):
        with begin() as here:
            for module, measure in (
                ("rooms-api, pings", _pings),
                ("worker, operations", _operations),
            ):
                for amount in PROCESSES:
                    rate, per_cpu_s = measure(here, amount)
                    figures = f"{rate:7.0f} per second, {per_cpu_s:7.0f} per CPU second"
                    print(f"{where}, {amount} x {module}: {figures}", flush=True)


def _pings(here: Stand, amount: int) -> tuple[float, float]:
    """Pings per second, and per CPU second of the servers."""
    paths = [
        f"/scheduler/{name}/rooms/{room}/ping"
        for name in SCHEDULERS
        for room in fleets.fill(here.maestro, ROOMS, scheduler=name)
    ]
    requests = [load.request("PUT", path, PING) for path in paths]
    with contextlib.ExitStack() as running:
        servers = []
        for _ in range(amount):
            listening = {name: free_port() for name in LISTENING}
            module = running.enter_context(here.module("rooms-api", **listening))
            server = child(module, "serve_http")
            port = listening["rooms_api_port"]
            eventually(functools.partial(connects, port), within_s=60, every_s=0.1)
            servers.append((server, port))
        _drive([port for _, port in servers], requests, seconds=0.5)
        before = sum(cpu_s(server) for server, _ in servers)
        answers = _drive([port for _, port in servers], requests, seconds=SECONDS)
        cpu = sum(cpu_s(server) for server, _ in servers) - before
    return answers / SECONDS, answers / cpu


def _drive(ports: Sequence[int], requests: Sequence[bytes], *, seconds: float) -> int:
    """Answers of all servers, asked at the same time."""
    drive = functools.partial(load.drive, requests=requests, good=STORED, seconds=seconds)
    with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
        done = list(pool.map(drive, ports))
    assert all(each.good == each.answers for each in done)
    return sum(each.answers for each in done)


def _operations(here: Stand, amount: int) -> tuple[float, float]:
    """Operations per second, and per CPU second of the workers."""
    maestro = here.maestro
    with contextlib.ExitStack() as running:
        workers = [
            running.enter_context(here.module("worker", worker_internal_port=free_port()))
            for _ in range(amount)
        ]
        nodes = [child(worker, "operations") for worker in workers]
        known = maestro.schedulers.uids()
        for name in SCHEDULERS:
            if name not in known:
                maestro.operations.forget(name)
                maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=0))
        eventually(lambda: _is_idle(here), within_s=120, every_s=0.2)
        uids = maestro.schedulers.uids()
        before, began = sum(map(cpu_s, nodes)), time.monotonic()
        for number in range(OPERATIONS):
            name = SCHEDULERS[number % len(SCHEDULERS)]
            maestro.dispatch.enqueue(maestro.dispatch.new(name, uids[name], TestOperation()))
        eventually(lambda: _is_idle(here), within_s=120, every_s=0.02)
        took, cpu = time.monotonic() - began, sum(map(cpu_s, nodes)) - before
    return OPERATIONS / took, OPERATIONS / cpu


def _is_idle(here: Stand) -> bool:
    states = {each.name: each.state for each in here.maestro.schedulers.find()}
    made = {name for name, state in states.items() if state is SchedulerState.IN_SYNC}
    return made >= set(SCHEDULERS) and not here.maestro.operations.standing(SCHEDULERS)
