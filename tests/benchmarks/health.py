"""One health check of fleets of growing size: time, CPU, memory, and round trips to Redis."""

import resource
import time

import redis

from maestro.bootstrap import Maestro
from maestro.domain.operations import HealthController, TestOperation
from maestro.ports.storage import Grant
from maestro.services.execution import Execution
from tasks.execution import executors
from tests import make
from tests.benchmarks.stand import Stand, stand
from tests.round_trips import CountingConnection

SIZES = (100, 1_000, 10_000, 100_000)
CHUNK = 1_000


def run() -> None:
    """Print one line per size."""
    with stand() as here:
        here.maestro.__dict__["redis"] = counting(here)
        for size in SIZES:
            name = f"fleet-{size}"
            _fill(here.maestro, name, size)
            _measure(here.maestro, name, size)


def counting(here: Stand) -> redis.Redis:
    """A client whose round trips are counted."""
    pool = redis.ConnectionPool.from_url(
        here.settings.redis_url, decode_responses=True, connection_class=CountingConnection
    )
    return redis.Redis(connection_pool=pool)


def _fill(maestro: Maestro, name: str, size: int) -> None:
    """Rooms on record that run nowhere; as many as are wanted."""
    container = make.container(command=("true",))
    scheduler = make.scheduler(
        name=name, rooms_replicas=size, spec=make.spec(containers=(container,))
    )
    maestro.schedulers.create(scheduler, maestro.dispatch.new(name, scheduler.uid, TestOperation()))
    maestro.rooms.configure(scheduler)
    grant = _grant(maestro, name, scheduler.uid)
    for start in range(0, size, CHUNK):
        rooms = [
            make.new_room(id=f"{name}-{index:06}", scheduler=name, operation=grant.operation)
            for index in range(start, min(start + CHUNK, size))
        ]
        maestro.rooms.register(grant, rooms)
    maestro.operations.release(grant)
    _execution(maestro).run_next(name)


def _grant(maestro: Maestro, name: str, uid: str) -> Grant:
    maestro.operations.enqueue(maestro.dispatch.new(name, uid, TestOperation()))
    taken = maestro.operations.take(name, worker="bench", lease_ttl_s=600, may_recover=True)
    assert taken
    return taken.grant


def _execution(maestro: Maestro) -> Execution:
    return Execution(
        store=maestro.operations,
        executors=executors(maestro),
        leases=maestro.leases,
        dispatch=maestro.dispatch,
        clock=maestro.clock,
        worker="bench",
        limits=maestro.limits,
    )


def _measure(maestro: Maestro, name: str, size: int) -> None:
    execution = _execution(maestro)
    maestro.operations.enqueue(maestro.dispatch.new(name, "", HealthController()))
    CountingConnection.sent = 0
    wall, cpu = time.monotonic(), time.process_time()
    assert execution.run_next(name)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:>7} rooms: {wall * 1000:7.0f} ms, {cpu * 1000:7.0f} ms CPU, "
        f"{CountingConnection.sent} round trips, {memory:.0f} MB at most"
    )
