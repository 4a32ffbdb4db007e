"""From enqueueing an operation to its start, and what a worker of 300 schedulers costs."""

import random
import statistics
import threading

from maestro.bootstrap import Maestro
from maestro.domain.operations import TestOperation
from maestro.domain.schedulers import Scheduler, SchedulerState
from tests import make
from tests.benchmarks.stand import child, cpu_s, stand
from tests.waiting import eventually

OPERATIONS = 300
IDLE_S = 10


def run() -> None:
    """Print the figures for one scheduler and for 300."""
    with stand() as here, here.module("worker") as worker:
        node = child(worker, "operations")
        for amount in (1, 300):
            names = [f"fleet-{index}" for index in range(amount)]
            _create(here.maestro, names)
            delays_ms = sorted(_delays_ms(here.maestro, names))
            p50, p95 = statistics.median(delays_ms), delays_ms[int(len(delays_ms) * 0.95)]
            print(f"{amount} schedulers: enqueue to start p50 {p50:.1f} ms, p95 {p95:.1f} ms")
        before = cpu_s(node)
        threading.Event().wait(IDLE_S)
        idle = (cpu_s(node) - before) / IDLE_S
        memory = node.memory_full_info().pss / 2**20
        print(f"300 schedulers, idle worker node: {memory:.0f} MB PSS, {idle:.1%} of one core")
        print("reference: 73 MB and 0.2 % for a Celery worker of 300 queues that does nothing else")


def _create(maestro: Maestro, names: list[str]) -> None:
    known = set(maestro.schedulers.uids())
    for name in names:
        if name not in known:
            maestro.management.schedulers.create(_scheduler(name))

    def all_made() -> bool:
        made = {s.name for s in maestro.schedulers.find() if s.state is SchedulerState.IN_SYNC}
        return made >= set(names) and not any(map(maestro.operations.open_kinds, names))

    eventually(all_made, within_s=120, every_s=0.5)


def _scheduler(name: str) -> Scheduler:
    container = make.container(command=("true",))
    return make.scheduler(name=name, rooms_replicas=0, spec=make.spec(containers=(container,)))


def _delays_ms(maestro: Maestro, names: list[str]) -> list[float]:
    """Operations one at a time, each at a scheduler drawn by lot."""
    draw = random.Random(7)
    uids = maestro.schedulers.uids()
    delays = []
    for _ in range(OPERATIONS):
        name = draw.choice(names)
        operation = maestro.dispatch.new(name, uids[name], TestOperation())
        maestro.dispatch.enqueue(operation)
        eventually(lambda name=name: not maestro.operations.open_kinds(name), within_s=30)  # type: ignore[misc]
        created, started, *_ = maestro.operations.get(name, operation.id).history
        delays.append((started.created_at - created.created_at).total_seconds() * 1000)
    return delays
