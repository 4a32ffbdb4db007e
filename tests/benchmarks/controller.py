"""What the fleet controller costs: many fleets on a tick, and the decisions alone."""

import dataclasses
import datetime
import time
from collections.abc import Callable

from maestro.bootstrap import Maestro
from maestro.domain import health, sizing
from maestro.domain.health import Memory
from maestro.domain.operations import HealthController, OperationStatus, TestOperation
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Policy, Scheduler
from maestro.domain.sizing import View
from tests import make
from tests.benchmarks.stand import Stand, child, cpu_s, stand

FLEETS, ROOMS, TICK_S, TICKS = 300, 100, 10.0, 6
MANY = 10_000


def run() -> None:
    """Print the share of one CPU that a worker takes, and decisions per second."""
    _decisions()
    with stand(room_pending_timeout_s=3600, health_interval_s=TICK_S) as here:
        names = [f"fleet-{index:03}" for index in range(FLEETS)]
        for name in names:
            _fill(here.maestro, name)
        _tick(here, names)


def _scheduler(name: str, rooms: int) -> Scheduler:
    """Wants as many rooms as there are."""
    policy = Policy(type="roomOccupancy", parameters=make.occupancy("0.5"))
    scaling = make.autoscaling(min=rooms, max=-1, policy=policy)
    container = make.container(command=("true",))
    return make.scheduler(name=name, autoscaling=scaling, spec=make.spec(containers=(container,)))


def _fill(maestro: Maestro, name: str) -> None:
    """Rooms on record that run nowhere."""
    scheduler = _scheduler(name, ROOMS)
    begin = maestro.dispatch.new(name, scheduler.uid, TestOperation())
    maestro.schedulers.create(scheduler, begin)
    maestro.rooms.configure(scheduler)
    maestro.operations.enqueue(begin)
    taken = maestro.operations.take(name, worker="bench", lease_ttl_s=600, may_recover=True)
    assert taken
    rooms = [
        make.new_room(id=f"{name}-{index:03}", scheduler=name, operation=begin.id)
        for index in range(ROOMS)
    ]
    maestro.rooms.register(taken.grant, rooms)
    maestro.schedulers.withdraw(begin)
    maestro.operations.finish(
        taken.grant, OperationStatus.FINISHED, TestOperation(), event="Operation finished"
    )


def _tick(here: Stand, names: list[str]) -> None:
    with here.module("worker") as worker:
        child(worker, "tasks.node")
        _settle(here, names)
        before, began = cpu_s(worker), time.monotonic()
        for tick in range(TICKS):
            for name in names:
                here.maestro.operations.enqueue(
                    here.maestro.dispatch.new(name, "", HealthController())
                )
                here.maestro.dispatch.hint(name)
            time.sleep(max(0.0, began + (tick + 1) * TICK_S - time.monotonic()))
        took_s = time.monotonic() - began
        used_s = cpu_s(worker) - before
        left = sum(bool(here.maestro.operations.open_kinds(name)) for name in names)
    print(
        f"{FLEETS} fleets of {ROOMS} rooms, checked every {TICK_S:g} s: {used_s / took_s:.0%} of "
        f"one CPU, {1000 * used_s / TICKS / FLEETS:.1f} ms each; {left} fleets still waiting"
    )


def _settle(here: Stand, names: list[str]) -> None:
    """The worker has consumers for all of them, and nothing is left to do."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        time.sleep(5)
        if not any(here.maestro.operations.open_kinds(name) for name in names):
            return
    raise TimeoutError("the worker never settles")


def _decisions() -> None:
    half = MANY // 2
    rooms = [
        *make.fleet_of(ready=half // 2, occupied=half // 2),
        *make.fleet_of(version="v2.0.0", ready=half // 2, occupied=half // 2),
    ]
    rooms = [_heard(room) for room in rooms]
    scheduler = make.scheduler(
        autoscaling=_scheduler("arena", 1).autoscaling, spec=make.spec(version="v2.0.0")
    )
    view = View(
        scheduler=scheduler,
        rooms=rooms,
        old_versions={"v1.0.0"},
        match_timeout_s=3600,
        now=make.NOW,
    )
    _rate(f"sizing of {MANY} rooms in mid-rollout", lambda: sizing.plan(view))
    _rate(f"examination of {MANY} rooms", lambda: _examine(rooms))


def _heard(room: Room) -> Room:
    return dataclasses.replace(room, last_ping_at=make.NOW)


def _examine(rooms: list[Room]) -> health.Examination:
    return health.examine(
        rooms,
        now=make.NOW + datetime.timedelta(seconds=5),
        timeouts=health.Timeouts(pending_s=300, initialization_s=120, ping_s=240, deletion_s=120),
        caution=health.Caution(
            expiry_share=0.2, evidence_cycles=3, cycle_s=15, wave_share=0.5, wave_freeze_s=600
        ),
        grace_period_s=10,
        outages=[],
        memory=Memory(),
    )


def _rate(what: str, decide: Callable[[], object]) -> None:
    began, times = time.perf_counter(), 0
    while time.perf_counter() - began < 2:
        decide()
        times += 1
    print(f"{what}: {times / (time.perf_counter() - began):.0f} per second")
